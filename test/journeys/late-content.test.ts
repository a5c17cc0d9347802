import { beforeEach, describe, expect, it } from "vitest";
import { deliver, evict, seedSender, services } from "../support/seed.ts";
import { DAY, historyStored, setClock, snapshot } from "../support/storage.ts";
import { CUSTOMER, historyChunk, inbound, textMessage, webhook } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const WAMID = "wamid.late-content";
const TEXT = { body: "the words themselves" };

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedSender());
});

/** What comes where WhatsApp cannot deliver a message to the API side (protocol.md 2.6). */
const placeholder = () =>
  inbound(number, {
    ...textMessage({ wamid: WAMID }),
    type: "unsupported",
    text: undefined,
    unsupported: { type: "unknown" },
    errors: [{ code: 131060, title: "Message not available" }],
  });
const content = () => inbound(number, textMessage({ wamid: WAMID, body: TEXT.body }));

const readMessages = async () =>
  (await partner.read<{ data: unknown[] }>(`/v1/senders/${number.id}/messages`)).data;
const told = async () =>
  (await partner.events(number.id))
    .filter((event) => event.data["wamid"] === WAMID)
    .map((event) => event.type);

describe("content that comes after the placeholder for it, under the same wamid", () => {
  it("is what is read then; both are told, once", async () => {
    const payloads = [placeholder(), content()];
    for (const payload of payloads) await deliver(number, payload);
    const messages = await readMessages();
    expect(messages).toMatchObject([{ wamid: WAMID, type: "text", text: TEXT, historical: false }]);
    expect(messages[0]).not.toHaveProperty("errors");
    expect(await told()).toEqual(["message.unsupported", "message.received"]);
  });

  it("is taken also where both wait for D1 together", async () => {
    await Promise.all([webhook(placeholder()), services().phone(number.id).flushed()]);
    await deliver(number, content());
    expect(await readMessages()).toMatchObject([{ type: "text", text: TEXT }]);
    expect((await told()).toSorted()).toEqual(["message.received", "message.unsupported"]);
  });

  it("invariant 2: repeats of either change nothing, also days later", async () => {
    const payloads = [placeholder(), content()];
    for (const payload of payloads) await deliver(number, payload);
    const once = await snapshot(number);
    for (const payload of payloads) await deliver(number, payload);
    await evict(number);
    setClock(Date.now() + 6 * DAY);
    for (const payload of payloads.toReversed()) await deliver(number, payload);
    expect(await snapshot(number)).toEqual(once);
  });

  it("is not lost to a placeholder that comes late", async () => {
    await deliver(number, content());
    await deliver(number, placeholder());
    expect(await readMessages()).toMatchObject([{ type: "text", text: TEXT }]);
    expect(await told()).toEqual(["message.received"]);
  });

  const past = () =>
    webhook(
      historyChunk(
        number,
        { [CUSTOMER]: [textMessage({ wamid: WAMID, body: TEXT.body })] },
        { phase: 0, order: 1, progress: 10 },
      ),
    ).then(() => historyStored(number, 1));

  it("is filled in from history too, silently", async () => {
    await deliver(number, placeholder());
    await past();
    expect(await readMessages()).toMatchObject([
      { wamid: WAMID, type: "text", text: TEXT, historical: true },
    ]);
    expect(await told()).toEqual(["message.unsupported"]);
  });

  it("is told when it comes live, also after history had brought it", async () => {
    await deliver(number, placeholder());
    await past();
    await deliver(number, content());
    expect(await readMessages()).toMatchObject([{ type: "text", text: TEXT, historical: false }]);
    expect(await told()).toEqual(["message.unsupported", "message.received"]);
  });

  it("stays where history was first and only the placeholder comes live", async () => {
    await past();
    await deliver(number, placeholder());
    expect(await readMessages()).toMatchObject([{ type: "text", text: TEXT }]);
    expect(await told()).toEqual(["message.unsupported"]);
  });
});
