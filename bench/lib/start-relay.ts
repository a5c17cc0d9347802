import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { besideWorker } from "./beside.ts";
import type { Cleanup } from "./cleanup.ts";

/** Runs `workers/relay.ts` in a runtime of its own. @returns where it listens */
export async function startRelay(cleanup: Cleanup, graphUrl: string): Promise<URL> {
  const relay = await besideWorker("relay", "relay.ts", { bindings: { GRAPH_URL: graphUrl } });
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      log: new Log(LogLevel.ERROR),
      telemetry: { enabled: false },
      workers: [relay],
    }),
  );
  cleanup.add(() => miniflare.dispose());
  return miniflare.unsafeGetDirectURL("relay");
}
