import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";
import { DeployError } from "./deploy-error.ts";

export const JURISDICTIONS = ["", "eu", "us", "fedramp"] as const;
/** Where objects can be born (platform.md 1.3). D1 and R2 know six of them. */
export const LOCATIONS = [
  "wnam",
  "enam",
  "sam",
  "weur",
  "eeur",
  "apac",
  "apac-ne",
  "apac-se",
  "oc",
  "afr",
  "me",
] as const;

/** Queues, buckets and Workers allow no more than this in common. */
export const NAME = /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
const SHARDS_MAX = 500;

const installationSchema = z.strictObject({
  /** Of the Worker; what else it has is called after it. */
  name: z.string().regex(NAME),
  accountId: z.string().nullable(),
  jurisdiction: z.enum(JURISDICTIONS),
  location: z.enum(LOCATIONS),
  /** Where Meta and partners reach it: a domain of the account, or `….workers.dev`. */
  domain: z.hostname(),
  shards: z.number().int().min(1).max(SHARDS_MAX),
  /** By binding: the D1 databases that were made for it. */
  databases: z.record(z.string(), z.uuid()),
  /** What differs from `[vars]` of wrangler.toml. */
  vars: z.record(z.string(), z.string()),
});

/** One deployment of Tandem: the operator's own choices and what was made for them. */
export type Installation = z.infer<typeof installationSchema>;

/** The files of one installation; none of them belongs into the repository. */
export interface InstallationFiles {
  settings: string;
  /** Written anew at each deploy from wrangler.toml and `settings`. */
  wrangler: string;
  /** Secrets that were made here and not put away yet. */
  secrets: string;
  /** What `wrangler deploy` is given for a moment. */
  upload: string;
  bookmarks: string;
}

export function filesOf(directory: string, name: string): InstallationFiles {
  const file = (ending: string) => join(directory, `${name}.${ending}`);
  return {
    settings: file("json"),
    wrangler: file("wrangler.json"),
    secrets: file("secrets.json"),
    upload: file("upload.json"),
    bookmarks: file("bookmarks.jsonl"),
  };
}

/** The name that is meant: the one said, the only one there is, or that of wrangler.toml. */
export function chooseName(
  wished: string | undefined,
  directory: string,
  fallback: string,
): string {
  const known = existsSync(directory)
    ? readdirSync(directory)
        .flatMap((file) => /^([a-z0-9-]+)\.json$/.exec(file)?.[1] ?? [])
        .toSorted()
    : [];
  const name = wished ?? (known.length > 0 ? known[0] : fallback) ?? fallback;
  if (wished === undefined && known.length > 1) {
    throw new DeployError(`Say which installation: --name ${known.join(" or --name ")}.`);
  }
  if (!NAME.test(name)) {
    throw new DeployError("--name: lower-case letters, digits and hyphens, at most 40 of them.");
  }
  return name;
}

/** @returns null where there is none yet. @throws DeployError naming the field that is wrong */
export function readInstallation(file: string): Installation | null {
  if (!existsSync(file)) return null;
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new DeployError(`${file} is no JSON. Repair it, or take it from your backup.`);
  }
  const result = installationSchema.safeParse(content);
  if (result.success) return result.data;
  throw new DeployError(`${file}: ${listIssues(result.error)}`);
}

export function writeInstallation(file: string, installation: Installation): void {
  writeWhole(file, `${JSON.stringify(installation, null, 2)}\n`);
}

/** All or nothing: a kill in the middle leaves the file as it was. */
export function writeWhole(file: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}.tmp`;
  writeFileSync(beside, content, { mode });
  renameSync(beside, file);
}

/** "vars.META_APP_ID is …; …", without the values. */
export function listIssues(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`))
    .join("; ");
}
