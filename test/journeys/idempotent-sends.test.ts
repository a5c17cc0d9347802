import { HttpResponse } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import { deliver, evict, seedObservedSender, seedSender, services } from "../support/seed.ts";
import {
  customer,
  eventsOf,
  passTime,
  sendIdOf,
  sendPath,
  sendReaches,
  stopClock,
  templateTo,
  textTo,
} from "../support/sends.ts";
import { CUSTOMER, inbound, statuses, textMessage } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

const DAY = 24 * 3_600_000;

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedObservedSender());
});

const send = (key: string, body: unknown = templateTo(), prefer?: string) =>
  partner.post(sendPath(number), body, {
    "idempotency-key": key,
    ...(prefer === undefined ? {} : { prefer }),
  });

/** Status, body and id: what must be the same. */
async function readAnswer(response: Response) {
  return { status: response.status, body: await response.json(), send: sendIdOf(response) };
}

describe("the same Idempotency-Key and body", () => {
  it("answers an accepted send alike, without sending again", async () => {
    const first = await send("key-1");
    expect(first.headers.get("idempotent-replayed")).toBeNull();
    const again = await send("key-1");
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await readAnswer(again)).toEqual(await readAnswer(first));
    expect(graph.sent).toHaveLength(1);
    expect(await eventsOf(partner, number, "send.settled")).toHaveLength(1);
  });

  it("answers a refused send alike", async () => {
    graph.respond(() => graphError(400, 131026, "Message undeliverable"));
    const first = await readAnswer(await send("key-1"));
    graph.respond(() => undefined);
    expect(first.status).toBe(400);
    expect(await readAnswer(await send("key-1"))).toEqual(first);
    expect(graph.sent).toHaveLength(1);
  });

  it("invariant 5: answers an unknown send alike, without sending again", async () => {
    graph.respond(() => HttpResponse.error());
    const first = await send("key-1");
    graph.reset();
    const again = await send("key-1");
    expect([first.status, again.status]).toEqual([504, 504]);
    expect(sendIdOf(again)).toBe(sendIdOf(first));
    expect(graph.sent).toEqual([]);
  });

  it("answers a queued send alike, and once it is sent with what Meta said", async () => {
    // Nothing drains a paused number.
    const phone = services().phone(number.id);
    await phone.moveTo("paused", null, "sender.paused");
    const first = await readAnswer(await send("key-1", templateTo(), "respond-async"));
    expect(first.status).toBe(202);
    const again = await send("key-1", templateTo(), "respond-async");
    expect(await readAnswer(again)).toEqual(first);
    await phone.moveTo("active", null, "sender.resumed");
    const { wamid } = await sendReaches(partner, number, first.send, "accepted");
    const later = await readAnswer(await send("key-1", templateTo(), "respond-async"));
    expect(later).toMatchObject({ status: 200, body: { messages: [{ id: wamid }] } });
    expect(graph.sent).toHaveLength(1);
  });

  it("waits for the first while that is in flight, and answers alike", async () => {
    const gate = { open: false };
    graph.respond(async () => {
      while (!gate.open) await scheduler.wait(5);
      return undefined;
    });
    const first = send("key-1");
    await eventually(() => expect(graph.sent).toHaveLength(1));
    const others = [send("key-1"), send("key-1"), send("key-1")];
    gate.open = true;
    const expected = await readAnswer(await first);
    expect(expected.status).toBe(200);
    for (const other of others) expect(await readAnswer(await other)).toEqual(expected);
    expect(graph.sent).toHaveLength(1);
  });

  it("sends once when all come at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => readAnswer(await send("key-1"))),
    );
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(graph.sent).toHaveLength(1);
  });

  it("answers alike after an eviction", async () => {
    const first = await readAnswer(await send("key-1"));
    await evict(number);
    expect(await readAnswer(await send("key-1"))).toEqual(first);
    expect(graph.sent).toHaveLength(1);
  });

  it("answers alike where a status came before Meta's answer", async () => {
    graph.respond(async ({ body }) => {
      const ours = body["biz_opaque_callback_data"];
      await deliver(
        number,
        statuses(number, { id: "wamid.early", status: "sent", biz_opaque_callback_data: ours }),
      );
      return Response.json({
        messaging_product: "whatsapp",
        contacts: [{ input: CUSTOMER, wa_id: CUSTOMER }],
        messages: [{ id: "wamid.early" }],
      });
    });
    const first = await readAnswer(await send("key-1"));
    expect(await readAnswer(await send("key-1"))).toEqual(first);
  });

  it("answers alike when the window has closed meanwhile", async () => {
    stopClock();
    await deliver(number, inbound(number, textMessage({ at: Date.now() - DAY + 60_000 })));
    const first = await readAnswer(await send("key-1", textTo()));
    expect(first.status).toBe(200);
    passTime(120_000);
    expect(await readAnswer(await send("key-1", textTo()))).toEqual(first);
    expect((await send("key-2", textTo())).status).toBe(400);
  });

  it("are forgotten after 24 hours: the message is sent again", async () => {
    stopClock();
    const first = await readAnswer(await send("key-1"));
    passTime(DAY);
    expect(await readAnswer(await send("key-1"))).toEqual(first);
    passTime(1);
    const again = await send("key-1");
    expect(again.status).toBe(200);
    expect(sendIdOf(again)).not.toBe(first.send);
    expect(graph.sent).toHaveLength(2);
    // and from here on the second is remembered
    expect(sendIdOf(await send("key-1"))).toBe(sendIdOf(again));
  });

  it("are forgotten after 24 hours also by a number that slept since", async () => {
    stopClock();
    const first = sendIdOf(await send("key-1"));
    await evict(number);
    passTime(DAY + 60_000);
    const again = await send("key-1");
    expect(again.status).toBe(200);
    expect(sendIdOf(again)).not.toBe(first);
    expect(graph.sent).toHaveLength(2);
  });
});

