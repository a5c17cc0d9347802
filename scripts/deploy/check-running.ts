import * as z from "zod";
import { DeployError } from "./deploy-error.ts";
import { listShards } from "./worker-config.ts";
import type { Installation } from "./installation.ts";
import type { RawConfig } from "./worker-config.ts";
import type { Wrangler } from "./wrangler.ts";

const deployment = z.object({ versions: z.array(z.object({ version_id: z.string() })) });
const version = z.object({
  resources: z.object({
    bindings: z.array(
      z.object({
        type: z.string(),
        name: z.string(),
        text: z.string().optional(),
        id: z.string().optional(),
        database_id: z.string().optional(),
      }),
    ),
  }),
});

/**
 * Looks at what runs now before something else takes its place. Another jurisdiction makes every
 * object a new and empty one, a shard that is bound no more or bound to another database hides what
 * was stored: all of these happen by deploying from a file that is not this installation's.
 *
 * @throws DeployError saying what differs
 */
export async function checkRunning(
  wrangler: Wrangler,
  config: RawConfig,
  installation: Installation,
  file: string,
): Promise<void> {
  const status = ["deployments", "status", "--json", "--config", file];
  const { versions } = deployment.parse(await wrangler.read(status));
  for (const { version_id: id } of versions) {
    const view = ["versions", "view", id, "--json", "--config", file];
    const { bindings } = version.parse(await wrangler.read(view)).resources;
    const jurisdiction = bindings.find(({ name }) => name === "JURISDICTION")?.text ?? "";
    if (jurisdiction !== installation.jurisdiction) {
      throw new DeployError(
        `What runs has JURISDICTION "${jurisdiction}", the installation's file says ` +
          `"${installation.jurisdiction}". Every object would be a new and empty one. ` +
          "Put the file right; is it this installation's?",
      );
    }
    const shards = listShards(config, installation);
    for (const bound of bindings.filter(({ type }) => type === "d1")) {
      const shard = shards.find(({ binding }) => binding === bound.name);
      const planned = shard === undefined ? undefined : installation.databases[shard.binding];
      const is = bound.database_id ?? bound.id;
      if (planned !== undefined && (is === undefined || is === planned)) continue;
      throw new DeployError(
        `What runs is bound to the database ${is} as ${bound.name}, the installation's file ` +
          `${planned === undefined ? "has no such shard" : `says ${planned}`}. What is stored ` +
          'there would be hidden. Put "shards" and "databases" right; is the file this installation\'s?',
      );
    }
  }
}
