import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { listAudit } from "../../src/database/audit.ts";
import { ConsoleVisitor, signIn } from "../support/console.ts";
import { noteContent } from "../support/known-content.ts";
import { asOperator, call, newNumber, seedPartner } from "../support/seed.ts";
import type { Partner } from "../support/seed.ts";

let partner: Partner;
let visitor: ConsoleVisitor;

beforeEach(async () => {
  partner = await seedPartner();
  visitor = await signIn();
});

const audit = () => listAudit(env.DB, { after: null, limit: 50 });

/** D1 answers, and takes no entry of the audit. */
async function breakAudit(): Promise<void> {
  await env.DB.prepare(
    `CREATE TRIGGER no_audit BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no audit'); END`,
  ).run();
}

/** What operators' deeds leave in the registry. */
async function standing() {
  const tables = ["partners", "api_keys", "senders", "signup_sessions"];
  const read = (table: string) => env.DB.prepare(`SELECT * FROM ${table} ORDER BY 1`).all();
  return (await Promise.all(tables.map(read))).map(({ results }) => results);
}

describe("what cannot be written down", () => {
  const patch = (path: string, body: unknown) =>
    call(path, {
      method: "PATCH",
      headers: { authorization: "Bearer test-operator-token", "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const at = () => `/partners/${partner.id}`;
  const deeds: [door: string, deed: () => Promise<Response>][] = [
    ["a partner by the API", () => asOperator("/v1/admin/partners", { name: "Bakers" })],
    ["a partner's change by the API", () => patch(`/v1/admin${at()}`, { name: "Millers" })],
    ["a key by the API", () => asOperator(`/v1/admin${at()}/keys`, { name: "theirs" })],
    [
      "a sender by the API",
      () => {
        const { id, wabaId, phone } = newNumber();
        return asOperator("/v1/admin/senders", {
          partner_id: partner.id,
          phone_number_id: id,
          waba_id: wabaId,
          display_phone_number: `+${phone}`,
          access_token: "a-token",
          timezone: "Europe/Berlin",
        });
      },
    ],
    ["a partner by the console", () => visitor.post("/console/partners", { name: "Potters" })],
    ["a partner's change there", () => visitor.post(`/console${at()}`, { name: "Weavers" })],
    ["a key there", () => visitor.post(`/console${at()}/keys`, { name: "t", scope_read: "on" })],
    ["an owner's link", () => visitor.post("/console/connect", { partner: partner.id })],
  ];

  it.each(deeds)("is not done: %s", async (_door, deed) => {
    const before = await standing();
    await breakAudit();
    expect((await deed()).status).toBe(500);
    expect(await standing()).toEqual(before);
  });

  it("lets nobody in: a sign-in gives no cookie", async () => {
    await breakAudit();
    const other = new ConsoleVisitor();
    const response = await other.post("/console/sign-in", { token: "test-operator-token" });
    expect(response.status).toBe(500);
    expect(other.cookie("tandem_console")).toBeUndefined();
  });
});

describe("a detail of the audit", () => {
  it("names an owner's link by nothing", async () => {
    const made = await visitor.post("/console/connect", { partner: partner.id });
    const id = made.headers.get("location")?.split("/").at(-1) ?? "none";
    const [entry] = await audit();
    expect(entry).toMatchObject({ action: "signup.open", partner: partner.id, detail: null });
    expect(JSON.stringify(await audit())).not.toContain(id);
  });

  it("has a key's id where an operator gave the whole key for it", async () => {
    const [, id = "", secret = ""] = partner.key.split("_");
    noteContent("token", secret.slice(0, 16));
    const keys = `/partners/${partner.id}/keys/${partner.key}`;
    const asked = await call(`/v1/admin${keys}`, {
      method: "DELETE",
      headers: { authorization: "Bearer test-operator-token" },
    });
    expect(asked.status).toBe(404);
    expect((await visitor.post(`/console${keys}/revoke`)).status).toBe(404);
    const refused = (await audit()).slice(0, 4);
    expect(new Set(refused.map(({ detail }) => detail))).toEqual(new Set([id]));
    expect(JSON.stringify(await audit())).not.toContain(secret.slice(0, 8));
  });

  it("is no longer than what the API would take", async () => {
    const of = "x".repeat(5_000);
    const answer = await visitor.post("/console/left-over/unrouted-items", { of });
    expect(answer.status).toBe(400);
    expect((await audit()).every(({ detail }) => (detail ?? "").length <= 300)).toBe(true);
  });
});
