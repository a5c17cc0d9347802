import { randomBytes } from "node:crypto";
import { startWorld } from "../../scripts/demo/world.ts";
import { runtimeCpuMs } from "./runtime-cpu.ts";
import type { World } from "../../scripts/demo/world.ts";
import type { GatewayOptions } from "../../scripts/gateway.ts";
import type { Cleanup } from "./cleanup.ts";

/** A simulator, Tandem, and whatever it is compared with, in one runtime. */
export interface BesideWorld extends World {
  /** Processor time of the runtime so far, ms; NaN where nobody counts it. */
  cpuMs(): number;
}

/**
 * @param entry another Worker than Tandem's own: the same with something around it
 * @param vars over those of wrangler.toml
 * @param beside makes the Workers of the same runtime; they check signatures with `appSecret`
 */
export async function openBesideWorld(
  cleanup: Cleanup,
  beside: (appSecret: string) => Promise<NonNullable<GatewayOptions["beside"]>>,
  entry?: string,
  vars?: Record<string, string>,
): Promise<BesideWorld> {
  const stateFolder = cleanup.folder();
  const appSecret = randomBytes(16).toString("hex");
  const world = await startWorld({
    port: 0,
    stateFolder,
    appSecret,
    log: (line) => {
      if (!line.includes('"level":"info"')) console.error(line);
    },
    beside: await beside(appSecret),
    ...(entry === undefined ? {} : { entry }),
    ...(vars === undefined ? {} : { vars }),
  });
  cleanup.add(() => world.stop());
  return { ...world, cpuMs: () => runtimeCpuMs(stateFolder) ?? Number.NaN };
}
