/**
 * Starts the reader of the API document (public/docs, a script of its own) with what keeps it to
 * this host: no fonts, no telemetry, no proxy and no assistant of its makers.
 */
interface Reader {
  createApiReference(place: string, settings: Record<string, unknown>): unknown;
}

// Deferred scripts run in their order, and the reader's is behind this one.
document.addEventListener("DOMContentLoaded", () => {
  const { Scalar } = window as unknown as { Scalar?: Reader };
  Scalar?.createApiReference("#reader", {
    url: "/openapi.json",
    withDefaultFonts: false,
    telemetry: false,
    agent: { disabled: true },
    mcp: { disabled: true },
    hideClientButton: true,
    showDeveloperTools: "never",
    documentDownloadType: "json",
    defaultOpenFirstTag: true,
    operationTitleSource: "summary",
    persistAuth: false,
  });
});
