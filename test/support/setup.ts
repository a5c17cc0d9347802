import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, afterEach, beforeAll, beforeEach, vi } from "vitest";
import { graph } from "./graph-stub.ts";
import { noteContent } from "./known-content.ts";
import { endLogs, keepLogsAside, showLogsOf } from "./quiet-logs.ts";

/** The migrations as one text: statement by statement they take half as long again as a short test. */
const SCHEMA = env.TEST_MIGRATIONS.flatMap(({ queries }) => queries).join(";\n");

keepLogsAside();

// The gateway's own secrets.
noteContent("token", env.META_APP_SECRET);
noteContent("token", env.META_VERIFY_TOKEN);
noteContent("token", env.API_KEY_PEPPER);
for (const pair of env.OPERATOR_TOKENS.split(",")) noteContent("token", pair.split(":")[1] ?? "");
for (const pair of env.TOKEN_KEYS.split(",")) noteContent("token", pair.split(":")[1] ?? "");

beforeAll(() => graph.start());

beforeEach(async () => {
  try {
    await migrate();
  } catch {
    // Work that a test left behind can hold a database through `reset()`: with that test's rows in it.
    await reset();
    await migrate();
  }
});

afterEach(async (context) => {
  vi.useRealTimers();
  graph.reset();
  showLogsOf(context);
  await reset();
  endLogs();
});

afterAll(() => graph.stop());

async function migrate(): Promise<void> {
  await Promise.all([env.DB, env.DB_1].map(async (database) => database.prepare(SCHEMA).run()));
}
