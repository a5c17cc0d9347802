import { DeployError } from "./deploy-error.ts";
import {
  chooseName,
  filesOf,
  JURISDICTIONS,
  listIssues,
  LOCATIONS,
  readInstallation,
} from "./installation.ts";
import { varsOf } from "./worker-config.ts";
import type * as z from "zod";
import type { Ask, Question } from "./ask.ts";
import type { Installation } from "./installation.ts";
import type { RawConfig } from "./worker-config.ts";

/** Sweeps ask each shard, in calls that may ask D1 1,000 times (docs/scale.md). */
export const SHARDS_MAX = 100;

/** What was said on the command line; undefined: nothing. */
export interface Wishes {
  name?: string | undefined;
  jurisdiction?: string | undefined;
  location?: string | undefined;
  domain?: string | undefined;
  shards?: number | undefined;
  vars: Record<string, string>;
}

/** Of Meta's app; nothing works without them, and wrangler.toml cannot know them. */
const ASKED: Question[] = [
  {
    name: "META_APP_ID",
    message: "Id of your app at Meta (App Dashboard)",
    example: "10000",
    check: (value) => /^\d{5,}$/.test(value) || "is no app id: digits only.",
  },
  {
    name: "META_CONFIG_ID",
    message: "Its Facebook Login for Business configuration for the signup (0 for none yet)",
    example: "0",
    check: (value) => /^(0|\d{5,})$/.test(value) || "is no configuration's id: digits only.",
  },
  {
    name: "META_BUSINESS_ID",
    message: "Id of your own business portfolio (0 for none yet)",
    example: "0",
    check: (value) => /^(0|\d{5,})$/.test(value) || "is no portfolio's id: digits only.",
  },
];

const JURISDICTION: Question = {
  name: "TANDEM_JURISDICTION",
  message: "Must what is stored stay in one jurisdiction? It cannot be changed later",
  fallback: "",
};
const JURISDICTION_CHOICES = [
  { name: "no", value: "" },
  { name: "European Union", value: "eu" },
  { name: "United States", value: "us" },
  { name: "FedRAMP", value: "fedramp" },
];

/** Near which objects and databases of a jurisdiction are born, where nobody says. */
const LOCATION_OF = { "": "enam", eu: "weur", us: "enam", fedramp: "enam" } as const;

/**
 * The installation as its file has it, with what was said on the command line, and what is still
 * missing asked for. Nothing is made yet.
 *
 * @throws DeployError naming what cannot be, or cannot be changed any more
 */
export async function settleInstallation(
  config: RawConfig,
  directory: string,
  wishes: Wishes,
  ask: Ask,
): Promise<Installation> {
  const name = chooseName(wishes.name, directory, config.name);
  const known = readInstallation(filesOf(directory, name).settings);
  const base = known === null ? await begin(config, name, wishes, ask) : change(known, wishes);
  const installation = { ...base, vars: { ...base.vars, ...wishes.vars } };
  for (const question of ASKED) {
    if (question.name in installation.vars) continue;
    const value = await ask.text(question);
    installation.vars[question.name] = value === "0" ? "" : value;
  }
  await checkSettings(config, installation);
  return installation;
}

async function begin(
  config: RawConfig,
  name: string,
  wishes: Wishes,
  ask: Ask,
): Promise<Installation> {
  const wished = wishes.jurisdiction ?? (await ask.choose(JURISDICTION, JURISDICTION_CHOICES));
  const jurisdiction = oneOf("--jurisdiction", JURISDICTIONS, wished);
  const location = oneOf("--location", LOCATIONS, wishes.location ?? LOCATION_OF[jurisdiction]);
  const domain =
    wishes.domain ??
    (await ask.text({
      name: "TANDEM_DOMAIN",
      message: "Domain it is reached at (of a zone in your account, or ….workers.dev)",
      example: "tandem.example.com",
      check: (value) => isDomain(value) || "is no domain, such as wa.example.com.",
    }));
  return {
    name,
    accountId: null,
    jurisdiction,
    location,
    domain: domainOf(domain),
    shards: shardsOf(wishes.shards ?? config.d1_databases.length),
    databases: {},
    vars: {},
  };
}

/** What is fixed once things are made is refused by name instead of being made anew beside them. */
function change(known: Installation, wishes: Wishes): Installation {
  if (wishes.jurisdiction !== undefined && wishes.jurisdiction !== known.jurisdiction) {
    throw new DeployError(
      `--jurisdiction: this installation was made with "${known.jurisdiction}". It is fixed when ` +
        "databases, queues and objects are made: under another one all objects would be new and " +
        "empty. Make a second installation (--name) and move the numbers there.",
    );
  }
  if (wishes.shards !== undefined && shardsOf(wishes.shards) < known.shards) {
    throw new DeployError(
      `--shards: this installation has ${known.shards}. A shard holds messages and is not taken away.`,
    );
  }
  return {
    ...known,
    location: oneOf("--location", LOCATIONS, wishes.location ?? known.location),
    domain: domainOf(wishes.domain ?? known.domain),
    shards: wishes.shards ?? known.shards,
  };
}

/**
 * The same check that the Worker makes before it serves (src/env.ts), before anything is made.
 * Secrets are not known here: what stands in for them is well-formed.
 */
async function checkSettings(config: RawConfig, installation: Installation): Promise<void> {
  // By address: env.ts names types of the Worker's world, which this one does not have.
  const env = new URL("../../src/env.ts", import.meta.url).href;
  const { settingsSchema } = (await import(env)) as { settingsSchema: z.ZodType };
  const secrets = Object.fromEntries(config.secrets.required.map((name) => [name, "name:token"]));
  const result = settingsSchema.safeParse({ ...secrets, ...varsOf(config, installation) });
  if (!result.success) throw new DeployError(`Settings: ${listIssues(result.error)}`);
}

function oneOf<T extends string>(flag: string, all: readonly T[], value: string): T {
  const found = all.find((known) => known === value);
  if (found !== undefined) return found;
  throw new DeployError(`${flag}: one of ${all.filter((known) => known !== "").join(", ")}.`);
}

function shardsOf(count: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= SHARDS_MAX) return count;
  throw new DeployError(
    `--shards: how many D1 databases it has, 1 to ${SHARDS_MAX} (more: docs/scale.md).`,
  );
}

function domainOf(value: string): string {
  if (isDomain(value)) return value.toLowerCase();
  throw new DeployError("--domain: a domain without https:// and without a path.");
}

function isDomain(value: string): boolean {
  return /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/i.test(value);
}
