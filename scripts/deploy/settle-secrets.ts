import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { userInfo } from "node:os";
import * as z from "zod";
import { DeployError } from "./deploy-error.ts";
import { writeWhole } from "./installation.ts";
import { failed, parseAnswer } from "./wrangler.ts";
import type { Ask } from "./ask.ts";
import type { Wrangler } from "./wrangler.ts";

/** Ours to make up: nobody else gives them out. */
const MADE: Record<string, (ask: Ask) => string | Promise<string>> = {
  TOKEN_KEYS: () => `k1:${randomBytes(32).toString("base64")}`,
  API_KEY_PEPPER: () => randomBytes(32).toString("base64url"),
  META_VERIFY_TOKEN: () => randomBytes(24).toString("base64url"),
  OPERATOR_TOKENS: async (ask) => {
    const name = await ask.text({
      name: "OPERATOR_NAME",
      message: "Your name in the audit, as an operator",
      fallback: userInfo().username.replaceAll(/[^\w.-]/g, "") || "operator",
      check: (value) => /^[\w.-]+$/.test(value) || "letters, digits, dot, hyphen.",
    });
    return `${name}:${randomBytes(24).toString("base64url")}`;
  },
};

const HINTS: Record<string, string> = {
  META_APP_SECRET: "App secret (Meta's App Dashboard, Settings, Basic)",
  META_SYSTEM_TOKEN: "Token of your system user at Meta, which shares the credit line",
};

const listed = z.array(z.object({ name: z.string() }));
const kept = z.record(z.string(), z.string());

/** Names of the Worker's secrets; null where there is no such Worker yet. */
export async function listSecrets(wrangler: Wrangler, config: string): Promise<string[] | null> {
  const args = ["secret", "list", "--format", "json", "--config", config];
  const answer = await wrangler.try(args);
  if (answer.code === 0) {
    return listed.parse(parseAnswer(args, answer.stdout)).map(({ name }) => name);
  }
  if (/not found|does not exist|10007/i.test(`${answer.stdout}${answer.stderr}`)) return null;
  throw failed(args, answer);
}

/**
 * What is to be set of the secrets that the Worker needs: what it has is left alone, what is ours is
 * made up, the rest is asked for. What is made up is written down first: a run that breaks off
 * must not leave a Worker whose keys nobody knows.
 *
 * @param wanted names
 * @param present names that the Worker has
 * @param file where what was made is kept, readable to its owner alone
 * @returns what the Worker does not have yet
 */
export async function settleSecrets(
  ask: Ask,
  wanted: string[],
  present: string[],
  file: string,
): Promise<Record<string, string>> {
  const known = readMade(file);
  const upload: Record<string, string> = {};
  const made: string[] = [];
  for (const name of wanted.filter((one) => !present.includes(one))) {
    const make = MADE[name];
    if (make === undefined) {
      upload[name] = await ask.secret({
        name,
        message: HINTS[name] ?? name,
        check: (value) => value.trim() !== "" || "must not be empty.",
      });
      continue;
    }
    // One that the operator brings along, from another installation or a vault, goes before.
    upload[name] = known[name] ?? process.env[name] ?? (await make(ask));
    made.push(name);
  }
  if (made.length > 0) {
    const all = { ...known, ...Object.fromEntries(made.map((name) => [name, upload[name]])) };
    writeWhole(file, `${JSON.stringify(all, null, 2)}\n`, 0o600);
  }
  return upload;
}

/** Secrets that were made here and not put away yet. @throws DeployError where it cannot be read */
export function readMade(file: string): Record<string, string> {
  if (!existsSync(file)) return {};
  try {
    return kept.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    throw new DeployError(`${file} cannot be read: it holds secrets that exist nowhere else.`);
  }
}

/** Gives a command the secrets in a file that only its owner can read, and removes it after. */
export async function withUpload<T>(
  file: string,
  upload: Record<string, string>,
  run: (args: string[]) => Promise<T>,
): Promise<T> {
  if (Object.keys(upload).length === 0) return run([]);
  try {
    writeWhole(file, JSON.stringify(upload), 0o600);
    return await run(["--secrets-file", file]);
  } finally {
    rmSync(file, { force: true });
  }
}
