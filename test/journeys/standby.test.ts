import { describe, expect, it } from "vitest";
import { graph } from "../support/graph-stub.ts";
import {
  deliver,
  evict,
  importNumber,
  seedObservedSender,
  seedPartner,
  seedSender,
  services,
} from "../support/seed.ts";
import {
  commandTo,
  customer,
  eventsOf,
  QUEUED,
  readSend,
  sendIdOf,
  sendPath,
  sendReaches,
  templateTo,
  textTo,
} from "../support/sends.ts";
import { handover, responderEcho, standby } from "../support/standby.ts";
import { consumeByHand, rowsOf, runObjectSql } from "../support/storage.ts";
import {
  CUSTOMER,
  inbound,
  newWamid,
  seconds,
  statuses,
  textMessage,
  webhook,
} from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";
import type { GraphErrorBody } from "../support/sends.ts";

const TAKE = { "x-tandem-take-control": "true" };
const ASYNC = { prefer: "respond-async" };

interface WindowRead {
  open: boolean | null;
  closes_at: string | null;
  thread_owner: string;
}

function readWindow(partner: Partner, number: TestNumber, name = CUSTOMER): Promise<WindowRead> {
  return partner.read<WindowRead>(`/v1/senders/${number.id}/windows/${name}`);
}

const ownerOf = async (partner: Partner, number: TestNumber, name = CUSTOMER) =>
  (await readWindow(partner, number, name)).thread_owner;

/** A number whose customer is being answered by another responder, in an open window. */
async function seedStandby() {
  const seeded = await seedObservedSender();
  await deliver(seeded.number, standby(seeded.number, { messages: [textMessage()] }));
  return seeded;
}

describe("what happens in another responder's thread", () => {
  it("is a customer's message like any other: stored, told as standby, opening the window", async () => {
    const { partner, number } = await seedObservedSender();
    const wamid = newWamid("listening");
    const at = Date.now() - 60_000;
    await deliver(number, standby(number, { messages: [textMessage({ wamid, at })] }));
    expect(await rowsOf(number, "messages")).toMatchObject([
      { wamid, direction: "inbound", origin: "customer", historical: 0 },
    ]);
    expect(await eventsOf(partner, number, "message.received")).toMatchObject([
      { data: { wamid, standby: true, text: { body: expect.any(String) as string } } },
    ]);
    const window = await readWindow(partner, number);
    expect(window).toMatchObject({ open: true, thread_owner: "other" });
    expect(Date.parse(window.closes_at ?? "")).toBe(Number(seconds(at)) * 1_000 + 86_400_000);
  });

  it("is the responder's message: stored as its own, told as an echo, opening nothing", async () => {
    const { partner, number } = await seedObservedSender();
    const echo = responderEcho();
    await deliver(number, standby(number, { message_echoes: [echo] }));
    expect(await rowsOf(number, "messages")).toMatchObject([
      { wamid: echo.id, direction: "outbound", origin: "responder", customer: CUSTOMER },
    ]);
    expect(await eventsOf(partner, number, "message.echoed")).toMatchObject([
      { data: { wamid: echo.id, standby: true, origin: "responder", text: echo.message.text } },
    ]);
    expect(await readWindow(partner, number)).toMatchObject({ open: false, closes_at: null });
    // The owner of the shop said nothing: a bot need not hold back for it.
    expect(await rowsOf(number, "conversations")).toMatchObject([{ last_human_reply_at: null }]);
    const { data } = await partner.read<{ data: unknown[] }>(
      `/v1/senders/${number.id}/messages?customer=${CUSTOMER}`,
    );
    expect(data).toMatchObject([{ wamid: echo.id, origin: "responder", text: echo.message.text }]);
  });

  it("is the statuses of the responder's message, before it and after it", async () => {
    const { partner, number } = await seedSender();
    const echo = responderEcho();
    const tell = (status: string) =>
      deliver(
        number,
        standby(number, {
          statuses: [
            { id: echo.id, status, timestamp: seconds(Date.now()), recipient_id: CUSTOMER },
          ],
        }),
      );
    await tell("sent");
    expect(await rowsOf(number, "messages")).toMatchObject([{ type: null, status: "sent" }]);
    await deliver(number, standby(number, { message_echoes: [echo] }));
    await tell("read");
    expect(await rowsOf(number, "messages")).toMatchObject([{ type: "text", status: "read" }]);
    expect(await eventsOf(partner, number, "message.status")).toMatchObject([
      { data: { status: "sent", standby: true } },
      { data: { status: "read", standby: true } },
    ]);
  });

  it("is told once, however often it comes and in whatever company", async () => {
    const { partner, number } = await seedObservedSender();
    const messages = [textMessage()];
    const message_echoes = [responderEcho()];
    await deliver(number, standby(number, { messages }));
    await deliver(number, standby(number, { message_echoes }));
    const events = await partner.events();
    await deliver(number, standby(number, { messages, message_echoes, statuses: [] }));
    await deliver(number, inbound(number, ...messages));
    expect(await partner.events()).toEqual(events);
  });

  it("opens no window where it is older than the onboarding", async () => {
    const { partner, number } = await seedObservedSender();
    const at = Date.now() - 4 * 86_400_000; // it was onboarded three days ago
    await deliver(number, standby(number, { messages: [textMessage({ at })] }));
    expect(await readWindow(partner, number)).toMatchObject({
      open: false,
      thread_owner: "tandem",
    });
  });

  it("keeps an item that cannot be used, and its neighbours go on", async () => {
    const { partner, number } = await seedSender();
    const message_echoes = [{ id: "wamid.bare" }, responderEcho(), { message: {} }];
    await deliver(number, standby(number, { message_echoes }));
    expect(await rowsOf(number, "messages")).toHaveLength(1);
    expect(await rowsOf(number, "unrouted")).toHaveLength(2);
    expect(await eventsOf(partner, number, "message.echoed")).toHaveLength(1);
  });
});

