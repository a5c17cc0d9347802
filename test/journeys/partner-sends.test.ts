import { beforeEach, describe, expect, it } from "vitest";
import { graph, graphError } from "../support/graph-stub.ts";
import { call, deliver, seedObservedSender, seedSender, services } from "../support/seed.ts";
import {
  carryOf,
  commandTo,
  eventsOf,
  readSend,
  sendPath,
  templateTo,
  textTo,
} from "../support/sends.ts";
import { CUSTOMER, echoes, inbound, statuses, textMessage } from "../support/webhooks.ts";
import type { GraphErrorBody } from "../support/sends.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedObservedSender());
});

const openWindow = () => deliver(number, inbound(number, textMessage()));
const send = (body: unknown, headers?: Record<string, string>) =>
  partner.post(sendPath(number), body, headers);

async function messages() {
  await services().phone(number.id).flushed();
  const { data } = await partner.read<{ data: Record<string, unknown>[] }>(
    `/v1/senders/${number.id}/messages`,
  );
  return data;
}

describe("free text", () => {
  it("is refused with 131047 in Graph's shape when the customer has not written for 24 hours", async () => {
    const response = await send(textTo());
    expect(response.status).toBe(400);
    const { error } = await response.json<GraphErrorBody>();
    expect(error).toMatchObject({
      code: 131047,
      type: "OAuthException",
      message: expect.stringMatching(/^\(#131047\) /),
      error_data: { messaging_product: "whatsapp", details: expect.stringContaining("template") },
    });
    expect(error.fbtrace_id).not.toBe("");
    expect(graph.requests).toEqual([]);
    expect(await eventsOf(partner, number, "send.settled")).toEqual([]);
  });

  it("reaches Graph when the window is open, and Graph's answer comes back as it is", async () => {
    await openWindow();
    const answer = {
      messaging_product: "whatsapp",
      contacts: [{ input: `+${CUSTOMER}`, wa_id: CUSTOMER }],
      messages: [{ id: "wamid.verbatim", message_status: "accepted", new_field: [1, null] }],
    };
    graph.respond(() => Response.json(answer));
    const body = { ...textTo(`+${CUSTOMER}`), recipient_type: "individual", to: `+${CUSTOMER}` };
    const response = await send(body);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(answer);

    const sendId = response.headers.get("tandem-send-id") ?? "";
    expect(graph.requests).toEqual([
      {
        method: "POST",
        path: `/${number.id}/messages`,
        query: {},
        authorization: `Bearer token-of-${number.id}`,
        body: { ...body, biz_opaque_callback_data: sendId },
      },
    ]);
    expect(await readSend(partner, number, sendId)).toMatchObject({
      state: "accepted",
      wamid: "wamid.verbatim",
      error: null,
    });
  });

  it("is stored as a message of the API and told as settled", async () => {
    await openWindow();
    const response = await send({ ...textTo(), context: { message_id: "wamid.quoted" } });
    const sendId = response.headers.get("tandem-send-id");
    const { messages: sent } = await response.json<{ messages: { id: string }[] }>();
    const wamid = sent[0]?.id;
    expect(await messages()).toContainEqual(
      expect.objectContaining({
        wamid,
        direction: "outbound",
        origin: "api",
        historical: false,
        customer: { phone: CUSTOMER },
        type: "text",
        text: textTo().text,
        context: { message_id: "wamid.quoted" },
        send_id: sendId,
      }),
    );
    const settled = await eventsOf(partner, number, "send.settled");
    expect(settled.map((event) => event.data)).toEqual([
      { id: sendId, outcome: "accepted", wamid, customer: { phone: CUSTOMER } },
    ]);
  });
});

describe("a template", () => {
  it("needs no window", async () => {
    const response = await send(templateTo());
    expect(response.status).toBe(200);
    expect(graph.sent).toMatchObject([templateTo()]);
  });
});

describe("the partner's callback data", () => {
  it("stays with us: Meta sees our id, statuses and the message carry the partner's own", async () => {
    const response = await send({ ...templateTo(), biz_opaque_callback_data: "order-42" });
    const sendId = response.headers.get("tandem-send-id") ?? "none";
    expect(graph.sent).toMatchObject([{ biz_opaque_callback_data: sendId }]);
    const { messages: sent } = await response.json<{ messages: { id: string }[] }>();
    const wamid = sent[0]?.id ?? "";
    await deliver(
      number,
      statuses(number, { id: wamid, status: "sent", biz_opaque_callback_data: sendId }),
    );
    // Some statuses of Meta come without it: the message knows.
    await deliver(number, statuses(number, { id: wamid, status: "delivered" }));

    const told = await eventsOf(partner, number, "message.status");
    expect(told.map((event) => event.data)).toMatchObject([
      { wamid, status: "sent", biz_opaque_callback_data: "order-42" },
      { wamid, status: "delivered", biz_opaque_callback_data: "order-42" },
    ]);
    expect(await eventsOf(partner, number, "send.settled")).toMatchObject([
      { data: { biz_opaque_callback_data: "order-42" } },
    ]);
    expect(await messages()).toMatchObject([
      { wamid, status: "delivered", biz_opaque_callback_data: "order-42" },
    ]);
  });

  it("is not made up where the partner gave none", async () => {
    const response = await send(templateTo());
    const { messages: sent } = await response.json<{ messages: { id: string }[] }>();
    await deliver(
      number,
      statuses(number, {
        id: sent[0]?.id,
        status: "sent",
        biz_opaque_callback_data: response.headers.get("tandem-send-id"),
      }),
    );
    const [status] = await eventsOf(partner, number, "message.status");
    expect(status?.data["biz_opaque_callback_data"] ?? null).toBeNull();
    const [message] = await messages();
    expect(message).not.toHaveProperty("biz_opaque_callback_data");
  });
});

describe("a recipient", () => {
  it("may be a BSUID in recipient", async () => {
    const body = { ...templateTo(), to: undefined, recipient: "US.13491208655302741918" };
    const response = await send(body);
    expect(response.status).toBe(200);
    expect(graph.sent).toMatchObject([{ recipient: "US.13491208655302741918" }]);
    expect(graph.sent[0]).not.toHaveProperty("to");
    expect(await messages()).toMatchObject([
      { origin: "api", customer: { bsuid: "US.13491208655302741918" } },
    ]);
  });

  it("must not be a BSUID in to: Meta would answer 200 and lose it", async () => {
    const response = await send(templateTo("US.13491208655302741918"));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: 131009, error_data: { details: expect.stringContaining("recipient") } },
    });
    expect(graph.requests).toEqual([]);
  });
});