describe("an Idempotency-Key", () => {
  it("with another body is refused with 422, and nothing is sent", async () => {
    await send("key-1");
    for (const body of [templateTo(customer(2)), { ...templateTo(), extra: 1 }]) {
      const response = await send("key-1", body);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ error: { type: "OAuthException" } });
    }
    expect(graph.sent).toHaveLength(1);
  });

  it("is not spent by a refusal before Meta", async () => {
    expect((await send("key-1", textTo())).status).toBe(400);
    await deliver(number, inbound(number, textMessage()));
    expect((await send("key-1", textTo())).status).toBe(200);
  });

  it.each([
    ["130429, the number being too fast", 400, 130429, 429],
    ["131056, the customer having had too many", 400, 131056, 429],
    ["131042, the payment missing", 400, 131042, 400],
    ["190, the token having expired", 401, 190, 401],
  ])(
    "is free again after %s: Meta certainly took nothing",
    async (_what, status, code, answered) => {
      stopClock();
      graph.respond(() => graphError(status, code, "not now"));
      expect((await send("key-1")).status).toBe(answered);
      graph.reset();
      await services().phone(number.id).liftBlock(Date.now());
      passTime(60_000);
      const again = await send("key-1");
      expect(again.status).toBe(200);
      expect(again.headers.get("idempotent-replayed")).toBeNull();
      expect(graph.sent).toHaveLength(1);
      expect(sendIdOf(await send("key-1"))).toBe(sendIdOf(again));
    },
  );

  it.each([
    ["131026, which is final", 131026],
    ["131047, the window being closed", 131047],
    ["132001, the template missing", 132001],
  ])("is spent by %s", async (_what, code) => {
    graph.respond(() => graphError(400, code, "no"));
    const first = await readAnswer(await send("key-1"));
    graph.respond(() => undefined);
    expect(await readAnswer(await send("key-1"))).toEqual(first);
    expect(graph.sent).toHaveLength(1);
  });

  it("of a queued send that is on its way is answered at once: queued", async () => {
    const gate = { open: false };
    graph.respond(async () => {
      while (!gate.open) await scheduler.wait(5);
      return undefined;
    });
    const first = await readAnswer(await send("key-1", templateTo(), "respond-async"));
    await sendReaches(partner, number, first.send, "placed");
    expect(await readAnswer(await send("key-1", templateTo(), "respond-async"))).toEqual(first);
    gate.open = true;
    await sendReaches(partner, number, first.send, "accepted");
  });

  it("belongs to one number", async () => {
    const second = await seedSender({ partner });
    const first = sendIdOf(await send("key-1"));
    const response = await partner.post(sendPath(second.number), templateTo(), {
      "idempotency-key": "key-1",
    });
    expect(response.status).toBe(200);
    expect(sendIdOf(response)).not.toBe(first);
    expect(graph.sent).toHaveLength(2);
  });

  it.each([256, 0])("of %i characters is refused", async (length) => {
    const response = await send("k".repeat(length));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 131009 } });
    expect(graph.sent).toEqual([]);
  });
});
