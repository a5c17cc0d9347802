import { existsSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** Secrets of the tests; .dev.vars must not reach them. */
const SECRETS = {
  META_APP_ID: "510000000000001",
  META_APP_SECRET: "test-app-secret",
  META_APP_SECRET_PREVIOUS: "test-app-secret-before",
  META_VERIFY_TOKEN: "test-verify-token",
  // k1 seals; k0 is one that was rotated away and still opens.
  TOKEN_KEYS:
    "k1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=,k0:MTA5ODc2NTQzMjEwOTg3NjU0MzIxMDk4NzY1NDMyMTA=",
  API_KEY_PEPPER: "test-pepper",
  OPERATOR_TOKENS: "ada:test-operator-token",
  GRAPH_URL: "https://graph.test",
};

/** In plain Node: the deploy, the simulator, the printed docs, and the gateway as a process. */
const NODE_TESTS = [
  "test/deploy/**",
  "test/simulator/**",
  "test/end-to-end/**",
  "test/faults/**",
  "test/docs/**",
  "test/scripts/**",
];
/** In a real browser, against the gateway and the simulator. */
const PAGE_TESTS = ["test/pages/**"];

const DISK = tmpdir();
const MEMORY = "/dev/shm";
// The runtimes of the worker tests keep their databases in memory where there is room: each test
// writes both schemas and deletes them, and a disk that others use too makes that twice as long.
if (existsSync(MEMORY) && room(MEMORY) > 2 * 1024 ** 3) process.env["TMPDIR"] = MEMORY;

function room(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

/** A machine that others use stands still for a second now and then (test/support/eventually.ts). */
const PATIENT = { poll: { timeout: 10_000 } };

export default defineConfig({
  test: {
    silent: "passed-only",
    projects: [
      {
        // In workerd, with the real D1, objects, R2 and queues.
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              cf: false,
              bindings: {
                TEST_MIGRATIONS: await readD1Migrations("./migrations"),
                // Of test/journeys/any-order.test.ts: how many, or which one.
                TANDEM_SEEDS: process.env["TANDEM_SEEDS"] ?? "",
                TANDEM_SEED: process.env["TANDEM_SEED"] ?? "",
                ...SECRETS,
              },
            },
          })),
        ],
        test: {
          name: "worker",
          include: ["test/**/*.test.ts"],
          exclude: [...NODE_TESTS, ...PAGE_TESTS],
          setupFiles: ["./test/support/setup.ts"],
          testTimeout: 20_000,
          expect: PATIENT,
          // Two runtimes for all files: each would boot its own (1.4 s); `reset()` after each test.
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "node",
          include: NODE_TESTS.map((folder) => `${folder}/*.test.ts`),
          env: { TMPDIR: DISK },
          testTimeout: 180_000,
          expect: PATIENT,
          hookTimeout: 60_000,
          // They wait for the most part: for a sweep, a restart, a retry.
          maxWorkers: 3, // of the group: the browsers' have to say the same
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: "pages",
          include: PAGE_TESTS.map((folder) => `${folder}/*.test.ts`),
          globalSetup: ["./test/pages/support/unpack-browser.ts"],
          env: { TMPDIR: DISK },
          testTimeout: 60_000,
          expect: PATIENT,
          hookTimeout: 60_000,
          // A browser, a runtime and a simulator each, beside the end-to-end tests.
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
