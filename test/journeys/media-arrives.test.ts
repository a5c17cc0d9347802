import { beforeEach, describe, expect, it } from "vitest";
import { graphError } from "../support/graph-stub.ts";
import {
  attempt,
  mediaIs,
  mediaRow,
  MetaFile,
  pngBytes,
  sweptAt,
  tried,
} from "../support/media.ts";
import { deliver, seedSender, services } from "../support/seed.ts";
import { eventsOf, sendPath } from "../support/sends.ts";
import { archiveKeys, DAY, historyStored, HOUR, rowsOf } from "../support/storage.ts";
import {
  change,
  CUSTOMER,
  echoes,
  historyChunk,
  inbound,
  newWamid,
  seconds,
  webhook,
} from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedSender());
});

const pathOf = (wamid: string) => `/v1/senders/${number.id}/media/${encodeURIComponent(wamid)}`;

async function readMessage(wamid: string): Promise<Record<string, unknown>> {
  return partner.read(`/v1/senders/${number.id}/messages/${encodeURIComponent(wamid)}`);
}

const placeholder = (wamid: string, extra: Record<string, unknown> = {}) => ({
  from: CUSTOMER,
  id: wamid,
  timestamp: seconds(Date.now() - 9 * DAY),
  type: "media_placeholder",
  history_context: { status: "READ" },
  ...extra,
});

const followUp = (file: MetaFile, wamid: string) =>
  change(number, "history", { messages: [file.message({ wamid, at: Date.now() - 9 * DAY })] });

describe("the file of a live message", () => {
  it("is fetched, checked, kept, told once, and read back byte for byte", async () => {
    const file = new MetaFile();
    const message = file.message({ wamid: "wamid.live/1+2==" });
    await deliver(number, inbound(number, message));
    await mediaIs(number, message.id, "stored");

    const response = await partner.get(pathOf(message.id));
    expect(response.status).toBe(200);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(file.bytes);
    expect(response.headers.get("content-type")).toBe("image/png");
    expect(await readMessage(message.id)).toMatchObject({
      type: "image",
      media: { state: "stored", mime_type: "image/png", bytes: 88, sha256: file.hex },
    });
    expect(await eventsOf(partner, number, "media.stored")).toMatchObject([
      {
        data: {
          wamid: message.id,
          customer: { phone: CUSTOMER },
          message_type: "image",
          mime_type: "image/png",
          bytes: 88,
          sha256: file.hex,
        },
      },
    ]);
  });

  it("of an echo goes the same way, under a key that names no phone number", async () => {
    const file = new MetaFile();
    const message = file.message();
    await deliver(number, echoes(number, { ...message, from: number.phone, to: CUSTOMER }));
    await mediaIs(number, message.id, "stored");
    expect(await archiveKeys("media/")).toEqual([
      expect.stringMatching(/^media\/\d+\/[0-9a-f]{32}$/),
    ]);
  });

  it("is fetched once, whatever Meta repeats", async () => {
    const file = new MetaFile();
    const message = file.message();
    await deliver(number, inbound(number, message));
    const once = await mediaIs(number, message.id, "stored");
    await deliver(number, inbound(number, message));
    await webhook(historyChunk(number, { [CUSTOMER]: [message] }));
    await historyStored(number, 1);
    expect(await mediaRow(number, message.id)).toEqual(once);
    expect(file.downloads).toBe(1);
    expect(await eventsOf(partner, number, "media.stored")).toHaveLength(1);
  });

  it("is not asked for where the message has a link, no id, or is a send of ours", async () => {
    const uploaded = { type: "image", image: { id: "881999999999999" } };
    await deliver(number, inbound(number, new MetaFile().message({ part: { id: undefined } })));
    const sent = await partner.post(sendPath(number), {
      messaging_product: "whatsapp",
      to: CUSTOMER,
      ...uploaded,
    });
    const { messages } = await sent.json<{ messages: { id: string }[] }>();
    await services().phone(number.id).flushed();
    await deliver(number, echoes(number, { id: messages[0]?.id, text: undefined, ...uploaded }));
    expect(await rowsOf(number, "messages")).toHaveLength(2);
    expect(await rowsOf(number, "media")).toEqual([]);
  });
});

