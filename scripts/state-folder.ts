import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Secrets that must outlive a restart, or sealed tokens and partner keys turn to noise. */
export interface StateSecrets {
  tokenKeys: string;
  apiKeyPepper: string;
}

interface Lock {
  pid: number;
  /** The runtime (workerd) that `pid` started; null until it is known. */
  runtimePid: number | null;
}

/**
 * One gateway a state folder. `claim` takes the folder, ends a runtime that a killed gateway left
 * behind (SIGKILL of the node process leaves workerd on the port and on the files), and gives the
 * folder's own secrets.
 */
export class StateFolder {
  readonly path: string;
  readonly #lockFile: string;

  constructor(path: string) {
    this.path = path;
    this.#lockFile = join(path, "gateway.lock");
  }

  /** @throws Error when another living gateway holds the folder. */
  claim(): StateSecrets {
    mkdirSync(this.path, { recursive: true });
    const lock = readJson<Lock>(this.#lockFile);
    if (lock !== null) {
      if (lock.pid !== process.pid && commandOf(lock.pid)?.includes("node")) {
        throw new Error(
          `The state folder ${this.path} is in use by process ${lock.pid}. ` +
            "Stop that one, or give this one its own folder with --state.",
        );
      }
      if (lock.runtimePid !== null && commandOf(lock.runtimePid)?.includes("workerd")) {
        process.kill(lock.runtimePid, "SIGKILL");
        waitUntilGone(lock.runtimePid);
      }
    }
    this.#write({ pid: process.pid, runtimePid: null });
    return this.#secrets();
  }

  /** Notes the runtime's pid as soon as it runs, so that the next start can end it. */
  noteRuntime(): void {
    this.#write({ pid: process.pid, runtimePid: findChild("workerd") });
  }

  release(): void {
    rmSync(this.#lockFile, { force: true });
  }

  #write(lock: Lock): void {
    writeFileSync(this.#lockFile, JSON.stringify(lock));
  }

  #secrets(): StateSecrets {
    const file = join(this.path, "secrets.json");
    const known = readJson<StateSecrets>(file);
    if (known !== null) return known;
    const fresh = {
      tokenKeys: `k1:${randomBytes(32).toString("base64")}`,
      apiKeyPepper: randomBytes(32).toString("base64"),
    };
    writeFileSync(file, JSON.stringify(fresh), { mode: 0o600 });
    return fresh;
  }
}

function readJson<T>(file: string): T | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch {
    return null; // absent, or cut short by a kill in the middle of the write
  }
}

interface ProcessRow {
  pid: number;
  parent: number;
  command: string;
}

/** The command line of a living process, or null. */
function commandOf(pid: number): string | null {
  return listProcesses().find((row) => row.pid === pid)?.command ?? null;
}

function findChild(name: string): number | null {
  const child = listProcesses().find(
    (row) => row.parent === process.pid && row.command.includes(name),
  );
  return child?.pid ?? null;
}

/** Slim Linux images have no `ps`, macOS has no /proc: each has the other. Zombies are left out. */
function listProcesses(): ProcessRow[] {
  return existsSync("/proc/self/stat") ? listFromProc() : listFromPs();
}

function listFromProc(): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      // The name in brackets may hold spaces and brackets itself: what counts stands behind it.
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const command = readFileSync(`/proc/${entry}/cmdline`, "utf8").replaceAll("\0", " ");
      if (state !== "Z") rows.push({ pid: Number(entry), parent: Number(parent), command });
    } catch {
      // It ended while we looked.
    }
  }
  return rows;
}

function listFromPs(): ProcessRow[] {
  const all = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,args="], { encoding: "utf8" });
  return all.split("\n").flatMap((line) => {
    const [pid, parent, state, ...args] = line.trim().split(/\s+/);
    if (pid === undefined || pid === "" || state?.startsWith("Z")) return [];
    return [{ pid: Number(pid), parent: Number(parent), command: args.join(" ") }];
  });
}

function waitUntilGone(pid: number): void {
  for (let tries = 0; tries < 100 && commandOf(pid) !== null; tries++) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
}
