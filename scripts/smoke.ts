/*
 * npm run smoke -- --url GATEWAY --operator-token T --simulator URL [--redeploy COMMAND]: a fresh
 * deployment put to the test against a simulated Meta. The last line is JSON; exit code 1 where
 * anything was lost or doubled. docs/operating.md, "Deploying".
 */
import { exec } from "node:child_process";
import { parseArgs, promisify } from "node:util";
import { playSmoke } from "./smoke/play.ts";
import { SimulatorControl } from "./smoke/simulator-control.ts";

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "http://127.0.0.1:8787" },
    "operator-token": { type: "string" },
    simulator: { type: "string", default: "http://127.0.0.1:4010" },
    "verify-token": { type: "string" },
    sends: { type: "string", default: "200" },
    messages: { type: "string", default: "2000" },
    redeploy: { type: "string" },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const operatorToken = values["operator-token"] ?? process.env["TANDEM_OPERATOR_TOKEN"] ?? "";
  if (operatorToken === "") {
    console.error("Name an operator token: --operator-token TOKEN, or TANDEM_OPERATOR_TOKEN.");
    return 2;
  }
  const { redeploy } = values;
  try {
    const report = await playSmoke({
      url: values.url.replace(/\/$/, ""),
      operatorToken,
      simulator: new SimulatorControl(values.simulator),
      verifyToken: values["verify-token"],
      sends: wholeNumber("--sends", values.sends),
      messages: wholeNumber("--messages", values.messages),
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

function wholeNumber(flag: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`${flag} takes a whole number above 0.`);
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
