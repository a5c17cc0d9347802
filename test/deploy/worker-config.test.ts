import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readWorkerConfig } from "../../scripts/deploy/read-worker-config.ts";
import {
  deployedConfig,
  listQueues,
  listShards,
  nameFor,
} from "../../scripts/deploy/worker-config.ts";
import { POINTERS } from "../../src/queues/bodies.ts";
import type { Installation } from "../../scripts/deploy/installation.ts";
import type { RawConfig } from "../../scripts/deploy/worker-config.ts";

const CONFIG: RawConfig = {
  $schema: "./schema.json",
  name: "tandem",
  main: "src/index.ts",
  compatibility_date: "2026-10-20",
  assets: { directory: "./public" },
  alias: { "slow-package": "./src/lib/fast.ts" },
  vars: { PUBLIC_URL: "http://127.0.0.1", GRAPH_VERSION: "v24.0" },
  d1_databases: [{ binding: "DB", database_name: "tandem", migrations_dir: "migrations" }],
  r2_buckets: [{ binding: "ARCHIVE", bucket_name: "tandem-archive" }],
  queues: {
    producers: [{ binding: "SENDS", queue: "tandem-sends" }],
    consumers: [
      { queue: "tandem-sends", dead_letter_queue: "tandem-sends-dead" },
      { queue: "tandem-media", dead_letter_queue: "tandem-media-dead" },
      { queue: "tandem-sends-dead" },
      { queue: "tandem-media-dead" },
    ],
  },
  analytics_engine_datasets: [{ binding: "METRICS", dataset: "tandem" }],
  secrets: { required: ["TOKEN_KEYS"] },
};

function installation(changes: Partial<Installation> = {}): Installation {
  return {
    name: "shop-eu",
    accountId: "acc",
    jurisdiction: "eu",
    location: "weur",
    domain: "wa.example.com",
    shards: 3,
    databases: { DB: "5b468b3c-9d89-4dfe-a7fd-edafe5db855b" },
    vars: {},
    ...changes,
  };
}

const PLACE = { root: "/code", file: "/code/installations/shop-eu.wrangler.json" };

describe("the names of an installation", () => {
  it("are those of wrangler.toml under its own", () => {
    const name = (own: string) => nameFor(CONFIG, installation(), own);
    expect(["tandem", "tandem-1", "tandem-archive"].map(name)).toEqual([
      "shop-eu",
      "shop-eu-1",
      "shop-eu-archive",
    ]);
  });

  it.each(["archive", "tandemonium"])(
    "have no place for %s: installations would share it",
    (own) => {
      expect(() => nameFor(CONFIG, installation(), own)).toThrow(`names a resource ${own}`);
    },
  );

  it("are of as many shards as it has, the first of them the registry", () => {
    expect(listShards(CONFIG, installation())).toEqual([
      { binding: "DB", database: "shop-eu" },
      { binding: "DB_1", database: "shop-eu-1" },
      { binding: "DB_2", database: "shop-eu-2" },
    ]);
  });

  it("are of every queue, also one that only takes dead letters, each once and those first", () => {
    expect(listQueues(CONFIG, installation())).toEqual([
      { name: "shop-eu-sends-dead", isForDeadLetters: true },
      { name: "shop-eu-media-dead", isForDeadLetters: true },
      { name: "shop-eu-sends", isForDeadLetters: false },
      { name: "shop-eu-media", isForDeadLetters: false },
    ]);
  });
});

describe("the configuration that is deployed", () => {
  it("is wrangler.toml with the installation's own, read from where it lies", () => {
    const config = deployedConfig(CONFIG, installation(), PLACE);
    expect(config).toMatchObject({
      name: "shop-eu",
      account_id: "acc",
      main: "../src/index.ts",
      compatibility_date: "2026-10-20",
      assets: { directory: "../public" },
      alias: { "slow-package": "../src/lib/fast.ts" },
      r2_buckets: [{ binding: "ARCHIVE", bucket_name: "shop-eu-archive", jurisdiction: "eu" }],
      // SQL reads a dataset by its name: no hyphen in it.
      analytics_engine_datasets: [{ binding: "METRICS", dataset: "shop_eu" }],
      queues: {
        consumers: [
          { queue: "shop-eu-sends", dead_letter_queue: "shop-eu-sends-dead" },
          {},
          {},
          {},
        ],
      },
      secrets: { required: ["TOKEN_KEYS"] },
    });
    expect(config.d1_databases[0]).toEqual({
      binding: "DB",
      database_name: "shop-eu",
      database_id: "5b468b3c-9d89-4dfe-a7fd-edafe5db855b",
      migrations_dir: "../migrations",
    });
    expect(config).not.toHaveProperty("$schema");
  });

  it("keeps no address with a token in it, and no trace: spans hold secrets and what SQL is bound to", () => {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    expect(deployedConfig(readWorkerConfig(root), installation(), PLACE)).toMatchObject({
      observability: {
        enabled: true,
        redact_query_string: true,
        logs: { invocation_logs: false },
        traces: { enabled: false },
        issues: { enabled: false },
      },
    });
  });

  it("has queues that the Worker knows by the end of their names", () => {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const own = installation({ name: "tandem-eu" });
    const { queues } = deployedConfig(readWorkerConfig(root), own, PLACE);
    const ends = Object.keys(POINTERS).flatMap((source) => [source, `${source}-dead`]);
    const expected = ends.map((end) => `tandem-eu-${end}`).toSorted();
    expect(queues.consumers.map(({ queue }) => queue).toSorted()).toEqual(expected);
  });

  it("names no jurisdiction where there is none, and leaves out what wrangler.toml has not", () => {
    const { analytics_engine_datasets: _, ...without } = CONFIG;
    const config = deployedConfig(without, installation({ jurisdiction: "" }), PLACE);
    expect(config.r2_buckets).toEqual([{ binding: "ARCHIVE", bucket_name: "shop-eu-archive" }]);
    expect(config).not.toHaveProperty("analytics_engine_datasets");
  });
});