describe("a faulty body", () => {
  const faults: [what: string, body: unknown, code: number, field: string][] = [
    ["another product", { ...textTo(), messaging_product: "sms" }, 100, "messaging_product"],
    ["no product", { ...textTo(), messaging_product: undefined }, 100, "messaging_product"],
    ["no recipient", { ...textTo(), to: undefined }, 131008, "to"],
    ["a number that is none", textTo("12345678901234567"), 131009, "to"],
    [
      "a recipient that is no BSUID",
      { ...textTo(), to: undefined, recipient: CUSTOMER },
      131009,
      "recipient",
    ],
    ["a group", { ...textTo(), recipient_type: "group" }, 131009, "recipient_type"],
    ["no object of its type", { ...textTo(), type: "image" }, 131008, "image"],
    ["an empty text", textTo(CUSTOMER, ""), 131008, "text.body"],
    ["a text over 4096 characters", textTo(CUSTOMER, "x".repeat(4_097)), 131009, "text.body"],
    ["a template without name", { ...templateTo(), template: {} }, 131008, "template.name"],
    [
      "callback data over 512 characters",
      { ...templateTo(), biz_opaque_callback_data: "x".repeat(513) },
      131009,
      "biz_opaque_callback_data",
    ],
    [
      "callback data that is no text",
      { ...templateTo(), biz_opaque_callback_data: 42 },
      131009,
      "biz_opaque_callback_data",
    ],
    [
      "a read mark of nothing",
      { messaging_product: "whatsapp", status: "read" },
      131008,
      "message_id",
    ],
    ["an array", [], 100, "JSON object"],
  ];

  it.each(faults)(
    "with %s is refused by us, naming the field",
    async (_what, body, code, field) => {
      await openWindow();
      const response = await send(body);
      expect(response.status).toBe(400);
      const { error } = await response.json<GraphErrorBody>();
      expect(error.code).toBe(code);
      expect(error.error_data.details).toContain(field);
      expect(graph.requests).toEqual([]);
    },
  );

  it("that is not JSON is refused in Graph's shape", async () => {
    const response = await call(sendPath(number), {
      method: "POST",
      headers: { authorization: `Bearer ${partner.key}` },
      body: "{not json",
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: 100, error_data: { details: "The body is not JSON." } },
    });
  });

  it("passes what Tandem does not know on to Meta", async () => {
    await openWindow();
    const body = {
      ...textTo(),
      recipient_identity_key_hash: "h4sh",
      messaging_account_id: "210",
      text: { ...textTo().text, preview_url: true, new_feature: { depth: 1 } },
    };
    expect((await send(body)).status).toBe(200);
    expect(graph.sent).toEqual([{ ...body, biz_opaque_callback_data: expect.any(String) }]);
  });

  it("passes a type that Tandem does not know on to Meta", async () => {
    await openWindow();
    const body = {
      messaging_product: "whatsapp",
      to: CUSTOMER,
      type: "hologram",
      hologram: { id: "1" },
    };
    expect((await send(body)).status).toBe(200);
    expect(graph.sent).toMatchObject([body]);
  });
});

