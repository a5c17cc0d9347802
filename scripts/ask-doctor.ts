export interface Finding {
  name: string;
  state: "ok" | "missing" | "unproven";
  detail: string;
}

export interface DoctorReport {
  ok: boolean;
  findings: Finding[];
}

const SIGNS = { ok: "✓", missing: "✗", unproven: "?" } as const;

/**
 * Asks a running gateway whether all is in order.
 *
 * @param gateway its address
 * @param sender a number to look at too
 * @throws Error in words for people where it cannot be asked
 */
export async function askDoctor(
  gateway: string,
  operatorToken: string,
  sender?: string,
): Promise<DoctorReport> {
  const url = new URL("/v1/admin/doctor", gateway);
  if (sender !== undefined) url.searchParams.set("sender", sender);
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { authorization: `Bearer ${operatorToken}` },
      signal: AbortSignal.timeout(60_000),
    });
  } catch (err) {
    throw new Error(`Nothing answers at ${url.origin}. Is --url the gateway's address?`, {
      cause: err,
    });
  }
  if (!response.ok) throw new Error(await readProblem(response));
  return (await response.json()) as DoctorReport;
}

/** The findings, a line each, and their count. */
export function printFindings(findings: Finding[], say: (line: string) => void): void {
  const width = Math.max(...findings.map(({ name }) => name.length));
  for (const { name, state, detail } of findings) {
    say(`${SIGNS[state]} ${name.padEnd(width)}  ${detail}`);
  }
  const count = (wanted: Finding["state"]) =>
    findings.filter(({ state }) => state === wanted).length;
  say("");
  say(
    `${count("ok")} in order, ${count("missing")} missing, ${count("unproven")} could not be looked at.`,
  );
}

async function readProblem(response: Response): Promise<string> {
  if (response.status === 401) {
    return "The gateway does not know this operator token: it takes those of its OPERATOR_TOKENS.";
  }
  const { detail } = (await response.json().catch(() => ({}))) as { detail?: string };
  return `The gateway answered ${response.status}${detail === undefined ? "." : `: ${detail}`}`;
}
