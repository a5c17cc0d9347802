import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The kernel counts in hundredths of a second, whatever the machine. */
const TICK_MS = 10;

/**
 * Processor time that a gateway's runtime (workerd) has used so far, ms. Unlike wall time it does
 * not grow when somebody else has the processor.
 *
 * @returns null where /proc is not (macOS)
 */
export function runtimeCpuMs(stateFolder: string): number | null {
  try {
    const lock = JSON.parse(readFileSync(join(stateFolder, "gateway.lock"), "utf8")) as {
      runtimePid: number | null;
    };
    const stat = readFileSync(`/proc/${lock.runtimePid}/stat`, "utf8");
    // Behind the bracket that ends the name; user and system time are fields 14 and 15 of all.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return null;
  }
}
