import { execFile } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { askEnvironment } from "../../scripts/deploy/ask.ts";
import { deploy } from "../../scripts/deploy/deploy.ts";
import { readWorkerConfig } from "../../scripts/deploy/read-worker-config.ts";
import { FakeAccount } from "./fake-account.ts";
import type { AddressInfo } from "node:net";
import type { Tools } from "../../scripts/deploy/deploy.ts";
import type { Wishes } from "../../scripts/deploy/settle-installation.ts";

const ROOT = join(import.meta.dirname, "../..");
const APP_SECRET = "4f1d-of-the-app";
const ANSWERS = {
  TANDEM_DOMAIN: "wa.example.com",
  META_APP_ID: "510000000000001",
  META_CONFIG_ID: "0",
  META_BUSINESS_ID: "720000000000001",
  META_APP_SECRET: APP_SECRET,
  OPERATOR_NAME: "ada",
};
const MADE = ["API_KEY_PEPPER", "META_VERIFY_TOKEN", "OPERATOR_TOKENS", "TOKEN_KEYS"];

/** What serves at the domain once it is deployed. */
let address: string;
const gateway = createServer((request, response) => {
  const body = request.url === "/health" ? { ok: true } : { ok: true, findings: [] };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
});
let directory: string;
let said: string[];

beforeAll(async () => {
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
});
afterAll(() => gateway.close());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tandem-deploy-test-"));
  said = [];
  return () => rmSync(directory, { recursive: true, force: true });
});

function tools(account: FakeAccount, changes: Partial<Tools> = {}): Tools {
  return {
    root: ROOT,
    directory,
    run: (args) => Promise.resolve(account.run(args)),
    ask: askEnvironment(ANSWERS),
    say: (line) => said.push(line),
    version: "0.1.0 abc1234",
    operatorToken: null,
    address,
    sleep: () => Promise.resolve(),
    healthMs: 0,
    ...changes,
  };
}

function run(account: FakeAccount, wishes: Partial<Wishes> = {}, changes: Partial<Tools> = {}) {
  return deploy(tools(account, changes), { vars: {}, ...wishes });
}

/** The commands that were given since, by their first words. */
function verbs(account: FakeAccount, since = 0): string[] {
  return account.state.calls
    .slice(since)
    .map((call) => call.split(" --")[0]?.split(" ").slice(0, 3).join(" ") ?? "");
}

function secretsOf(account: FakeAccount): Record<string, string> {
  return { ...account.state.workers["tandem"]?.secrets };
}

function readFile(name: string): unknown {
  return JSON.parse(readFileSync(join(directory, name), "utf8"));
}

