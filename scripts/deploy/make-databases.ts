import * as z from "zod";
import { DeployError } from "./deploy-error.ts";
import type { Installation } from "./installation.ts";
import type { Shard } from "./worker-config.ts";
import type { Wrangler } from "./wrangler.ts";

const LIST = ["d1", "list", "--json"];
const listed = z.array(z.object({ uuid: z.string(), name: z.string() }));
/** A hint that D1 does not have: the nearest that it has. */
const NEAREST: Partial<Record<Installation["location"], string>> = {
  sam: "enam",
  afr: "weur",
  me: "eeur",
  "apac-ne": "apac",
  "apac-se": "apac",
};

/** D1 and R2 know fewer places than objects do; with a jurisdiction a hint counts for nothing. */
export function placeOf({
  jurisdiction,
  location,
}: Pick<Installation, "jurisdiction" | "location">) {
  return jurisdiction === ""
    ? ["--location", NEAREST[location] ?? location]
    : ["--jurisdiction", jurisdiction];
}

/**
 * Makes the databases that an installation wants and does not have. One of the right name that is
 * there already is its own, made by a run that did not come to write it down.
 *
 * @param note says of each what was done
 * @returns ids by binding
 * @throws DeployError where one that it had is gone: a new one in its place would be empty
 */
export async function makeDatabases(
  wrangler: Wrangler,
  installation: Installation,
  shards: Shard[],
  note: (line: string) => void,
): Promise<Record<string, string>> {
  const before = listed.parse(await wrangler.read(LIST));
  const missing: Shard[] = [];
  for (const shard of shards) {
    const id = installation.databases[shard.binding];
    const there = before.find(({ uuid, name }) =>
      id === undefined ? name === shard.database : uuid === id,
    );
    if (id !== undefined && there === undefined) {
      throw new DeployError(
        `The database ${shard.database} (${id}) of this installation is gone from the account. ` +
          'If it was deleted for good, take its line out of "databases" in the installation\'s ' +
          "file: the next run makes an empty one.",
      );
    }
    if (there === undefined) missing.push(shard);
    else note(`${shard.database} is there`);
  }
  for (const { database } of missing) {
    await wrangler.do(["d1", "create", database, ...placeOf(installation)]);
    note(`${database} made`);
  }
  const after = missing.length === 0 ? before : listed.parse(await wrangler.read(LIST));
  return Object.fromEntries(
    shards.map(({ binding, database }) => {
      const id =
        installation.databases[binding] ?? after.find(({ name }) => name === database)?.uuid;
      if (id === undefined) {
        throw new DeployError(`${database} was made and is not listed yet. Run the same again.`);
      }
      return [binding, id];
    }),
  );
}
