import { describe, expect, it } from "vitest";
import { findMessage } from "../../src/database/read-messages.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import { deliver, seedPartner, seedSender, services } from "../support/seed.ts";
import { sendIdOf, sendPath, takePlace, templateTo, textTo } from "../support/sends.ts";
import { runObjectSql } from "../support/storage.ts";
import { echoes, inbound, newWamid, seconds, statuses, textMessage } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

interface History {
  wamid: string | null;
  status: string | null;
  steps: { status: string; at: string; errors?: unknown }[];
  pricing: Record<string, unknown> | null;
  conversation?: unknown;
  send_id?: string;
  send: Record<string, unknown> | null;
}

const AT = Date.parse("2026-11-20T10:00:00Z");
const PRICE = { billable: true, pricing_model: "PMP", type: "regular", category: "utility" };

const pathOf = (number: TestNumber, name: string) =>
  `/v1/senders/${number.id}/messages/${encodeURIComponent(name)}`;

function readHistory(partner: Partner, number: TestNumber, name: string): Promise<History> {
  return partner.read<History>(pathOf(number, name));
}

/** A message that Meta took, and its wamid. */
async function send(partner: Partner, number: TestNumber, wamid: string): Promise<string> {
  graph.respond(({ path }) =>
    path.endsWith("/messages")
      ? Response.json({ messaging_product: "whatsapp", messages: [{ id: wamid }] })
      : undefined,
  );
  const response = await partner.post(sendPath(number), templateTo());
  expect(response.status).toBe(200);
  await services().phone(number.id).flushed();
  return sendIdOf(response);
}

