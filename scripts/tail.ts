import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { joinJson } from "./tail/join-json.ts";
import { printTail } from "./tail/print.ts";
import { readTailOptions } from "./tail/options.ts";
import type { Readable } from "node:stream";

process.exitCode = await main();

async function main(): Promise<number> {
  const { filter, stdin, rest } = readTailOptions(process.argv.slice(2));
  const style = { colour: process.stdout.isTTY && !process.env["NO_COLOR"] };
  const print = async (from: Readable) => {
    for await (const text of joinJson(createInterface({ input: from }))) {
      for (const line of printTail(text, filter, style)) process.stdout.write(`${line}\n`);
    }
  };
  if (stdin) {
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
