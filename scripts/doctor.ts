/*
 * npm run doctor -- --url https://gateway.example --operator-token TOKEN [--sender ID] [--json]
 * Asks a running gateway whether all is in order, and says what to do where it is not. Exit code 1
 * when something is missing, 2 when the gateway could not be asked.
 */
import { parseArgs } from "node:util";

interface Finding {
  name: string;
  state: "ok" | "missing" | "unproven";
  detail: string;
}

const SIGNS = { ok: "✓", missing: "✗", unproven: "?" } as const;

const USAGE =
  "npm run doctor -- --url https://gateway.example --operator-token TOKEN [--sender ID] [--json]";

process.exitCode = await main();

function readOptions() {
  return parseArgs({
    options: {
      url: { type: "string", default: "http://127.0.0.1:8787" },
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
  const url = new URL("/v1/admin/doctor", values.url);
  if (values.sender !== undefined) url.searchParams.set("sender", values.sender);
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(60_000),
    });
  } catch {
    return complain(`Nothing answers at ${url.origin}. Is --url the gateway's address?`);
  }
  if (!response.ok) return complain(await readProblem(response));
  const report = (await response.json()) as { ok: boolean; findings: Finding[] };
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else print(report.findings);
  return report.ok ? 0 : 1;
}

function print(findings: Finding[]): void {
  const width = Math.max(...findings.map(({ name }) => name.length));
  for (const { name, state, detail } of findings) {
    console.log(`${SIGNS[state]} ${name.padEnd(width)}  ${detail}`);
  }
  const count = (wanted: Finding["state"]) =>
    findings.filter(({ state }) => state === wanted).length;
  console.log(
    `\n${count("ok")} in order, ${count("missing")} missing, ${count("unproven")} could not be looked at.`,
  );
}

async function readProblem(response: Response): Promise<string> {
  if (response.status === 401) {
    return "The gateway does not know this operator token: it takes those of its OPERATOR_TOKENS.";
  }
  const { detail } = (await response.json().catch(() => ({}))) as { detail?: string };
  return `The gateway answered ${response.status}${detail === undefined ? "." : `: ${detail}`}`;
}

function complain(message: string): number {
  console.error(message);
  return 2;
}
