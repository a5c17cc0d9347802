import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../../scripts/gateway.ts";
import type { V4WorkerOptions } from "miniflare";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");

/**
 * A Worker of `bench/workers` for the gateway's own runtime, on a socket of its own, with the
 * gateway's compatibility date: what differs is the code.
 *
 * @param file its name under bench/workers
 */
export async function besideWorker(
  name: string,
  file: string,
  options: Partial<V4WorkerOptions>,
): Promise<V4WorkerOptions> {
  const config = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
  const compatibilityDate = /^compatibility_date = "([\d-]+)"/m.exec(config)?.[1];
  if (compatibilityDate === undefined) throw new Error("wrangler.toml has no compatibility_date.");
  const contents = await bundle(join(ROOT, "bench/workers", file));
  return {
    ...options,
    name,
    compatibilityDate,
    modules: [{ type: "ESModule", path: `${name}.js`, contents }],
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  };
}
