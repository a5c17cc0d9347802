import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deployedConfig, listQueues, listShards, nameFor } from "./worker-config.ts";
import type { Installation } from "./installation.ts";
import type { RawConfig } from "./worker-config.ts";
import type { Wrangler } from "./wrangler.ts";

/** What a deploy of this installation does, in order, a line each. */
export function planDeploy(config: RawConfig, installation: Installation): string[] {
  const { jurisdiction, location, databases } = installation;
  const where = jurisdiction === "" ? `near ${location}` : `in the jurisdiction ${jurisdiction}`;
  const shards = listShards(config, installation);
  return [
    `log in: \`wrangler whoami\`; account ${installation.accountId ?? "of the login"}`,
    ...shards.map(({ binding, database }) =>
      databases[binding] === undefined
        ? `database ${database} as ${binding}: made ${where} unless it is there`
        : `database ${database} as ${binding}: ${databases[binding]}`,
    ),
    "what runs now: refused where it is bound to other databases, or of another jurisdiction",
    ...listQueues(config, installation).map(
      ({ name, isForDeadLetters }) =>
        `queue ${name}${isForDeadLetters ? " (dead letters, kept 14 days)" : ""}: made unless it is there`,
    ),
    ...bucketsOf(config, installation).map(
      (name) => `bucket ${name}: made ${where} unless it is there`,
    ),
    `secrets that the Worker lacks of ${config.secrets.required.join(", ")}: made up or asked for`,
    ...shards.map(
      ({ database }) => `migrations that ${database} lacks, after its bookmark is noted`,
    ),
    `Worker ${installation.name} at https://${installation.domain}, in one version with its new secrets`,
    "health and doctor",
  ];
}

export function bucketsOf(config: RawConfig, installation: Pick<Installation, "name">): string[] {
  return config.r2_buckets.map(({ bucket_name: name }) => nameFor(config, installation, name));
}

/** Builds what would be deployed, without an account. @returns what wrangler says of its size */
export async function rehearse(
  wrangler: Wrangler,
  config: RawConfig,
  installation: Installation,
  root: string,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "tandem-deploy-"));
  try {
    const file = join(folder, "wrangler.json");
    writeFileSync(file, JSON.stringify(deployedConfig(config, installation, { root, file })));
    const args = ["deploy", "--dry-run", "--config", file, "--outdir", join(folder, "out")];
    const printed = await wrangler.do(args);
    return /^Total Upload: .*$/m.exec(printed)?.[0] ?? "The bundle was built.";
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
