import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { readInstant } from "../../scripts/deploy/bookmarks.ts";

const NOW = Date.parse("2026-11-23T09:00:00Z");

describe("the instant of a backup", () => {
  it("is a minute ago where nobody says, so that no clock ahead of Cloudflare's asks for the future", () => {
    expect(readInstant(undefined, NOW).toISOString()).toBe("2026-11-23T08:59:00.000Z");
  });

  it("is what was said, with its zone", () => {
    expect(readInstant("2026-11-22T06:30:00+02:00", NOW).toISOString()).toBe(
      "2026-11-22T04:30:00.000Z",
    );
  });

  it.each(["yesterday", "2026-11-22T06:30:00", "1795000000"])("is not %s", (text) => {
    expect(() => readInstant(text, NOW)).toThrow("--at: an instant such as");
  });

  it.each(["2026-10-24T08:59:59Z", "2026-11-23T09:00:01Z"])(
    "is not %s: older than 30 days or to come",
    (text) => {
      expect(() => readInstant(text, NOW)).toThrow("within the last 30 days");
    },
  );
});

describe("npm run backup", () => {
  it("notes the bookmark of every database at one instant, and how to go back there", async () => {
    const directory = mkdtempSync(join(tmpdir(), "tandem-backup-test-"));
    const ids = ["5b468b3c-9d89-4dfe-a7fd-edafe5db855b", "aea0d232-7e41-471f-8c65-3925d8d07827"];
    const names = ["tandem", "tandem-1"];
    writeFileSync(
      join(directory, "tandem.json"),
      JSON.stringify({
        name: "tandem",
        accountId: null,
        jurisdiction: "",
        location: "enam",
        domain: "wa.example.com",
        shards: 2,
        vars: {},
        databases: { DB: ids[0], DB_1: ids[1] },
      }),
    );
    writeFileSync(
      join(directory, "tandem.wrangler.json"),
      JSON.stringify({
        d1_databases: ids.map((id, index) => ({
          binding: index === 0 ? "DB" : "DB_1",
          database_id: id,
        })),
      }),
    );
    const state = join(directory, "account.state");
    writeFileSync(
      state,
      JSON.stringify({ databases: ids.map((uuid, index) => ({ uuid, name: names[index] })) }),
    );
    const at = new Date(Date.now() - 3_600_000).toISOString();
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["scripts/backup.ts", "--directory", directory, "--at", at],
      {
        env: {
          ...process.env,
          TANDEM_WRANGLER: join(import.meta.dirname, "fake-account.ts"),
          FAKE_ACCOUNT: state,
        },
      },
    );
    for (const [index, binding] of ["DB", "DB_1"].entries()) {
      expect(stdout).toContain(
        `time-travel restore ${binding} --bookmark=00000001-${names[index]}-${at} -c `,
      );
    }
    const kept = JSON.parse(readFileSync(join(directory, "tandem.bookmarks.jsonl"), "utf8")) as {
      databases: object;
    };
    expect(kept).toMatchObject({ instant: at, reason: "npm run backup" });
    expect(Object.keys(kept.databases)).toEqual(["DB", "DB_1"]);
    rmSync(directory, { recursive: true });
  });
});