describe("a handover", () => {
  it("is told with its customer, and who holds the thread now", async () => {
    const { partner, number } = await seedStandby();
    await deliver(number, handover(number, "control_passed"));
    expect(await eventsOf(partner, number, "account.notice")).toMatchObject([
      {
        data: {
          field: "messaging_handovers",
          customer: { phone: CUSTOMER },
          thread_owner: "tandem",
          value: { control_passed: { metadata: "asked for a person" } },
        },
      },
    ]);
    expect(await ownerOf(partner, number)).toBe("tandem");
  });

  it.each([
    ["passed on by the agent", "control_passed", "ai_agent", "escalation", "tandem"],
    ["passed back to the agent", "control_passed", "escalation", "ai_agent", "other"],
    [
      "taken from the agent, as by a send of ours",
      "control_taken",
      "ai_agent",
      "utility",
      "tandem",
    ],
    ["taken from us by the agent", "control_taken", "customer_service", "ai_agent", "other"],
    ["taken from us by another", "control_taken", "customer_service", "escalation", "other"],
  ] as const)("of a thread %s", async (_, type, from, to, owner) => {
    const { partner, number } = await seedObservedSender();
    const before =
      owner === "tandem" ? standby(number, { message_echoes: [responderEcho()] }) : null;
    if (before !== null) await deliver(number, before);
    await deliver(number, handover(number, type, { from, to, at: Date.now() + 1_000 }));
    expect(await ownerOf(partner, number)).toBe(owner);
  });

  it("that comes twice is told once", async () => {
    const { partner, number } = await seedSender();
    const payload = handover(number, "control_passed");
    await deliver(number, payload);
    await deliver(number, payload);
    expect(await eventsOf(partner, number, "account.notice")).toHaveLength(1);
  });
});