describe("a first deploy", () => {
  it("makes everything that wrangler.toml names, in an order in which each finds what it needs", async () => {
    const account = new FakeAccount();
    await run(account, { jurisdiction: "eu" });
    const { databases, queues, buckets, workers } = account.inventory;
    expect(databases).toEqual([
      { name: "tandem", place: "eu", migrated: true },
      { name: "tandem-1", place: "eu", migrated: true },
    ]);
    const config = readWorkerConfig(ROOT);
    const named = new Set(config.queues.consumers.map(({ queue }) => queue));
    expect(queues.map(({ name }) => name).toSorted()).toEqual([...named].toSorted());
    expect(queues.every(({ jurisdiction }) => jurisdiction === "eu")).toBe(true);
    const dead = new Set(config.queues.consumers.flatMap((one) => one.dead_letter_queue ?? []));
    expect(
      queues.filter(({ retention }) => retention === "1209600").map(({ name }) => name),
    ).toEqual([...dead]);
    expect(buckets).toEqual([{ name: "tandem-archive", place: "eu" }]);
    expect(workers["tandem"]?.secrets).toEqual([...MADE, "META_APP_SECRET"].toSorted());
    const order = verbs(account);
    expect(order[0]).toBe("whoami");
    expect(order.lastIndexOf("d1 migrations apply")).toBeLessThan(order.indexOf("deploy"));
    expect(order.at(-1)).toBe("deploy");
  });

  it("deploys the operator's own values, and leaves wrangler.toml alone", async () => {
    const before = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
    const account = new FakeAccount();
    await run(account, { location: "sam", vars: { COUNT_INBOUND: "false" } });
    expect(readFile("tandem.wrangler.json")).toMatchObject({
      account_id: account.id,
      routes: [{ pattern: "wa.example.com", custom_domain: true }],
      workers_dev: false,
      vars: {
        PUBLIC_URL: "https://wa.example.com",
        LOCATION_HINT: "sam",
        JURISDICTION: "",
        COUNT_INBOUND: "false",
        META_APP_ID: ANSWERS.META_APP_ID,
        META_CONFIG_ID: "",
        GRAPH_VERSION: "v24.0",
      },
    });
    expect(account.inventory.databases.map(({ place }) => place)).toEqual(["enam", "enam"]);
    expect(readFileSync(join(ROOT, "wrangler.toml"), "utf8")).toBe(before);
  });

  it("shows no secret: not in a command, not in what it says; a file of them is its owner's alone", async () => {
    const account = new FakeAccount();
    await run(account);
    const secrets = secretsOf(account);
    const shown = [...account.state.calls, ...said].join("\n");
    for (const value of Object.values(secrets)) expect(shown).not.toContain(value);
    expect(readFile("tandem.secrets.json")).toEqual(
      Object.fromEntries(MADE.map((name) => [name, secrets[name]])),
    );
    expect(statSync(join(directory, "tandem.secrets.json")).mode & 0o777).toBe(0o600);
    expect(existsSync(join(directory, "tandem.upload.json"))).toBe(false);
    expect(secrets["META_APP_SECRET"]).toBe(APP_SECRET);
    expect(secrets["OPERATOR_TOKENS"]).toMatch(/^ada:.{32}$/);
    expect(Buffer.from(secrets["TOKEN_KEYS"]?.slice(3) ?? "", "base64")).toHaveLength(32);
  });

  it("says where the keys are that it made up, until somebody has put them away", async () => {
    const account = new FakeAccount();
    const isSaid = () =>
      said.some((line) => line.includes("put them from") && line.includes("TOKEN_KEYS"));
    // The first run deploys, and its domain does not answer yet.
    await expect(run(account, {}, { address: "http://127.0.0.1:9" })).rejects.toThrow(
      "certificate",
    );
    expect(isSaid()).toBe(true);
    said = [];
    await run(account);
    expect(isSaid()).toBe(true);
    said = [];
    rmSync(join(directory, "tandem.secrets.json"));
    await run(account);
    expect(isSaid()).toBe(false);
  });

  it("needs no domain of its own: a workers.dev address will do", async () => {
    await run(new FakeAccount(), { domain: "tandem.example.workers.dev" });
    const config = readFile("tandem.wrangler.json") as Record<string, unknown>;
    expect(config).toMatchObject({ workers_dev: true });
    expect(config).not.toHaveProperty("routes");
  });

  it("takes the system user's token where a credit line is set", async () => {
    const account = new FakeAccount();
    const vars = { META_EXTENDED_CREDIT_ID: "880000000000001" };
    await expect(run(account, { vars })).rejects.toThrow("Set META_SYSTEM_TOKEN");
    const ask = askEnvironment({ ...ANSWERS, META_SYSTEM_TOKEN: "of-the-system-user" });
    await run(account, { vars }, { ask });
    expect(account.state.workers["tandem"]?.secrets["META_SYSTEM_TOKEN"]).toBe(
      "of-the-system-user",
    );
  });
});

describe("a deploy that breaks off", () => {
  it.each(["before", "after"] as const)(
    "at any command, %s it took effect, is gone on with to the same end",
    async (when) => {
      const whole = new FakeAccount();
      await run(whole, { shards: 3 });
      const commands = whole.state.calls.length;
      expect(commands).toBeGreaterThan(20);
      for (let at = 1; at <= commands; at += 1) {
        rmSync(directory, { recursive: true, force: true });
        const account = new FakeAccount({ fail: { at, when } });
        await run(account, { shards: 3 }).catch(() => undefined);
        await run(account, { shards: 3 });
        const { inventory } = account;
        expect({ at, inventory }).toEqual({ at, inventory: whole.inventory });
        // Keys that were made are those that the Worker has: none was made anew over them.
        expect(account.state.workers["tandem"]?.secrets).toMatchObject(
          readFile("tandem.secrets.json") as object,
        );
        expect(readdirSync(directory).filter((file) => /upload|tmp/.test(file))).toEqual([]);
      }
    },
    60_000,
  );

  it("says which command failed, and in whose words", async () => {
    const account = new FakeAccount({ fail: { at: 3, when: "before" } });
    await expect(run(account)).rejects.toThrow(
      /`wrangler d1 create tandem --location enam` failed:\n {2}✘ \[ERROR\] fetch failed/,
    );
  });
});

