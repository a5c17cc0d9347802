import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { listAudit } from "../../src/database/audit.ts";
import { shortenNumbers } from "../../src/pages/console/parts.tsx";
import { signIn } from "../support/console.ts";
import { deliver, seedSender } from "../support/seed.ts";
import { passTime, stopClock } from "../support/sends.ts";
import { senderOf } from "../support/storage.ts";
import { CUSTOMER, echoes, inbound, textMessage } from "../support/webhooks.ts";
import type { ConsoleVisitor } from "../support/console.ts";
import type { TestNumber } from "../support/seed.ts";

const WORDS = "Two loaves of the dark rye, please.";
const ANSWER = "They are on the shelf by the door.";
const NAME = "Marta Quill";

let number: TestNumber;
let visitor: ConsoleVisitor;
let at: string;

beforeEach(async () => {
  ({ number } = await seedSender());
  at = `/console/senders/${(await senderOf(number)).key}`;
  const { entry, ...rest } = inbound(number, textMessage({ wamid: "wamid.rye", body: WORDS }));
  const [first] = entry;
  const value = {
    ...first?.changes[0]?.value,
    contacts: [{ wa_id: CUSTOMER, profile: { name: NAME } }],
  };
  await deliver(number, {
    ...rest,
    entry: [{ ...first, changes: [{ field: "messages", value }] }],
  });
  await deliver(
    number,
    echoes(number, { id: "wamid.shelf", text: { body: ANSWER }, context: { id: "wamid.rye" } }),
  );
  visitor = await signIn();
});

const conversations = () => visitor.read(`${at}/conversations`);

async function thread(): Promise<string> {
  const html = await conversations();
  const path = /href="(\/console\/senders\/\d+\/conversations\/[^"]+)"/.exec(html)?.[1];
  if (path === undefined) throw new Error("No conversation is listed.");
  expect(path).not.toContain(CUSTOMER);
  return visitor.read(path);
}

/** What was noted since the sign-in, the newest first. */
async function deeds(): Promise<string[]> {
  const rows = await listAudit(env.DB, { after: null, limit: 50 });
  const signedIn = rows.findIndex(({ action }) => action === "console.sign_in");
  return rows
    .slice(0, signedIn)
    .map(({ operator, action, detail }) => `${operator} ${action} ${detail ?? ""}`.trim());
}

describe("conversations in the console", () => {
  it("show shapes and sides, and neither words nor names nor numbers", async () => {
    for (const html of [await conversations(), await thread()]) {
      for (const secret of [WORDS, ANSWER, NAME, CUSTOMER, "wamid.rye"]) {
        expect(html).not.toContain(secret);
      }
      expect(html).toContain(`M… …${CUSTOMER.slice(-4)}`);
      expect(html).toContain(`text, ${ANSWER.length} characters`);
    }
    const html = await thread();
    expect(html).toContain("From the phone");
    expect(html).toContain("Customer");
    expect(html).toMatch(/answers <a href="#m-[0-9a-f]+">/);
    expect(await deeds()).toEqual([]);
  });

  it("show content behind a switch, and each look at it is noted by name", async () => {
    await visitor.post(`${at}/content/show`, { reason: "The partner says a message is missing." });
    const html = await thread();
    for (const shown of [WORDS, ANSWER, NAME, CUSTOMER]) expect(html).toContain(shown);
    expect(await deeds()).toEqual([
      expect.stringMatching(/^ada content\.read customer [0-9a-f]{10}$/),
      "ada content.read the list of conversations",
      "ada content.switched_on The partner says a message is missing.",
    ]);
    expect(JSON.stringify(await listAudit(env.DB, { after: null, limit: 50 }))).not.toContain(
      CUSTOMER,
    );
  });

  it("do not fetch content again and again by themselves", async () => {
    expect(await thread()).toContain("data-live");
    await visitor.post(`${at}/content/show`, { reason: "A complaint." });
    expect(await thread()).not.toContain("data-live");
  });

  it("stay shapes without a reason", async () => {
    const response = await visitor.post(`${at}/content/show`, { reason: "  " });
    expect(response.status).toBe(400);
    expect(await thread()).not.toContain(WORDS);
  });

  it("are shapes again when the switch is turned back, and after 15 minutes", async () => {
    stopClock();
    await visitor.post(`${at}/content/show`, { reason: "A complaint." });
    await visitor.post(`${at}/content/hide`);
    expect(await thread()).not.toContain(WORDS);

    await visitor.post(`${at}/content/show`, { reason: "A complaint." });
    const kept = visitor.cookie("tandem_content") ?? "";
    passTime(15 * 60_000);
    visitor.setCookie("tandem_content", kept);
    expect(await thread()).not.toContain(WORDS);
  });

  it("are shown of the one sender that was asked for", async () => {
    const other = await seedSender();
    const { key } = await senderOf(other.number);
    await visitor.post(`/console/senders/${key}/content/show`, { reason: "A complaint." });
    expect(await thread()).not.toContain(WORDS);
  });

  it("are not shown when the look cannot be noted", async () => {
    await visitor.post(`${at}/content/show`, { reason: "A complaint." });
    await env.DB.prepare(`DROP TABLE audit`).run();
    const response = await visitor.get(`${at}/conversations`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain(WORDS);
  });

  it("have addresses of their own sender, which open nothing of another", async () => {
    const path = /conversations\/([^"]+)"/.exec(await conversations())?.[1] ?? "";
    const { key } = await senderOf((await seedSender()).number);
    expect((await visitor.get(`${at}/conversations/${path}`)).status).toBe(200);
    expect((await visitor.get(`/console/senders/${key}/conversations/${path}`)).status).toBe(404);
  });

  it("of a reference that was changed are none", async () => {
    expect((await visitor.get(`${at}/conversations/${btoa(CUSTOMER.repeat(4))}`)).status).toBe(404);
  });
});

it.each([
  ["+420 777 123 456", "…3456"],
  ["420777123456", "…3456"],
  ["+420.777.123.456", "…3456"],
  ["+420\u00a0777\u00a0123\u00a0456", "…3456"],
  ["(420) 777/123-456", "(…3456"],
  ["code 131026", "code 131026"],
])("a number in Meta's words is shortened however it is written: %j", (text, short) => {
  expect(shortenNumbers(text)).toBe(short);
});

it("names and files that a customer chose are text on the page, never markup", async () => {
  const odd = `<script src=//evil.example></script><img src=x onerror=alert(1)>`;
  const { entry, ...rest } = inbound(number, {
    ...textMessage({ wamid: "wamid.odd", body: odd }),
    type: "document",
    document: { id: "4455", mime_type: `text/html;${odd}`, filename: odd, caption: odd },
  });
  const [first] = entry;
  const contacts = [{ wa_id: CUSTOMER, profile: { name: odd } }];
  const value = { ...first?.changes[0]?.value, contacts };
  await deliver(number, {
    ...rest,
    entry: [{ ...first, changes: [{ field: "messages", value }] }],
  });
  const hidden = [await conversations(), await thread()];
  await visitor.post(`${at}/content/show`, { reason: "A complaint." });
  const shown = [await conversations(), await thread()];
  expect(shown.join("")).toContain("&lt;img src=x");
  for (const html of [...hidden, ...shown]) expect(html).not.toMatch(/<script src=\/\/|<img src=x/);
  for (const html of hidden) expect(html).not.toContain("evil.example");
});
