import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, afterEach, beforeAll, beforeEach, vi } from "vitest";
import { graph } from "./graph-stub.ts";
import { noteContent } from "./known-content.ts";
import { endLogs, keepLogsAside, showLogsOf } from "./quiet-logs.ts";

keepLogsAside();

// The gateway's own secrets.
noteContent("token", env.META_APP_SECRET);
noteContent("token", env.META_VERIFY_TOKEN);
noteContent("token", env.API_KEY_PEPPER);
for (const pair of env.OPERATOR_TOKENS.split(",")) noteContent("token", pair.split(":")[1] ?? "");
for (const pair of env.TOKEN_KEYS.split(",")) noteContent("token", pair.split(":")[1] ?? "");

beforeAll(() => graph.start());

beforeEach(async () => {
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
  await applyD1Migrations(env.DB_1, env.TEST_MIGRATIONS);
});

afterEach(async (context) => {
  vi.useRealTimers();
  graph.reset();
  showLogsOf(context);
  await reset();
  endLogs();
});

afterAll(() => graph.stop());
