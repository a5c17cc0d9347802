import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

/** The snippets of docs/endpoints.md, run as they stand there. */
const PAGE = readFileSync("docs/endpoints.md", "utf8");
const SNIPPETS = [...PAGE.matchAll(/```(js|python)\n([\s\S]*?)```/g)].map(([, language, code]) => ({
  language,
  code: code ?? "",
}));
const snippetOf = (mark: string) => {
  const found = SNIPPETS.find(({ code }) => code.includes(mark));
  if (found === undefined) throw new Error(`No snippet has ${mark}.`);
  return found.code;
};

// Below the checkout, so that packages are found.
const folder = mkdtempSync("test/docs/.snippets-");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KEY = Buffer.alloc(32, 9);
const SECRET = `whsec_${KEY.toString("base64")}`;
const BODY = JSON.stringify({ id: "evt_1", type: "message.received", data: { text: "déjà" } });

/** What a post has to be checked by. @param age of the post in seconds */
function headersOf(body = BODY, age = 0) {
  const timestamp = String(Math.floor(Date.now() / 1_000) - age);
  const signed = createHmac("sha256", KEY).update(`evt_1.${timestamp}.${body}`).digest("base64");
  return {
    "webhook-id": "evt_1",
    "webhook-timestamp": timestamp,
    // As during a rotation: another secret's first.
    "webhook-signature": `v1,${Buffer.alloc(32).toString("base64")} v1,${signed}`,
    "x-hub-signature-256": `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`,
  };
}

async function load(name: string, code: string): Promise<Record<string, unknown>> {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, code);
  return (await import(/* @vite-ignore */ join(process.cwd(), file))) as Record<string, unknown>;
}

it("has three", () => expect(SNIPPETS).toHaveLength(3));

describe("the snippet with the library", () => {
  it("reads a post that is ours, and refuses another body or an old post", async () => {
    const { readEvent } = (await load("library", snippetOf("standardwebhooks"))) as {
      readEvent: (secret: string, headers: object, body: string) => unknown;
    };
    expect(readEvent(SECRET, headersOf(), BODY)).toEqual(JSON.parse(BODY));
    expect(() => readEvent(SECRET, headersOf("{}"), BODY)).toThrow(/signature/i);
    expect(() => readEvent(SECRET, headersOf(BODY, 3_600), BODY)).toThrow(/old/i);
  });
});

describe("the snippet for X-Hub-Signature-256", () => {
  it("knows a post that is ours from another", async () => {
    const { isOurs } = (await load("hub", snippetOf("x-hub-signature-256"))) as {
      isOurs: (secret: string, headers: object, body: string) => boolean;
    };
    expect(isOurs(SECRET, headersOf(), BODY)).toBe(true);
    expect(isOurs(SECRET, headersOf("{}"), BODY)).toBe(false);
    expect(isOurs(SECRET, {}, BODY)).toBe(false);
  });
});

describe.skipIf(spawnSync("python3", ["--version"]).status !== 0)("the snippet in Python", () => {
  it("knows a post that is ours from another body and from an old post", () => {
    const file = join(folder, "check.py");
    const call =
      "import json, sys\nheaders, body = json.load(sys.stdin)\n" +
      `print(is_ours("${SECRET}", headers, body.encode()))\n`;
    writeFileSync(file, `${snippetOf("is_ours")}\n${call}`);
    const ask = (headers: object) =>
      spawnSync("python3", [file], { input: JSON.stringify([headers, BODY]) }).stdout.toString();
    expect(ask(headersOf())).toBe("True\n");
    expect(ask(headersOf("{}"))).toBe("False\n");
    expect(ask(headersOf(BODY, 3_600))).toBe("False\n");
  });
});
