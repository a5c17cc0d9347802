import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Objects that keep tables of their own. */
const TABLED_OBJECTS = ["phone-number", "endpoint", "alarms"] as const;
type TabledObject = (typeof TABLED_OBJECTS)[number];

/** What a release fixed: SQL that databases and objects out there have run already. */
export interface Released {
  /** File name in migrations/ to the hash of its content. */
  migrations: Record<string, string>;
  /** Of each object's list of steps, the hashes of those that were released, in order. */
  tables: Record<TabledObject, string[]>;
}

/** The hashes of all that is there now. */
export function hashAll(
  root: string,
  steps: Record<keyof Released["tables"], readonly string[]>,
): Released {
  const folder = join(root, "migrations");
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .toSorted();
  return {
    migrations: Object.fromEntries(
      files.map((name) => [name, hash(readFileSync(join(folder, name), "utf8"))]),
    ),
    tables: {
      "phone-number": steps["phone-number"].map(hash),
      endpoint: steps.endpoint.map(hash),
      alarms: steps.alarms.map(hash),
    },
  };
}

/** What of a release is not any more as it was; in words, a line each. */
export function listBroken(released: Released, now: Released): string[] {
  const migrations = Object.entries(released.migrations).flatMap(([name, before]) =>
    now.migrations[name] === before ? [] : `migrations/${name}`,
  );
  const newest = Object.keys(released.migrations).toSorted().at(-1) ?? "";
  // Databases run what they have not run, in the order of names: one before the newest comes too late.
  const tooLate = Object.keys(now.migrations).flatMap((name) =>
    name in released.migrations || name > newest
      ? []
      : `migrations/${name} (its name is before one that is released)`,
  );
  const steps = TABLED_OBJECTS.flatMap((object) =>
    released.tables[object].flatMap((before, index) =>
      now.tables[object][index] === before ? [] : `step ${index + 1} of the tables of ${object}`,
    ),
  );
  return [...migrations, ...tooLate, ...steps];
}

const TAKES_AWAY = /\b(?:DROP\s+(?:TABLE|COLUMN)|RENAME\s+(?:TO|COLUMN)|DELETE\s+FROM)\b/i;

/**
 * What a migration takes away, where it does not say why it may: while it runs, and after a rollback,
 * older code works on its tables. `-- removes: …` names the release whose code needs it no more.
 *
 * @returns the first such words, or null
 */
export function findRemoval(sql: string): string | null {
  if (/^-- removes: \S/m.test(sql)) return null;
  return TAKES_AWAY.exec(sql.replaceAll(/--.*$/gm, ""))?.[0] ?? null;
}

/** Spaces and comments of SQL change nothing that ran. */
function hash(sql: string): string {
  const words = sql.replaceAll(/--.*$/gm, "").replaceAll(/\s+/g, " ").trim();
  return createHash("sha256").update(words).digest("hex").slice(0, 32);
}