describe("the door", () => {
  it.each([
    ["none", undefined],
    ["not ours", "Bearer EAAGmeta"],
    ["unknown", "Bearer tdm_0000000000_00000000"],
  ])("refuses a key that is %s with 401 and code 190 in Graph's shape", async (_what, key) => {
    const response = await call(sendPath(number), {
      method: "POST",
      headers: key === undefined ? {} : { authorization: key },
      body: JSON.stringify(templateTo()),
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({
      error: { code: 190, type: "OAuthException", message: expect.stringContaining("(#190)") },
    });
    expect(graph.requests).toEqual([]);
  });

  it("invariant 8: refuses a right id with a wrong secret", async () => {
    const forged = `${partner.key.slice(0, -4)}0000`;
    const response = await call(sendPath(number), {
      method: "POST",
      headers: { authorization: `Bearer ${forged}` },
      body: JSON.stringify(templateTo()),
    });
    expect(response.status).toBe(401);
  });

  it("invariant 8: another partner's number is as absent as none", async () => {
    const other = await seedSender();
    for (const id of [number.id, "310000000009999"]) {
      const response = await other.partner.post(`/v24.0/${id}/messages`, templateTo());
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { code: 100, error_subcode: 33 } });
    }
    expect(graph.requests).toEqual([]);
  });

  it("invariant 8: another partner does not read the state of a send", async () => {
    const response = await send(templateTo());
    const sendId = response.headers.get("tandem-send-id") ?? "";
    const other = await seedSender();
    for (const id of [number.id, other.number.id]) {
      expect((await other.partner.get(`/v1/senders/${id}/sends/${sendId}`)).status).toBe(404);
    }
  });

  it("serves any version of the API", async () => {
    const response = await partner.post(`/v99.1/${number.id}/messages`, templateTo());
    expect(response.status).toBe(200);
  });
});

describe("a refusal of Meta", () => {
  it("comes back as Meta said it, and is kept and told", async () => {
    const error = {
      message: "(#132001) Template name does not exist",
      type: "OAuthException",
      code: 132001,
      error_data: { messaging_product: "whatsapp", details: "order_ready in en_US" },
      fbtrace_id: "A1b2",
    };
    graph.respond(() => Response.json({ error }, { status: 404 }));
    const response = await send(templateTo());
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ error });
    const sendId = response.headers.get("tandem-send-id") ?? "";
    expect(await readSend(partner, number, sendId)).toMatchObject({ state: "refused", error });
    expect(await eventsOf(partner, number, "send.settled")).toMatchObject([
      { data: { id: sendId, outcome: "refused", error: { code: 132001 } } },
    ]);
    expect(await messages()).toEqual([]);
  });
});

