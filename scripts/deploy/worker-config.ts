import { dirname, join, relative } from "node:path";
import { DeployError } from "./deploy-error.ts";
import type { Installation } from "./installation.ts";

/** What of wrangler.toml a deploy reads or replaces; the rest goes along as it is. */
export interface RawConfig {
  [key: string]: unknown;
  name: string;
  main: string;
  assets: { directory: string };
  alias?: Record<string, string>;
  vars: Record<string, string>;
  d1_databases: RawDatabase[];
  r2_buckets: { binding: string; bucket_name: string; jurisdiction?: string }[];
  queues: {
    producers: { binding: string; queue: string }[];
    consumers: { queue: string; dead_letter_queue?: string }[];
  };
  analytics_engine_datasets?: { binding: string; dataset: string }[];
  secrets: { required: string[] };
}

interface RawDatabase {
  binding: string;
  database_name: string;
  database_id?: string;
  migrations_dir: string;
}

/** A D1 database that an installation has or is to have. */
export interface Shard {
  binding: string;
  database: string;
}

/** Stands in a plan for what only the account can say. */
const UNKNOWN_ID = "00000000-0000-4000-8000-000000000000";
/** Of the installation's own fields; in `vars` they would contradict them. */
const DERIVED = { PUBLIC_URL: "domain", LOCATION_HINT: "location", JURISDICTION: "jurisdiction" };

/** `tandem-media` of wrangler.toml is `tandem-eu-media` of an installation `tandem-eu`. */
export function nameFor(config: RawConfig, installation: Pick<Installation, "name">, name: string) {
  const rest = name.startsWith(config.name) ? name.slice(config.name.length) : null;
  if (rest === null || !/^(?:$|[-_])/.test(rest)) {
    throw new DeployError(
      `wrangler.toml names a resource ${name}, which does not begin with ${config.name}: two ` +
        "installations in one account would share it.",
    );
  }
  return `${installation.name}${rest}`;
}

/** `DB`, `DB_1` …: the registry and first shard, then one binding for each further shard. */
export function listShards(config: RawConfig, installation: Pick<Installation, "name" | "shards">) {
  return Array.from({ length: installation.shards }, (_, index): Shard => {
    const suffix = index === 0 ? "" : `${index}`;
    return {
      binding: index === 0 ? "DB" : `DB_${suffix}`,
      database: nameFor(
        config,
        installation,
        index === 0 ? config.name : `${config.name}-${suffix}`,
      ),
    };
  });
}

/** Every queue that wrangler.toml names, those that only take dead letters first. */
export function listQueues(config: RawConfig, installation: Pick<Installation, "name">) {
  const { producers, consumers } = config.queues;
  const dead = new Set(consumers.flatMap(({ dead_letter_queue: queue }) => queue ?? []));
  const all = new Set([...dead, ...[...producers, ...consumers].map(({ queue }) => queue)]);
  return [...all].map((queue) => ({
    name: nameFor(config, installation, queue),
    isForDeadLetters: dead.has(queue),
  }));
}

/**
 * The configuration that is deployed: wrangler.toml with the installation's names, ids, domain and
 * vars. It lies in another folder, so its paths lead back.
 *
 * @param root where wrangler.toml lies
 * @param file where the result is to lie
 * @throws DeployError for a var that wrangler.toml does not have
 */
export function deployedConfig(
  config: RawConfig,
  installation: Installation,
  { root, file }: { root: string; file: string },
): RawConfig {
  const path = (own: string) => relative(dirname(file), join(root, own)) || ".";
  const name = (own: string) => nameFor(config, installation, own);
  const { $schema: _, ...rest } = config;
  const isWorkersDev = installation.domain.endsWith(".workers.dev");
  return {
    ...rest,
    name: installation.name,
    ...(installation.accountId === null ? {} : { account_id: installation.accountId }),
    main: path(config.main),
    assets: { ...config.assets, directory: path(config.assets.directory) },
    alias: Object.fromEntries(
      Object.entries(config.alias ?? {}).map(([name, own]) => [name, path(own)]),
    ),
    workers_dev: isWorkersDev,
    ...(isWorkersDev ? {} : { routes: [{ pattern: installation.domain, custom_domain: true }] }),
    vars: varsOf(config, installation),
    d1_databases: listShards(config, installation).map(({ binding, database }) => ({
      binding,
      database_name: database,
      database_id: installation.databases[binding] ?? UNKNOWN_ID,
      migrations_dir: path("migrations"),
    })),
    r2_buckets: config.r2_buckets.map((bucket) => ({
      ...bucket,
      bucket_name: name(bucket.bucket_name),
      ...(installation.jurisdiction === "" ? {} : { jurisdiction: installation.jurisdiction }),
    })),
    queues: {
      producers: config.queues.producers.map((queue) => ({ ...queue, queue: name(queue.queue) })),
      consumers: config.queues.consumers.map(({ dead_letter_queue: dead, ...queue }) => ({
        ...queue,
        queue: name(queue.queue),
        ...(dead === undefined ? {} : { dead_letter_queue: name(dead) }),
      })),
    },
    ...(config.analytics_engine_datasets === undefined
      ? {}
      : {
          analytics_engine_datasets: config.analytics_engine_datasets.map((dataset) => ({
            ...dataset,
            // It is SQL's too, where "-" would have to be quoted.
            dataset: name(dataset.dataset).replaceAll("-", "_"),
          })),
        }),
  };
}

/** The vars that the Worker gets. @throws DeployError naming the one that cannot be set */
export function varsOf(config: RawConfig, installation: Installation): Record<string, string> {
  for (const name of Object.keys(installation.vars)) {
    const field = DERIVED[name as keyof typeof DERIVED] as string | undefined;
    if (field !== undefined) {
      throw new DeployError(`${name} follows from "${field}" of the installation: change that.`);
    }
    if (!(name in config.vars)) {
      throw new DeployError(
        `wrangler.toml has no var ${name}. Take it out of "vars" of the installation's file: it was ` +
          "misspelt, or this version has it no more.",
      );
    }
  }
  return {
    ...config.vars,
    ...installation.vars,
    PUBLIC_URL: `https://${installation.domain}`,
    LOCATION_HINT: installation.location,
    JURISDICTION: installation.jurisdiction,
  };
}