describe("a free-form send while another responder holds the thread", () => {
  it("is refused before Meta, in a way that nobody tries again, and says what to do", async () => {
    const { partner, number } = await seedStandby();
    const response = await partner.post(sendPath(number), textTo());
    expect(response.status).toBe(400);
    expect(response.headers.get("retry-after")).toBeNull();
    const { error } = await response.json<GraphErrorBody>();
    expect(error).toMatchObject({ code: 131009, is_transient: false });
    expect(error.message).toContain("Another responder");
    expect(error.error_data.details).toContain("X-Tandem-Take-Control: true");
    expect(graph.sent).toEqual([]);
  });

  it("goes with the header, and makes the thread ours", async () => {
    const { partner, number } = await seedStandby();
    expect((await partner.post(sendPath(number), textTo(), TAKE)).status).toBe(200);
    expect(await ownerOf(partner, number)).toBe("tandem");
    expect((await partner.post(sendPath(number), textTo())).status).toBe(200);
    expect(graph.sent).toHaveLength(2);
  });

  it.each(["false", "1", "yes", ""])("is not allowed by the header's value %j", async (value) => {
    const { partner, number } = await seedStandby();
    const headers = { "x-tandem-take-control": value };
    expect((await partner.post(sendPath(number), textTo(), headers)).status).toBe(400);
  });

  it("is told first that the window is closed: the header would not help", async () => {
    const { partner, number } = await seedObservedSender();
    await deliver(number, standby(number, { message_echoes: [responderEcho()] }));
    const response = await partner.post(sendPath(number), textTo(), TAKE);
    expect((await response.json<GraphErrorBody>()).error.code).toBe(131047);
  });

  it("is no matter to a template, which leaves the thread where it is", async () => {
    const { partner, number } = await seedStandby();
    expect((await partner.post(sendPath(number), templateTo())).status).toBe(200);
    expect(await ownerOf(partner, number)).toBe("other");
  });

  it("is no matter to other customers", async () => {
    const { partner, number } = await seedStandby();
    const other = customer(2);
    await deliver(number, inbound(number, textMessage({ from: other })));
    expect((await partner.post(sendPath(number), textTo(other))).status).toBe(200);
  });

  it("is refused under an idempotency key that is free again for the one with the header", async () => {
    const { partner, number } = await seedStandby();
    const key = { "idempotency-key": "take-1" };
    expect((await partner.post(sendPath(number), textTo(), key)).status).toBe(400);
    const again = await partner.post(sendPath(number), textTo(), { ...key, ...TAKE });
    expect(again.status).toBe(200);
  });

  it("is refused as a queued one as well", async () => {
    const { partner, number } = await seedStandby();
    expect((await partner.post(sendPath(number), textTo(), ASYNC)).status).toBe(400);
  });
});

describe("a queued send", () => {
  /** Queues without a drainer, so that something can happen before its place comes. */
  async function queue(partner: Partner, number: TestNumber, takeControl: boolean) {
    const phone = services().phone(number.id);
    const admission = await phone.admit(
      commandTo(partner, CUSTOMER, {
        type: "text",
        needsWindow: true,
        body: textTo(),
        mode: QUEUED,
        takeControl,
      }),
    );
    if (admission.kind !== "queued") throw new Error(`not queued: ${admission.kind}`);
    return admission.send;
  }

  const drain = (number: TestNumber) =>
    consumeByHand("tandem-sends", [{ phoneNumberId: number.id }]);

  it("ends when another responder has taken the thread before its place came", async () => {
    const { partner, number } = await seedObservedSender();
    await deliver(number, inbound(number, textMessage({ at: Date.now() - 60_000 })));
    const send = await queue(partner, number, false);
    await deliver(number, standby(number, { messages: [textMessage()] }));
    await evict(number);
    await drain(number);
    expect(await readSend(partner, number, send)).toMatchObject({
      state: "refused",
      error: { code: 131009 },
    });
    expect(graph.sent).toEqual([]);
    expect(await eventsOf(partner, number, "send.settled")).toMatchObject([
      { data: { id: send, outcome: "refused", error: { code: 131009 } } },
    ]);
  });

  it("keeps its permission until its place comes, over a restart", async () => {
    const { partner, number } = await seedStandby();
    const send = await queue(partner, number, true);
    await evict(number);
    await drain(number);
    await sendReaches(partner, number, send, "accepted");
    expect(await ownerOf(partner, number)).toBe("tandem");
  });

  it("goes with the header through the door", async () => {
    const { partner, number } = await seedStandby();
    const response = await partner.post(sendPath(number), textTo(), { ...TAKE, ...ASYNC });
    expect(response.status).toBe(202);
    await sendReaches(partner, number, sendIdOf(response), "accepted");
  });
});

