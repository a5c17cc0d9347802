/*
 * npm run doctor -- --url https://gateway.example --operator-token TOKEN [--sender ID] [--json]
 * Asks a running gateway whether all is in order, and says what to do where it is not. Exit code 1
 * when something is missing, 2 when the gateway could not be asked.
 */
import { parseArgs } from "node:util";
import { askDoctor, printFindings } from "./ask-doctor.ts";

const USAGE =
  "npm run doctor -- --url https://gateway.example --operator-token TOKEN [--sender ID] [--json]";

process.exitCode = await main();

function readOptions() {
  return parseArgs({
    options: {
      url: { type: "string", default: process.env["TANDEM"] ?? "http://127.0.0.1:8787" },
      "operator-token": { type: "string" },
      sender: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  }).values;
}

async function main(): Promise<number> {
  let values: ReturnType<typeof readOptions>;
  try {
    values = readOptions();
  } catch {
    return complain(USAGE);
  }
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (!/^https?:\/\//i.test(values.url) || !URL.canParse(values.url)) {
    return complain(`--url: is no http or https address. ${USAGE}`);
  }
  // The environment, too: what stands on a command line stands in the shell's history.
  const token = values["operator-token"] ?? process.env["TANDEM_OPERATOR_TOKEN"];
  if (token === undefined || token === "") {
    return complain("Name an operator token: --operator-token TOKEN, or TANDEM_OPERATOR_TOKEN.");
  }
  try {
    const report = await askDoctor(values.url, token, values.sender);
    if (values.json) console.log(JSON.stringify(report, null, 2));
    else printFindings(report.findings, (line) => console.log(line));
    return report.ok ? 0 : 1;
  } catch (err) {
    return complain(err instanceof Error ? err.message : String(err));
  }
}

function complain(message: string): number {
  console.error(message);
  return 2;
}
