import { beforeEach, describe, expect, it } from "vitest";
import { bodyOf, GOOD_BODIES, interactive, replies, withUnknownFields } from "../support/bodies.ts";
import { graph } from "../support/graph-stub.ts";
import { deliver, seedObservedSender } from "../support/seed.ts";
import { eventsOf, sendPath } from "../support/sends.ts";
import { CUSTOMER, inbound, textMessage } from "../support/webhooks.ts";
import type { Json } from "../../src/meta/read-json.ts";
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

const question = { text: "Shall we fire the kiln?" };
const longLabel = interactive("button", {
  body: question,
  action: { buttons: replies("Yes", "Not before the glaze is dry") },
});

describe("a faulty body", () => {
  it.each<[what: string, body: Json, code: number, title: string, details: RegExp]>([
    [
      "a value Meta refuses",
      longLabel,
      131009,
      "Parameter value is not valid",
      /^interactive\.action\.buttons\[1\]\.reply\.title has 27 characters; 20 are allowed\.$/,
    ],
    [
      "something missing",
      bodyOf("template", { name: "kiln_ready", language: {} }),
      131008,
      "Required parameter is missing",
      /^template\.language\.code is missing: /,
    ],
    [
      "another product",
      { ...bodyOf("text", { body: "Hello" }), messaging_product: "sms" },
      100,
      "Invalid parameter",
      /^messaging_product must be "whatsapp"\.$/,
    ],
  ])(
    "with %s is answered in Graph's envelope, and nothing goes to Meta",
    async (_what, body, code, title, details) => {
      await openWindow();
      const response = await send(body);
      expect(response.status).toBe(400);
      expect(response.headers.get("tandem-send-id")).toBeNull();
      expect(await response.json<GraphErrorBody>()).toEqual({
        error: {
          message: `(#${code}) ${title}`,
          type: "OAuthException",
          code,
          error_data: { messaging_product: "whatsapp", details: expect.stringMatching(details) },
          fbtrace_id: expect.stringMatching(/./),
        },
      });
      expect(graph.requests).toEqual([]);
      expect(await eventsOf(partner, number, "send.settled")).toEqual([]);
    },
  );

  it("is refused for its fault first, also where the window is closed", async () => {
    const { error } = await (await send(longLabel)).json<GraphErrorBody>();
    expect(error.code).toBe(131009);
  });

  it("is refused at once where it would be queued, and leaves its Idempotency-Key free", async () => {
    await openWindow();
    const headers = { prefer: "respond-async", "idempotency-key": "kiln-1" };
    expect((await send(longLabel, headers)).status).toBe(400);
    const mended = interactive("button", { body: question, action: { buttons: replies("Yes") } });
    expect((await send({ ...mended, to: CUSTOMER }, headers)).status).toBe(202);
  });

  it("cannot go around window and pace by calling itself a read mark", async () => {
    const body = { ...bodyOf("text", { body: "Hello" }), status: "read", message_id: "wamid.1" };
    const response = await send(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 100 } });
    expect(graph.requests).toEqual([]);
  });
});

describe("a good body", () => {
  it("reaches Meta as the partner wrote it: same order, same values, unknown fields too", async () => {
    await openWindow();
    const kinds = [
      "interactive list",
      "location with numbers",
      "contacts",
      "video with a numeric id",
    ];
    for (const kind of kinds) {
      const body = { ...(withUnknownFields(GOOD_BODIES[kind]) as Json), to: `+${CUSTOMER}` };
      expect((await send(body)).status).toBe(200);
      const { biz_opaque_callback_data: ours, ...seen } = graph.sent.at(-1) ?? {};
      expect(ours).toEqual(expect.any(String));
      expect(JSON.stringify(seen)).toBe(JSON.stringify(body));
    }
  });

  it("of a template in capitals needs no window either", async () => {
    const response = await send({ ...GOOD_BODIES["template"], type: "TEMPLATE" });
    expect(response.status).toBe(200);
    expect(graph.sent).toMatchObject([{ type: "TEMPLATE" }]);
  });
});
