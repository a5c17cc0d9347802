import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, afterEach, beforeAll, beforeEach, vi } from "vitest";
import { graph } from "./graph-stub.ts";
import { keepLogsAside, showLogsOf } from "./quiet-logs.ts";

keepLogsAside();

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
});

afterAll(() => graph.stop());