describe("GET /v1/senders/{id}/messages/{wamid or send id}", () => {
  it("tells the way of a send: admission, place, answer, and every status in order", async () => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("way");
    const id = await send(partner, number, wamid);
    const tell = (status: string, at: number, extra = {}) =>
      deliver(number, statuses(number, { id: wamid, status, timestamp: seconds(at), ...extra }));
    const conversation = { id: "c9", origin: { type: "referral_conversion" } };
    await tell("sent", AT, { pricing: PRICE, conversation });
    await tell("read", AT + 9_000);
    await tell("delivered", AT + 2_000);

    const byWamid = await readHistory(partner, number, wamid);
    expect(byWamid).toMatchObject({
      wamid,
      direction: "outbound",
      origin: "api",
      type: "template",
      send_id: id,
      status: "read",
      steps: [
        { status: "sent", at: "2026-11-20T10:00:00.000Z" },
        { status: "delivered", at: "2026-11-20T10:00:02.000Z" },
        { status: "read", at: "2026-11-20T10:00:09.000Z" },
      ],
      conversation,
      send: { id, state: "accepted", wamid, error: null },
    });
    expect(byWamid.pricing).toEqual(PRICE);
    const { admitted_at, place_at, settled_at } = byWamid.send ?? {};
    expect([admitted_at, place_at, settled_at].every((at) => typeof at === "string")).toBe(true);
    expect(await readHistory(partner, number, id)).toEqual(byWamid);
  });

  it("puts what shares a second in the order of the ladder", async () => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("second");
    await deliver(number, echoes(number, { id: wamid }));
    for (const status of ["played", "read", "sent", "delivered"]) {
      await deliver(number, statuses(number, { id: wamid, status, timestamp: seconds(AT) }));
    }
    const { steps } = await readHistory(partner, number, wamid);
    expect(steps.map(({ status }) => status)).toEqual(["sent", "delivered", "read", "played"]);
  });

  it("has the errors at the step that failed", async () => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("failed");
    const errors = [{ code: 131049, title: "Not delivered to keep the ecosystem healthy" }];
    await send(partner, number, wamid);
    await deliver(
      number,
      statuses(number, { id: wamid, status: "failed", timestamp: seconds(AT), errors }),
    );
    expect(await readHistory(partner, number, wamid)).toMatchObject({
      status: "failed",
      errors,
      steps: [{ status: "failed", errors }],
      pricing: null,
    });
  });

  it("takes a wamid as base64 has it, percent-encoded", async () => {
    const { partner, number } = await seedSender();
    const wamid = "wamid.HBgL+NTU1/MDE3Nz%2FAx==";
    await deliver(number, inbound(number, textMessage({ wamid })));
    expect(pathOf(number, wamid)).toContain("%2F");
    const history = await readHistory(partner, number, wamid);
    expect(history).toMatchObject({ wamid, direction: "inbound", status: null, send: null });
    expect(history.steps).toEqual([]);
  });

  it("tells of a send that is still on its way, in the same shape", async () => {
    const { partner, number } = await seedSender();
    const { send: id } = await takePlace(partner, number, "15550177002");
    expect(await readHistory(partner, number, id)).toMatchObject({
      wamid: null,
      direction: "outbound",
      origin: "api",
      send_id: id,
      status: null,
      steps: [],
      pricing: null,
      send: { id, state: "placed", settled_at: null },
    });
  });

  it("tells of a send that Meta refused, with the refusal", async () => {
    const { partner, number } = await seedSender();
    graph.respond(() => graphError(400, 132001, "no such template"));
    const response = await partner.post(sendPath(number), templateTo());
    expect(await readHistory(partner, number, sendIdOf(response))).toMatchObject({
      wamid: null,
      send: { state: "refused", error: { code: 132001 } },
    });
  });

  it("still finds a send by its id when the object has forgotten it", async () => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("old");
    const id = await send(partner, number, wamid);
    await runObjectSql(number.id, `DELETE FROM outbox`);
    expect(await readHistory(partner, number, id)).toMatchObject({ wamid, send: null });
  });

  it("finds a send by its id without reading the sender's other messages", async () => {
    const database = services().shard("DB");
    let asked = "";
    const listening = {
      prepare(sql: string) {
        asked = sql;
        return database.prepare(sql);
      },
    } as D1Database;
    expect(await findMessage(listening, 1, { send: "snd_1_x" })).toBeNull();
    const { results } = await database
      .prepare(`EXPLAIN QUERY PLAN ${asked}`)
      .bind(1, "snd_1_x")
      .all<{ detail: string }>();
    const plan = results.map(({ detail }) => detail).join("\n");
    expect(plan).toContain("messages_send (sender=? AND send=?)");
    expect(plan).toContain("SEARCH m USING PRIMARY KEY (sender=? AND wamid=?)");
  });

  it("knows nothing of stubs, of strangers, and of other partners' messages", async () => {
    const { partner, number } = await seedSender();
    const stub = newWamid("stub");
    await deliver(number, statuses(number, { id: stub, status: "delivered" }));
    const known = newWamid("known");
    const id = await send(partner, number, known);
    const other = await seedSender();
    const stranger = await seedPartner();
    const asked: [Partner, TestNumber, string][] = [
      [partner, number, stub],
      [partner, number, "wamid.nobody"],
      [partner, number, "snd_1_nobody"],
      [other.partner, other.number, known],
      [other.partner, other.number, id],
      [other.partner, number, known],
      [stranger, number, id],
    ];
    for (const [who, where, name] of asked) {
      const response = await who.get(pathOf(where, name));
      expect(response.status).toBe(404);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(await response.json()).toMatchObject({ code: "not_found" });
    }
  });

  it("shows a quoted text as it is stored, and none of a revoked one", async () => {
    const { partner, number } = await seedSender();
    const wamid = newWamid("said");
    await deliver(number, inbound(number, textMessage()));
    graph.respond(() => Response.json({ messages: [{ id: wamid }] }));
    await partner.post(sendPath(number), textTo());
    await services().phone(number.id).flushed();
    expect(await readHistory(partner, number, wamid)).toHaveProperty("text.body");
    const revoke = { original_message_id: wamid };
    await deliver(number, echoes(number, { id: newWamid("gone"), type: "revoke", revoke }));
    expect(await readHistory(partner, number, wamid)).not.toHaveProperty("text");
  });
});
