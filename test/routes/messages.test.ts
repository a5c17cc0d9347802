import { describe, expect, it } from "vitest";
import { deliver, seedSender } from "../support/seed.ts";
import { CUSTOMER, echoes, inbound, newWamid, textMessage } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

interface Page {
  data: { wamid: string; at: string }[];
  next_cursor: string | null;
}

const T0 = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;
const THREAD = `customer=${CUSTOMER}`;

const list = (partner: Partner, number: TestNumber, query: string) =>
  partner.read<Page>(`/v1/senders/${number.id}/messages?${query}`);
const wamids = (page: Page) => page.data.map(({ wamid }) => wamid);

/** A thread of messages a minute apart. @returns their wamids, oldest first */
async function writeThread(number: TestNumber, count: number): Promise<string[]> {
  const messages = Array.from({ length: count }, (_, index) =>
    textMessage({ at: T0 + index * 60_000 }),
  );
  await deliver(number, inbound(number, ...messages));
  return messages.map(({ id }) => id);
}

describe("a thread", () => {
  it.each(["desc", "asc"])(
    "goes by time, %s, also while messages arrive between pages",
    async (order) => {
      const { partner, number } = await seedSender();
      const thread = await writeThread(number, 5);
      const first = await list(partner, number, `${THREAD}&order=${order}&limit=2`);
      const late = textMessage({ at: T0 + 3_000_000 });
      await deliver(number, inbound(number, late));
      const seen = [...wamids(first)];
      for (let cursor = first.next_cursor; cursor !== null;) {
        const query = `${THREAD}&order=${order}&limit=2&cursor=${cursor}`;
        const page = await list(partner, number, query);
        seen.push(...wamids(page));
        cursor = page.next_cursor;
      }
      expect(seen).toEqual(order === "desc" ? thread.toReversed() : [...thread, late.id]);
    },
  );

  it("is the newest first where no order is asked for", async () => {
    const { partner, number } = await seedSender();
    const thread = await writeThread(number, 3);
    expect(wamids(await list(partner, number, THREAD))).toEqual(thread.toReversed());
  });

  it.each(["since", "until"])(
    "can be narrowed by %s, in ISO 8601 or epoch seconds",
    async (end) => {
      const { partner, number } = await seedSender();
      const thread = await writeThread(number, 4);
      const at = T0 + 120_000;
      const expected = end === "since" ? thread.slice(2) : thread.slice(0, 2);
      const inBerlin = encodeURIComponent(
        `${new Date(at + 3_600_000).toISOString().slice(0, 19)}+01:00`,
      );
      for (const instant of [new Date(at).toISOString(), String(at / 1000), inBerlin]) {
        const query = `${THREAD}&order=asc&${end}=${instant}`;
        expect(wamids(await list(partner, number, query))).toEqual(expected);
      }
    },
  );

  it("can be narrowed by direction and type, and so can all messages together", async () => {
    const { partner, number } = await seedSender();
    const [text = ""] = await writeThread(number, 1);
    const echo = { id: newWamid("echo"), timestamp: String(T0 / 1000 + 5) };
    await deliver(number, echoes(number, echo));
    const place = {
      ...textMessage({ at: T0 + 9_000 }),
      type: "location",
      text: undefined,
      location: { latitude: 50.1, longitude: 14.4 },
    };
    await deliver(number, inbound(number, place));
    for (const scope of [`${THREAD}&`, ""]) {
      const read = async (query: string) =>
        wamids(await list(partner, number, `${scope}${query}`)).toSorted();
      expect(await read("direction=outbound")).toEqual([echo.id]);
      expect(await read("direction=inbound")).toEqual([text, place.id].toSorted());
      expect(await read("type=location")).toEqual([place.id]);
      expect(await read(`type=text&direction=inbound&until=${T0 / 1000 + 1}`)).toEqual([text]);
    }
  });
});

it("lists all messages by wamid, page by page, also while more arrive", async () => {
  const { partner, number } = await seedSender();
  const ids = ["wamid.b", "wamid.d", "wamid.f"];
  await deliver(number, inbound(number, ...ids.map((wamid) => textMessage({ wamid }))));
  const first = await list(partner, number, "limit=2");
  expect(wamids(first)).toEqual(["wamid.b", "wamid.d"]);
  await deliver(number, inbound(number, textMessage({ wamid: "wamid.e" })));
  const second = await list(partner, number, `limit=2&cursor=${first.next_cursor}`);
  expect(wamids(second)).toEqual(["wamid.e", "wamid.f"]);
});

describe("a query that cannot be", () => {
  it.each([
    ["order", "order=asc"],
    ["order", `${THREAD}&order=sideways`],
    ["direction", "direction=up"],
    ["since", `since=yesterday`],
    ["until", "until=2026-02-31T00:00:00Z"],
    ["since", "since=1790000000&until=1790000000"],
    ["cursor", "cursor=xyz"],
    ["cursor", `${THREAD}&cursor=eyJhZnRlciI6IiJ9`],
    ["limit", "limit=many"],
  ])("is refused naming %s: %s", async (field, query) => {
    const { partner, number } = await seedSender();
    const response = await partner.get(`/v1/senders/${number.id}/messages?${query}`);
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    expect(await response.json()).toMatchObject({ code: "invalid_request", field });
  });

  it("is refused where a cursor of one order is used in the other", async () => {
    const { partner, number } = await seedSender();
    await writeThread(number, 3);
    const { next_cursor: cursor } = await list(partner, number, `${THREAD}&order=asc&limit=1`);
    const path = `/v1/senders/${number.id}/messages?${THREAD}&order=desc&cursor=${cursor}`;
    expect(await (await partner.get(path)).json()).toMatchObject({ field: "cursor" });
  });
});