describe("a read mark", () => {
  const mark = {
    messaging_product: "whatsapp",
    status: "read",
    message_id: "wamid.read-me",
    typing_indicator: { type: "text" },
  };

  it("goes to Meta as it is, takes no place and needs no window", async () => {
    graph.respond(() => Response.json({ success: true }));
    for (let count = 0; count < 30; count++) {
      const response = await send(mark, { prefer: "wait=0" });
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ success: true });
    }
    expect(graph.sent).toEqual(Array.from({ length: 30 }, () => mark));
    // 30 places would be a second and a half.
    const admission = await services().phone(number.id).admit(commandTo(partner, CUSTOMER));
    expect(carryOf(admission).waitMs).toBeLessThan(50);
  });

  it("for a held number is refused as held, not as absent", async () => {
    await services().phone(number.id).moveTo("paused", null, "sender.paused");
    const response = await send(mark);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code: 131016 } });
  });

  it("brings Meta's refusal back", async () => {
    graph.respond(() => graphError(400, 131009, "no such message"));
    const response = await send(mark);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 131009 } });
  });

  it("invariant 8: of another partner's number is refused", async () => {
    const other = await seedSender();
    expect((await other.partner.post(sendPath(number), mark)).status).toBe(400);
    expect(graph.requests).toEqual([]);
  });
});

describe("what comes back about our own send", () => {
  const echoOf = (wamid: string) => echoes(number, { id: wamid, text: textTo().text });

  it("as an echo is the same message", async () => {
    await openWindow();
    const response = await send(textTo());
    const { messages: sent } = await response.json<{ messages: { id: string }[] }>();
    const wamid = sent[0]?.id ?? "";
    await services().phone(number.id).flushed();
    await deliver(number, echoOf(wamid));
    const outbound = (await messages()).filter((message) => message["direction"] === "outbound");
    expect(outbound).toMatchObject([{ wamid, origin: "api" }]);
    expect(await eventsOf(partner, number, "message.echoed")).toEqual([]);
  });

  it("as an echo before Meta's answer is the same message", async () => {
    graph.respond(async () => {
      await deliver(number, echoOf("wamid.echo-first"));
      return Response.json({ messages: [{ id: "wamid.echo-first" }] });
    });
    await openWindow();
    const response = await send(textTo());
    const outbound = (await messages()).filter((message) => message["direction"] === "outbound");
    expect(outbound).toMatchObject([
      {
        wamid: "wamid.echo-first",
        origin: "api",
        send_id: response.headers.get("tandem-send-id"),
      },
    ]);
  });

  it("invariant 7: as statuses before Meta's answer, in the wrong order, ends at the highest", async () => {
    graph.respond(async ({ body }) => {
      const ours = {
        id: "wamid.early",
        biz_opaque_callback_data: body["biz_opaque_callback_data"],
      };
      await deliver(number, statuses(number, { ...ours, status: "delivered" }));
      await deliver(number, statuses(number, { ...ours, status: "sent" }));
      return Response.json({ messaging_product: "whatsapp", messages: [{ id: "wamid.early" }] });
    });
    const response = await send({ ...templateTo(), biz_opaque_callback_data: "order-7" });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ messages: [{ id: "wamid.early" }] });
    expect(await messages()).toMatchObject([
      {
        wamid: "wamid.early",
        origin: "api",
        type: "template",
        status: "delivered",
        biz_opaque_callback_data: "order-7",
      },
    ]);
    const told = await eventsOf(partner, number, "message.status");
    expect(told.map((event) => event.data)).toMatchObject([
      { status: "delivered", biz_opaque_callback_data: "order-7" },
    ]);
    expect(await eventsOf(partner, number, "send.settled")).toHaveLength(1);
  });
});
