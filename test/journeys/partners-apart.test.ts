import { describe, expect, it } from "vitest";
import { call, deliver, importNumber, seedPartner, seedSender, services } from "../support/seed.ts";
import { rowsOf } from "../support/storage.ts";
import { CUSTOMER, inbound, textMessage } from "../support/webhooks.ts";

const PATHS = [
  "",
  "/messages",
  `/messages?customer=${CUSTOMER}`,
  "/contacts",
  `/windows/${CUSTOMER}`,
  "/sync",
  "/sync/chunks",
  "/conversations",
  "/export",
  "/sends/snd_1",
];

describe("invariant 8: no partner sees another's", () => {
  it.each(PATHS)(
    "GET /v1/senders/{id}%s of another partner is a 404, like one of nobody",
    async (path) => {
      const mine = await seedSender();
      const other = await seedSender();
      await deliver(other.number, inbound(other.number, textMessage()));
      const theirs = await mine.partner.get(`/v1/senders/${other.number.id}${path}`);
      const nobodys = await mine.partner.get(`/v1/senders/999${path}`);
      expect(theirs.status).toBe(404);
      const body = await theirs.json<Record<string, unknown>>();
      const absent = await nobodys.json<Record<string, unknown>>();
      expect({ ...body, request_id: "" }).toEqual({ ...absent, request_id: "" });
    },
  );

  it("lists only a partner's own senders and events, whatever it filters by", async () => {
    const mine = await seedSender();
    const other = await seedSender();
    const message = textMessage();
    await deliver(mine.number, inbound(mine.number, message));
    await deliver(other.number, inbound(other.number, textMessage()));
    const senders = await mine.partner.read<{ data: { id: string }[] }>("/v1/senders");
    expect(senders.data.map((sender) => sender.id)).toEqual([mine.number.id]);
    const events = await mine.partner.events();
    expect(new Set(events.map((event) => event.sender_id))).toEqual(new Set([mine.number.id]));
    expect(events.map((event) => event.data["wamid"])).toContain(message.id);
    expect(await mine.partner.events(other.number.id)).toEqual([]);
  });

  it("keeps two partners apart on the same shard and with the same wamids", async () => {
    const first = await seedSender();
    await seedSender();
    const third = await seedSender(); // round robin: the first one's shard
    const message = textMessage({ wamid: "wamid.shared", body: "to the first" });
    await deliver(first.number, inbound(first.number, message));
    await deliver(
      third.number,
      inbound(third.number, { ...message, text: { body: "to the third" } }),
    );
    expect(await rowsOf(first.number, "messages")).toHaveLength(1);
    const read = async ({ partner, number }: typeof first) =>
      (await partner.read<{ data: unknown[] }>(`/v1/senders/${number.id}/messages`)).data;
    expect(await read(first)).toMatchObject([{ text: { body: "to the first" } }]);
    expect(await read(third)).toMatchObject([{ text: { body: "to the third" } }]);
  });

  it("leaves the old partner its rows, and shows it nothing new, when a number moves", async () => {
    const { partner: before, number } = await seedSender();
    const kept = textMessage();
    await deliver(number, inbound(number, kept));
    const after = await seedPartner();
    await importNumber(after, number);
    const fresh = textMessage();
    await deliver(number, inbound(number, fresh));
    const read = async (partner: typeof before) =>
      (await partner.read<{ data: { wamid: string }[] }>(`/v1/senders/${number.id}/messages`)).data;
    expect((await read(before)).map((row) => row.wamid)).toEqual([kept.id]);
    expect((await read(after)).map((row) => row.wamid)).toEqual([fresh.id]);
    const told = (await before.events()).map((event) => event.data["wamid"]);
    expect(told).not.toContain(fresh.id);
  });

  it("does not show the old partner the windows that customers opened with the new one", async () => {
    const { partner: before, number } = await seedSender();
    const after = await seedPartner();
    await importNumber(after, number);
    await deliver(number, inbound(number, textMessage()));
    const response = await before.get(`/v1/senders/${number.id}/windows/${CUSTOMER}`);
    const text = await response.text();
    expect(text).not.toContain('"open":true');
  });

  it.each([
    ["no key", undefined],
    ["a made-up key", "Bearer tdm_abc_def"],
    ["an operator's token", "Bearer test-operator-token"],
    ["another scheme", "Basic dGRtOng="],
  ])("answers 401 to %s on every door of partners", async (_, authorization) => {
    const { number } = await seedSender();
    await services().phone(number.id).flushed();
    for (const path of ["/v1/senders", `/v1/senders/${number.id}/messages`, "/v1/events"]) {
      const headers: HeadersInit = authorization === undefined ? {} : { authorization };
      expect((await call(path, { headers })).status).toBe(401);
    }
  });

  it("does not open the operators' door to a partner's key", async () => {
    const { partner } = await seedSender();
    for (const path of ["/v1/admin/unrouted", "/v1/admin/dead-letters"]) {
      expect((await partner.get(path)).status).toBe(401);
    }
  });
});
