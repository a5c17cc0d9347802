/** As `wrangler tail --format json` prints invocations, with lines as the gateway logs them. */
export interface Envelope {
  wallTime: number;
  cpuTime: number;
  truncated: boolean;
  executionModel: "stateless" | "durableObject";
  outcome: string;
  scriptName: string;
  entrypoint?: string;
  durableObjectId?: string;
  scriptVersion: { id: string };
  exceptions: { name: string; message: string; timestamp: number; stack?: string }[];
  logs: { message: unknown[]; level: string; timestamp: number }[];
  diagnosticsChannelEvents: unknown[];
  eventTimestamp: number;
  event: Record<string, unknown> | null;
}

export const AT = Date.parse("2026-11-23T09:30:12.345Z");

/** A line of the gateway's, as text. */
export function line(
  level: string,
  event: string,
  fields: Record<string, unknown> = {},
  at = AT,
): string {
  return JSON.stringify({ level, event, at: new Date(at).toISOString(), ...fields });
}

/** An invocation that wrote these. @param own what differs from an unremarkable webhook */
export function envelope(lines: unknown[][], own: Partial<Envelope> = {}): Envelope {
  return {
    wallTime: 14,
    cpuTime: 3,
    truncated: false,
    executionModel: "stateless",
    outcome: "ok",
    scriptName: "tandem",
    scriptVersion: { id: "6f1d2c1e-0000-4000-8000-9d2f00000001" },
    exceptions: [],
    logs: lines.map((message) => ({
      message,
      level: levelOf(message[0]),
      timestamp: AT,
    })),
    diagnosticsChannelEvents: [],
    eventTimestamp: AT,
    event: {
      request: {
        url: "https://gateway.example/webhooks/meta?hub.verify_token=do-not-show",
        method: "POST",
        headers: {},
        cf: {},
      },
      response: { status: 200 },
    },
    ...own,
  };
}

/** `console.log` is the runtime's "log". */
function levelOf(first: unknown): string {
  const text = typeof first === "string" ? first : "";
  return /"level":"(warn|error)"/.exec(text)?.[1] ?? "log";
}
