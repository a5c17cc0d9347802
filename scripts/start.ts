import { commandLine, port, wholeNumber } from "./command-line.ts";
import type { DemoOptions } from "./demo/run-demo.ts";

const options = commandLine(
  "npm start --",
  "The demo: a shop connects its number to a gateway on this machine, with Meta simulated; history comes in, customers write, the partner sends. Exit code 1 when a message was lost or doubled.",
)
  .option("--once", "ends when all of it was played; its last line is JSON. Else it stays up")
  .option("--messages <number>", "how many the shop's history has", wholeNumber(0, 1_000_000), 5000)
  .option("--customers <number>", "how many the shop has", wholeNumber(1, 10_000), 200)
  .option("--port <number>", "where the gateway listens, on 127.0.0.1; not with --once", port, 8787)
  .option("--state <folder>", "where all is kept, its log too; not with --once", ".tandem/demo")
  .parse()
  .opts<DemoOptions>();

try {
  const { runDemo } = await import("./demo/run-demo.ts");
  process.exit((await runDemo(options)) ? 0 : 1);
} catch (err) {
  process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`);
  process.exit(1);
}
