// Plays Meta's JS SDK as far as the signup uses it (protocol.md 1.1, 1.3). The simulator fills in:
// origin (its own), play (behaviour for this page, JSON or ""), blocked.
(() => {
  const settings = SIMULATOR_SETTINGS;
  const CLOSED_EVERY_MS = 50;
  /** A window that closes may have said its last word a moment before. */
  const LAST_WORD_MS = 250;
  /** @type {{ appId: string, version: string } | undefined} */
  let app;
  /** Calls of FB.login whose window is open. */
  const waiting = new Map();

  // A browser lets a window open only just after a click, or not at all; one that is driven by a
  // test has that switched off, so it is played here.
  const open = window.open;
  window.open = (...args) =>
    settings.blocked || !navigator.userActivation.isActive ? null : open.apply(window, args);

  window.addEventListener("message", ({ origin, data }) => {
    if (origin !== settings.origin || data?.type !== "tandem_simulator_login") return;
    settle(data.callback, data.code);
  });

  function settle(id, code) {
    const callback = waiting.get(id);
    if (callback === undefined) return;
    waiting.delete(id);
    callback(
      code === null
        ? { authResponse: null, status: "unknown" }
        : { authResponse: { userID: null, expiresIn: null, code }, status: "connected" },
    );
  }

  function watch(id, popup) {
    const timer = setInterval(() => {
      if (!popup.closed) return;
      clearInterval(timer);
      setTimeout(() => settle(id, null), LAST_WORD_MS);
    }, CLOSED_EVERY_MS);
  }

  window.FB = {
    init({ appId, version } = {}) {
      if (!/^v\d+\.\d+$/.test(version ?? "")) {
        throw new Error("FB.init: version is missing or not like v24.0.");
      }
      app = { appId: appId ?? "", version };
    },

    login(callback, options = {}) {
      if (app === undefined) {
        console.error("FB.login was called before FB.init.");
        return;
      }
      if (callback.constructor.name === "AsyncFunction") {
        throw new TypeError(
          "FB.login: the callback is an async function; it has to be a plain one.",
        );
      }
      const id = crypto.randomUUID();
      const query = new URLSearchParams({
        app_id: app.appId,
        config_id: options.config_id ?? "",
        response_type: options.response_type ?? "",
        override_default_response_type: String(options.override_default_response_type ?? false),
        extras: JSON.stringify(options.extras ?? null),
        origin: location.origin,
        callback: id,
        play: settings.play,
      });
      const popup = window.open(
        `${settings.origin}/popup?${query}`,
        id,
        "popup,width=640,height=760",
      );
      // Without a window nobody ever answers, as with the real one.
      if (popup === null) return;
      waiting.set(id, callback);
      watch(id, popup);
    },

    AppEvents: { logEvent() {}, logPageView() {} },
  };

  setTimeout(() => window.fbAsyncInit?.(), 0);
})();