describe("the file of a placeholder of the history", () => {
  const both = async (first: unknown, second: unknown) => {
    await webhook(first);
    await historyStored(number, 1);
    await webhook(second);
    await historyStored(number, 2);
  };

  it.each(["placeholder first", "file first"])("joins it by wamid, %s", async (order) => {
    const file = new MetaFile();
    const wamid = newWamid("h");
    const chunk = historyChunk(
      number,
      { [CUSTOMER]: [placeholder(wamid, { history_context: { from_me: true, status: "READ" } })] },
      { progress: 30 },
    );
    // Under the owner's messages: the direction is the placeholder's, and the same.
    const { from: _, ...echo } = file.message({ wamid, at: Date.now() - 9 * DAY });
    const media = change(number, "history", { message_echoes: [{ ...echo, to: CUSTOMER }] });
    await (order === "file first" ? both(media, chunk) : both(chunk, media));
    await mediaIs(number, wamid, "stored");
    expect(await readMessage(wamid)).toMatchObject({
      type: "image",
      direction: "outbound",
      historical: true,
      media: { state: "stored" },
    });
    expect(await rowsOf(number, "messages")).toHaveLength(1);
  });

  it("is pending, has no row, and is unavailable 15 days after the onboarding", async () => {
    const wamid = newWamid("h");
    await webhook(historyChunk(number, { [CUSTOMER]: [placeholder(wamid)] }));
    await historyStored(number, 1);
    expect(await readMessage(wamid)).toMatchObject({ media: { state: "pending" } });
    expect((await partner.get(pathOf(wamid))).status).toBe(409);

    const late = await seedSender({ onboardedAt: Date.now() - 15 * DAY - HOUR });
    await webhook(historyChunk(late.number, { [CUSTOMER]: [placeholder(wamid)] }));
    await historyStored(late.number, 1);
    const { data } = await late.partner.read<{ data: unknown[] }>(
      `/v1/senders/${late.number.id}/messages`,
    );
    expect(data).toMatchObject([{ media: { state: "unavailable" } }]);
    const answer = await late.partner.get(
      `/v1/senders/${late.number.id}/media/${encodeURIComponent(wamid)}`,
    );
    expect(await answer.json()).toMatchObject({ status: 404, code: "media_unavailable" });
    expect([...(await rowsOf(number, "media")), ...(await rowsOf(late.number, "media"))]).toEqual(
      [],
    );
  });

  it("may come again under another id after it was given up", async () => {
    const lost = new MetaFile();
    lost.isAbsent = true;
    const wamid = newWamid("h");
    await webhook(followUp(lost, wamid));
    await historyStored(number, 1);
    for (let days = 1; days <= 5; days++) await attempt(number, wamid, Date.now() + days * DAY);
    await mediaIs(number, wamid, "unavailable");
    const found = new MetaFile();
    await webhook(followUp(found, wamid));
    await mediaIs(number, wamid, "stored");
    await webhook(followUp(lost, wamid));
    expect((await mediaRow(number, wamid))?.["state"]).toBe("stored");
  });
});