describe("who holds a thread", () => {
  it("is the newest word by Meta's time, in whatever order it comes", async () => {
    const { partner, number } = await seedObservedSender();
    const now = Date.now() - 60_000;
    await deliver(number, inbound(number, textMessage({ at: now + 20_000 })));
    await deliver(number, standby(number, { messages: [textMessage({ at: now })] }));
    expect(await ownerOf(partner, number)).toBe("tandem");
    await deliver(number, standby(number, { messages: [textMessage({ at: now + 40_000 })] }));
    await deliver(number, inbound(number, textMessage({ at: now + 30_000 })));
    await deliver(number, handover(number, "control_passed", { at: now + 35_000 }));
    expect(await ownerOf(partner, number)).toBe("other");
  });

  it("is ours after a handover of the very second of the agent's last words", async () => {
    const { partner, number } = await seedObservedSender();
    const at = Date.now() - 5_000;
    const goodbye = standby(number, { message_echoes: [responderEcho({ at })] });
    await deliver(number, handover(number, "control_passed", { at }));
    await deliver(number, goodbye);
    expect(await ownerOf(partner, number)).toBe("tandem");
  });

  it("is not changed by statuses of what the other responder sent", async () => {
    const { partner, number } = await seedStandby();
    await deliver(number, handover(number, "control_passed", { at: Date.now() + 1_000 }));
    const item = { id: newWamid("r"), status: "read", timestamp: seconds(Date.now() + 9_000) };
    await deliver(number, standby(number, { statuses: [{ ...item, recipient_id: CUSTOMER }] }));
    expect(await ownerOf(partner, number)).toBe("tandem");
  });

  it("is the same by phone and by BSUID, also when they turn out to be one later", async () => {
    const { partner, number } = await seedObservedSender();
    const bsuid = "CZ.60000000000000000001";
    const hidden = { ...textMessage(), from: undefined, from_user_id: bsuid };
    await deliver(number, standby(number, { messages: [hidden] }));
    expect(await ownerOf(partner, number, bsuid)).toBe("other");
    expect(await ownerOf(partner, number)).toBe("tandem");
    const both = { ...textMessage({ at: Date.now() - 30_000 }), from_user_id: bsuid };
    await deliver(number, inbound(number, both)); // older: it only says who is who
    expect(await ownerOf(partner, number)).toBe("other");
    expect(await ownerOf(partner, number, bsuid)).toBe("other");
    const toBsuid = { ...textTo(), to: undefined, recipient: bsuid };
    expect((await partner.post(sendPath(number), toBsuid)).status).toBe(400);
  });

  it("follows a customer to a new number", async () => {
    const { partner, number } = await seedStandby();
    const moved = customer(9);
    const system = { type: "user_changed_number", wa_id: moved, body: "moved" };
    const item = { ...textMessage(), type: "system", text: undefined, system };
    await deliver(number, inbound(number, item));
    expect(await ownerOf(partner, number, moved)).toBe("other");
  });

  it("is kept over a restart, and in a row only when it changes", async () => {
    const { partner, number } = await seedObservedSender();
    const rows = () => runObjectSql(number.id, `SELECT customer, owner, at FROM thread_owners`);
    await deliver(number, inbound(number, textMessage({ at: Date.now() - 50_000 })));
    expect(await rows()).toEqual([]);
    await deliver(
      number,
      standby(number, { messages: [textMessage({ at: Date.now() - 40_000 })] }),
    );
    const [row] = await rows();
    await deliver(
      number,
      standby(number, { messages: [textMessage({ at: Date.now() - 30_000 })] }),
    );
    await deliver(number, standby(number, { message_echoes: [responderEcho()] }));
    expect(await rows()).toEqual([row]);
    await evict(number);
    expect(await ownerOf(partner, number)).toBe("other");
  });

  it("is learnt also from what came before the number was known", async () => {
    const partner = await seedPartner();
    const { newNumber } = await import("../support/seed.ts");
    const number = newNumber();
    await webhook(standby(number, { messages: [textMessage()] }));
    await importNumber(partner, number);
    expect(await ownerOf(partner, number)).toBe("other");
  });

  it("is ours after a send whose answer was lost, once its status settles it", async () => {
    const { partner, number } = await seedStandby();
    graph.respond(() => Response.error());
    const response = await partner.post(sendPath(number), textTo(), TAKE);
    expect(response.status).toBe(504);
    expect(await ownerOf(partner, number)).toBe("other");
    const id = sendIdOf(response);
    const item = { id: newWamid("late"), status: "sent", biz_opaque_callback_data: id };
    await deliver(number, statuses(number, item));
    expect(await ownerOf(partner, number)).toBe("tandem");
  });

  it("is forgotten with a new generation (invariant 10)", async () => {
    const { partner, number } = await seedStandby();
    await importNumber(partner, number, Date.now());
    expect(await ownerOf(partner, number)).toBe("tandem");
    const before = Date.now() - 86_400_000;
    await deliver(number, standby(number, { messages: [textMessage({ at: before })] }));
    expect(await ownerOf(partner, number)).toBe("tandem");
  });

  it("is told to nobody who holds the number no more (invariant 8)", async () => {
    const { partner, number } = await seedStandby();
    const next = await seedPartner();
    await partner.read(`/v1/senders/${number.id}`);
    await services().phone(number.id).moveTo("disconnected", "test", "sender.disconnected");
    await services().phone(number.id).flushed();
    await importNumber(next, number, Date.now());
    expect(await ownerOf(partner, number)).toBe("other");
    expect(await ownerOf(next, number)).toBe("tandem");
  });
});
