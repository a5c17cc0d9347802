/*
 * npm run tail -- [--event NAME] [--level warn] [--sender KEY] [--request ID] [wrangler's own options]
 * npm run serve 2>&1 | npm run tail -- --stdin
 * What the gateway logs, a line each, as it happens.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { checkEvents, isLevel } from "./tail/filter.ts";
import { joinJson } from "./tail/join-json.ts";
import { printTail } from "./tail/print.ts";
import { readTailOptions } from "./tail/options.ts";
import type { Readable } from "node:stream";

const USAGE = `npm run tail -- [--event flush.done,endpoint.*] [--level info|warn|error] [--sender KEY]
  [--request ID] [--stdin] [options of wrangler tail, e.g. -c FILE --sampling-rate 0.1]`;

process.exitCode = await main();

async function main(): Promise<number> {
  const { own, rest } = readTailOptions(process.argv.slice(2));
  if (own.help) return complain(USAGE, 0);
  const events = own.event?.split(",").filter((name) => name !== "");
  try {
    checkEvents(events ?? []);
    if (own.level !== undefined && !isLevel(own.level)) {
      throw new Error("--level is info, warn or error.");
    }
    if (own.stdin && rest.length > 0) {
      throw new Error(`With --stdin nobody asks wrangler: it has no use for ${rest.join(" ")}.`);
    }
  } catch (err) {
    return complain(`${err instanceof Error ? err.message : String(err)}\n${USAGE}`, 2);
  }
  const filter = {
    ...(events !== undefined && { events }),
    ...(isLevel(own.level) && { level: own.level }),
    ...(own.sender !== undefined && { sender: own.sender }),
    ...(own.request !== undefined && { requestId: own.request }),
  };
  const style = { colour: process.stdout.isTTY && !process.env["NO_COLOR"] };
  const print = async (from: Readable) => {
    for await (const text of joinJson(createInterface({ input: from }))) {
      for (const line of printTail(text, filter, style)) process.stdout.write(`${line}\n`);
    }
  };
  if (own.stdin) {
    await print(process.stdin);
    return 0;
  }
  const wrangler = join(
    dirname(createRequire(import.meta.url).resolve("wrangler/package.json")),
    "bin/wrangler.js",
  );
  const child = spawn(process.execPath, [wrangler, "tail", "--format", "json", ...rest], {
    stdio: ["inherit", "pipe", "inherit"],
  });
  const ended = new Promise<number>((resolve) => child.once("exit", (code) => resolve(code ?? 0)));
  process.on("SIGINT", () => child.kill("SIGINT")); // it takes its tail down, then we end
  await print(child.stdout);
  return ended;
}

function complain(text: string, code: number): number {
  process.stderr.write(`${text}\n`);
  return code;
}
