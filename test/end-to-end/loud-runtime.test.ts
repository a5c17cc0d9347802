import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { startGateway } from "../../scripts/gateway.ts";

it("a runtime that logs more than a pipe holds stops neither itself nor who reads it", async () => {
  const stateFolder = mkdtempSync(join(tmpdir(), "tandem-loud-"));
  const lines: string[] = [];
  const gateway = await startGateway({
    port: 0,
    stateFolder,
    entry: join(import.meta.dirname, "workers/loud.ts"),
    graphUrl: "http://127.0.0.1:9",
    appId: "1",
    appSecret: "a-secret",
    verifyToken: "a-verify-token",
    operatorToken: "an-operator-token",
    log: (line) => lines.push(line),
  });
  try {
    await vi.waitFor(() => expect(lines.at(-1)).toMatch(/^3000 x/), 20_000);
    expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
  } finally {
    await gateway.stop();
    rmSync(stateFolder, { recursive: true });
  }
});
