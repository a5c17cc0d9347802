import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Memory that a gateway's runtime (workerd) holds at present, MB.
 *
 * @returns null where /proc is not (macOS)
 */
export function runtimeMegabytes(stateFolder: string): number | null {
  try {
    const lock = JSON.parse(readFileSync(join(stateFolder, "gateway.lock"), "utf8")) as {
      runtimePid: number | null;
    };
    const status = readFileSync(`/proc/${lock.runtimePid}/status`, "utf8");
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
    return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1_024);
  } catch {
    return null;
  }
}
