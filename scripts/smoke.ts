// docs/operating.md, "A deployment put to the test".
import { exec } from "node:child_process";
import { promisify } from "node:util";
import { address, commandLine, operatorToken, wholeNumber } from "./command-line.ts";
import { playSmoke } from "./smoke/play.ts";
import { SimulatorControl } from "./smoke/simulator-control.ts";

const options = commandLine(
  "npm run smoke --",
  "Puts a fresh deployment to the test against a simulated Meta. The last line is JSON. Exit code 1 when anything was lost or doubled, 2 when the test could not be made.",
)
  .option("--url <url>", "the gateway's address", address, "http://127.0.0.1:8787")
  .addOption(operatorToken())
  .option("--simulator <url>", "the simulator's address", address, "http://127.0.0.1:4010")
  .option(
    "--verify-token <token>",
    "the gateway's (default: the one that the simulator was started with)",
  )
  .option("--sends <number>", "how many messages are queued", wholeNumber(1, 10_000), 200)
  .option("--messages <number>", "how many the history has", wholeNumber(1, 1_000_000), 2000)
  .option("--redeploy <command>", "run in the middle of it all; a failing one ends the test")
  .parse()
  .opts<{
    url: string;
    operatorToken: string;
    simulator: string;
    verifyToken?: string;
    sends: number;
    messages: number;
    redeploy?: string;
  }>();

process.exitCode = await main();

async function main(): Promise<number> {
  const { redeploy } = options;
  try {
    const report = await playSmoke({
      url: options.url.replace(/\/$/, ""),
      operatorToken: options.operatorToken,
      simulator: new SimulatorControl(options.simulator),
      verifyToken: options.verifyToken,
      sends: options.sends,
      messages: options.messages,
      redeploy: redeploy === undefined ? null : () => runCommand(redeploy),
      say: (line) => console.log(line),
    });
    console.log(JSON.stringify(report));
    return report.ok ? 0 : 1;
  } catch (err) {
    console.error(err instanceof Error ? err.message : String(err));
    if (err instanceof Error && err.cause instanceof Error) console.error(err.cause.message);
    return 2;
  }
}

/** @throws Error with what the command said where it failed */
async function runCommand(command: string): Promise<void> {
  try {
    await promisify(exec)(command, { maxBuffer: 64 * 1024 * 1024 });
  } catch (err) {
    const { stderr } = err as { stderr?: string };
    throw new Error(`--redeploy failed: ${(stderr ?? "").trim().slice(0, 2_000)}`, { cause: err });
  }
}