describe("a file that does not come at once", () => {
  /** A wanted file whose queue messages are lost, and the instant it came at. */
  async function wanted(file: MetaFile, options: Parameters<MetaFile["message"]>[0] = {}) {
    const message = file.message(options);
    await deliver(number, inbound(number, message));
    return { wamid: message.id, at: Date.now() };
  }

  it("is not lost to a 503, nor to many: it is due again later, up to an hour", async () => {
    const file = new MetaFile();
    file.hostStatuses = Array.from({ length: 60 }, () => 503);
    const { wamid, at } = await wanted(file);
    await tried(number, wamid);
    const pauses: number[] = [];
    let now = at + HOUR;
    for (let turn = 0; turn < 14; turn++) {
      now += HOUR;
      await attempt(number, wamid, now);
      const row = await mediaRow(number, wamid);
      expect(row).toMatchObject({ state: "wanted", reason: "media_host_503" });
      pauses.push(Number(row?.["due_at"]) - now);
    }
    expect(pauses.at(-1)).toBe(HOUR);
    expect(pauses).toEqual(pauses.toSorted((left, right) => left - right));
    file.hostStatuses = [];
    await attempt(number, wamid, now + HOUR);
    expect(await mediaRow(number, wamid)).toMatchObject({ state: "stored", due_at: null });
    expect(await eventsOf(partner, number, "media.unavailable")).toEqual([]);
  });

  it("is found by the sweep when its pointer is lost", async () => {
    const file = new MetaFile();
    file.hostStatuses = [503, 503, 503];
    const { wamid, at } = await wanted(file);
    await tried(number, wamid);
    expect(await sweptAt(at)).toBe(0);
    expect(await sweptAt(at + HOUR)).toBe(1);
  });

  it("is unavailable when the 7 days of its id are over, and not before", async () => {
    const file = new MetaFile();
    file.hostStatuses = Array.from({ length: 60 }, () => 500);
    const { wamid } = await wanted(file);
    await tried(number, wamid);
    const { wanted_at: from } = (await mediaRow(number, wamid)) as { wanted_at: number };
    await attempt(number, wamid, from + 7 * DAY - 1_000);
    // The last try comes at the very end.
    expect(await mediaRow(number, wamid)).toMatchObject({
      state: "wanted",
      due_at: from + 7 * DAY,
    });
    await attempt(number, wamid, from + 7 * DAY);
    expect(await mediaRow(number, wamid)).toMatchObject({
      state: "unavailable",
      reason: "expired",
      due_at: null,
    });
    const events = await eventsOf(partner, number, "media.unavailable");
    expect(events).toMatchObject([{ data: { wamid, reason: "expired" } }]);
    const answer = await partner.get(pathOf(wamid));
    expect(await answer.json()).toMatchObject({ status: 404, code: "media_unavailable" });
  });

  it.each([
    ["absent", (file: MetaFile) => void (file.isAbsent = true)],
    ["absent", (file: MetaFile) => void (file.hostStatuses = Array.from({ length: 9 }, () => 404))],
  ])("is %s when Meta said so four times", async (reason, spoil) => {
    const file = new MetaFile();
    spoil(file);
    const { wamid, at } = await wanted(file);
    await tried(number, wamid);
    await attempt(number, wamid, at + HOUR);
    await attempt(number, wamid, at + 2 * HOUR);
    expect((await mediaRow(number, wamid))?.["state"]).toBe("wanted");
    await attempt(number, wamid, at + 3 * HOUR);
    expect(await mediaRow(number, wamid)).toMatchObject({ state: "unavailable", reason });
  });

  it("with another hash than announced is not kept; four times, and it is given up", async () => {
    const file = new MetaFile();
    const other = new MetaFile(pngBytes("another picture"));
    const { wamid, at } = await wanted(file, { part: { sha256: other.base64 } });
    for (let hour = 1; hour <= 4; hour++) await attempt(number, wamid, at + hour * HOUR);
    expect(await mediaRow(number, wamid)).toMatchObject({
      state: "unavailable",
      reason: "sha256_mismatch",
    });
    expect(await archiveKeys("media/")).toEqual([]);
  });

  it("that was cut short on its way is fetched again", async () => {
    const file = new MetaFile();
    file.claimedBytes = file.bytes.length + 10;
    const { wamid, at } = await wanted(file);
    await attempt(number, wamid, at + HOUR);
    expect(await mediaRow(number, wamid)).toMatchObject({ state: "wanted" });
    file.claimedBytes = null;
    await attempt(number, wamid, at + 3 * HOUR);
    expect((await mediaRow(number, wamid))?.["state"]).toBe("stored");
  });

  it("that is larger than its kind may be is not fetched", async () => {
    const file = new MetaFile();
    file.claimedBytes = 7 * 1_024 * 1_024;
    const { wamid } = await wanted(file);
    await mediaIs(number, wamid, "unavailable");
    expect((await mediaRow(number, wamid))?.["reason"]).toBe("too_large");
  });

  it.each([
    ["its token is refused", () => graphError(401, 190, "expired"), "graph_401"],
    ["Meta asks for patience", () => graphError(429, 130429, "too many"), "graph_429"],
    ["Graph is down", () => new Response("down", { status: 503 }), "graph_silent"],
  ])("waits while %s, and is stored after that", async (_what, refuse, reason) => {
    const file = new MetaFile();
    file.refuse = refuse;
    const { wamid, at } = await wanted(file);
    await tried(number, wamid);
    for (let hour = 1; hour <= 8; hour++) await attempt(number, wamid, at + hour * HOUR);
    expect(await mediaRow(number, wamid)).toMatchObject({ state: "wanted", reason });
    expect(file.downloads).toBe(0);
    file.refuse = null;
    await attempt(number, wamid, at + 9 * HOUR);
    expect((await mediaRow(number, wamid))?.["state"]).toBe("stored");
  });
});

describe("two consumers", () => {
  it("do not fetch one file both; a dead one's file is tried again after its lease", async () => {
    const file = new MetaFile();
    file.hostStatuses = [503, 503, 503];
    const message = file.message();
    await deliver(number, inbound(number, message));
    await tried(number, message.id);
    const at = Date.now() + HOUR;
    await Promise.all([attempt(number, message.id, at), attempt(number, message.id, at)]);
    expect(file.downloads).toBe(4);
    expect(await mediaRow(number, message.id)).toMatchObject({ state: "stored", attempts: 2 });
  });
});