describe("a second deploy", () => {
  it("makes nothing, sets no secret, and notes the databases' bookmarks before it migrates", async () => {
    const account = new FakeAccount();
    await run(account);
    const { inventory } = account;
    const secrets = secretsOf(account);
    const before = account.state.calls.length;
    await run(account);
    const since = verbs(account, before);
    expect(since.filter((verb) => verb.includes("create"))).toEqual([]);
    expect(account.state.calls.slice(before).join("\n")).not.toContain("--secrets-file");
    expect(since.indexOf("d1 time-travel info")).toBeLessThan(since.indexOf("d1 migrations apply"));
    expect(account.inventory).toEqual(inventory);
    expect(secretsOf(account)).toEqual(secrets);
    expect(readFile("tandem.bookmarks.jsonl")).toMatchObject({
      reason: "before a deploy",
      databases: { DB: "00000001-tandem-now", DB_1: "00000001-tandem-1-now" },
    });
  });

  it("does not put back a secret that was rotated since", async () => {
    const account = new FakeAccount();
    await run(account);
    const worker = account.state.workers["tandem"];
    if (worker !== undefined) worker.secrets["TOKEN_KEYS"] = "k2:new,k1:old";
    await run(account);
    expect(account.state.workers["tandem"]?.secrets["TOKEN_KEYS"]).toBe("k2:new,k1:old");
  });

  it("adds a shard: a database with all tables, and its binding", async () => {
    const account = new FakeAccount();
    await run(account);
    const [registry, first] = account.state.databases;
    await run(account, { shards: 3 });
    expect(account.state.databases.slice(0, 2)).toEqual([registry, first]);
    expect(account.inventory.databases[2]).toEqual({
      name: "tandem-2",
      place: "enam",
      migrated: true,
    });
    expect(account.state.workers["tandem"]?.bindings).toContainEqual({
      type: "d1",
      name: "DB_2",
      id: account.state.databases[2]?.uuid,
    });
    // What was said once stands in the file.
    await run(account);
    expect(account.state.databases).toHaveLength(3);
  });

  it("of another installation beside it shares nothing with the first", async () => {
    const account = new FakeAccount();
    await run(account);
    await run(account, { name: "tandem-eu", jurisdiction: "eu", domain: "eu.example.com" });
    const { databases, queues, buckets, workers } = account.inventory;
    const names = [...databases, ...queues, ...buckets].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => name.startsWith("tandem-eu"))).toHaveLength(names.length / 2);
    expect(Object.keys(workers)).toEqual(["tandem", "tandem-eu"]);
    expect(account.state.workers["tandem"]?.secrets["TOKEN_KEYS"]).not.toBe(
      account.state.workers["tandem-eu"]?.secrets["TOKEN_KEYS"],
    );
    await expect(run(account)).rejects.toThrow("--name tandem or --name tandem-eu");
  });
});

describe("a deploy refuses, before it changes anything,", () => {
  async function installed(): Promise<FakeAccount> {
    const account = new FakeAccount();
    await run(account);
    account.state.calls.length = 0;
    return account;
  }

  /** Changes the installation's file as somebody might by hand. */
  function edit(changes: Record<string, unknown>): void {
    const file = join(directory, "tandem.json");
    writeFileSync(file, JSON.stringify({ ...(readFile("tandem.json") as object), ...changes }));
  }

  function expectNothingChanged(account: FakeAccount): void {
    const made = account.state.calls.filter((call) => /create|apply|^deploy /.test(call));
    expect(made).toEqual([]);
  }

  it.each([
    ["another jurisdiction", { jurisdiction: "us" }, /fixed when databases, queues and objects/],
    ["fewer shards", { shards: 1 }, /not taken away/],
    ["no number of shards", { shards: 0.5 }, /1 to 100/],
    [
      "a var that wrangler.toml does not have",
      { vars: { COUNT_INBOND: "false" } },
      /no var COUNT_INBOND/,
    ],
    [
      "a var that the Worker would not serve with",
      { vars: { SEND_INTERVAL_MS: "10" } },
      /SEND_INTERVAL_MS/,
    ],
    [
      "a var that follows from another field",
      { vars: { JURISDICTION: "eu" } },
      /follows from "jurisdiction"/,
    ],
    ["a domain with a path", { domain: "https://wa.example.com/x" }, /--domain/],
    ["a place that nobody knows", { location: "moon" }, /--location: one of wnam/],
    ["a name that no bucket can have", { name: "Tandem_EU" }, /--name/],
  ] satisfies [string, Partial<Wishes>, RegExp][])("%s", async (_, wishes, reason) => {
    const account = await installed();
    await expect(run(account, wishes)).rejects.toThrow(reason);
    expect(account.state.calls).toEqual([]);
  });

  it("a login that is none", async () => {
    const account = new FakeAccount({ isLoggedIn: false });
    await expect(run(account)).rejects.toThrow("npx wrangler login");
    expectNothingChanged(account);
  });

  it("a login to another account than the installation's", async () => {
    const account = await installed();
    edit({ accountId: "ffffffffffffffffffffffffffffffff" });
    await expect(run(account)).rejects.toThrow("which this login does not reach");
    expectNothingChanged(account);
  });

  it("a database that is gone: an empty one must not take its place unasked", async () => {
    const account = await installed();
    account.state.databases.splice(1, 1);
    await expect(run(account)).rejects.toThrow(/tandem-1 \(.*\) of this installation is gone/);
    expectNothingChanged(account);
  });

  it("a file of another jurisdiction than what runs: every object would be empty", async () => {
    const account = await installed();
    edit({ jurisdiction: "eu", location: "weur" });
    await expect(run(account)).rejects.toThrow('What runs has JURISDICTION ""');
    expectNothingChanged(account);
  });

  it("a file with fewer shards than what runs, or with other databases", async () => {
    const account = await installed();
    const { databases } = readFile("tandem.json") as { databases: { DB: string; DB_1: string } };
    edit({ shards: 1, databases: { DB: databases.DB } });
    await expect(run(account)).rejects.toThrow("has no such shard");
    edit({ shards: 2, databases: { DB: databases.DB_1, DB_1: databases.DB } });
    await expect(run(account)).rejects.toThrow(`says ${databases.DB_1}`);
    expectNothingChanged(account);
  });

  it("a queue that is there under another jurisdiction", async () => {
    const account = new FakeAccount({
      queues: [{ name: "tandem-media", jurisdiction: "us", retention: "" }],
    });
    await expect(run(account, { jurisdiction: "eu" })).rejects.toThrow(
      'The queue tandem-media is there with the jurisdiction "us"',
    );
  });

  it("a file of the installation that is broken", async () => {
    const account = await installed();
    writeFileSync(join(directory, "tandem.json"), "{");
    await expect(run(account)).rejects.toThrow("is no JSON");
    writeFileSync(join(directory, "tandem.json"), JSON.stringify({ name: "tandem", shard: 2 }));
    await expect(run(account)).rejects.toThrow(/tandem\.json: .*shards/);
    expectNothingChanged(account);
  });
});

describe("an operator who lost the installation's file", () => {
  it("gets it back from the account, with the same databases", async () => {
    const account = new FakeAccount();
    await run(account);
    const before = readFile("tandem.json");
    const { inventory } = account;
    rmSync(directory, { recursive: true });
    await run(account);
    expect(readFile("tandem.json")).toEqual(before);
    expect(account.inventory).toEqual(inventory);
  });
});

describe("npm run deploy", () => {
  const runFile = promisify(execFile);

  function command(...args: string[]) {
    return runFile(process.execPath, ["scripts/deploy.ts", "--directory", directory, ...args], {
      cwd: ROOT,
      env: {
        ...process.env,
        ...ANSWERS,
        TANDEM_WRANGLER: join(import.meta.dirname, "fake-account.ts"),
        FAKE_ACCOUNT: join(directory, "account.state"),
        TANDEM_ADDRESS: address,
      },
    });
  }

  it("goes on where it broke off, by the same command", async () => {
    const file = join(directory, "account.state");
    writeFileSync(file, JSON.stringify({ fail: { at: 7, when: "after" } }));
    const broken = await command("--yes").catch((err: { code: number; stderr: string }) => err);
    expect(broken).toMatchObject({ code: 1 });
    expect(broken.stderr).toMatch(/wrangler .* failed/);
    const { stdout } = await command("--yes");
    expect(stdout).toContain(`${address} serves`);
    expect(stdout).toContain("callback https://wa.example.com/webhooks/meta");
    const { workers } = JSON.parse(readFileSync(file, "utf8")) as FakeAccount["state"];
    for (const secret of Object.values(workers["tandem"]?.secrets ?? {})) {
      expect(stdout).not.toContain(secret);
    }
  });

  it("prints a plan and builds what it would deploy, with wrangler itself and no network", async () => {
    const { stdout } = await runFile(
      process.execPath,
      [
        "scripts/deploy.ts",
        "--directory",
        directory,
        "--dry-run",
        "--name",
        "tandem-eu",
        "--jurisdiction",
        "eu",
        "--shards",
        "3",
      ],
      // No host answers here: a call to Cloudflare would fail.
      { cwd: ROOT, env: { ...process.env, CLOUDFLARE_API_BASE_URL: "http://127.0.0.1:9" } },
    );
    expect(stdout).toContain("database tandem-eu-2 as DB_2: made in the jurisdiction eu");
    expect(stdout).toMatch(/Total Upload: .* gzip: /);
    expect(stdout).toContain("Nothing was touched.");
    expect(readdirSync(directory)).toEqual([]);
  });

  it("does nothing where an option is not understood", async () => {
    for (const wrong of [
      ["--shard", "3"],
      ["--directory", "--dry-run"],
    ]) {
      const broken = await command(...wrong).catch((err: { code: number; stderr: string }) => err);
      expect(broken).toMatchObject({ code: 2, stderr: expect.stringContaining(wrong[0] ?? "") });
    }
    expect(readdirSync(directory)).toEqual([]);
  });
});
