import { HttpResponse } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { drainSends } from "../../src/operations/drain-sends.ts";
import { sendMessage } from "../../src/operations/send-message.ts";
import { graph } from "../support/graph-stub.ts";
import { loggedOf } from "../support/quiet-logs.ts";
import { seedObservedSender, services } from "../support/seed.ts";
import { commandTo, customer, QUEUED, readSend, templateTo } from "../support/sends.ts";
import type { Partner, TestNumber } from "../support/seed.ts";
import type { Services } from "../../src/services.ts";

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedObservedSender());
});

const phone = () => services().phone(number.id);

/** Services whose tickets are told to `onTicket` and go nowhere: no other drainer comes. */
function withTickets(onTicket: () => void): Services {
  const real = services();
  const send = () => {
    onTicket();
    return Promise.resolve();
  };
  const sends = { send } as unknown as Services["queues"]["sends"];
  return { ...real, queues: { ...real.queues, sends } };
}

async function queue(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const admission = await phone().admit(commandTo(partner, customer(n), { mode: QUEUED }));
    if (admission.kind !== "queued") throw new Error(`Not queued: ${JSON.stringify(admission)}`);
    ids.push(admission.send);
  }
  return ids;
}

/** Graph that takes its time; tells how many calls were under way at the worst. */
function slowGraph(latencyMs: number) {
  const seen = { underWay: 0, most: 0 };
  let sent = 0;
  graph.respond(async ({ path }) => {
    if (!path.endsWith("/messages")) return undefined;
    seen.underWay += 1;
    seen.most = Math.max(seen.most, seen.underWay);
    await scheduler.wait(latencyMs);
    seen.underWay -= 1;
    sent += 1;
    return HttpResponse.json({ messages: [{ id: `wamid.slow-${sent}` }] });
  });
  return seen;
}

/** Services of a number whose object does what `next` asks once, and loses the answer; so many calls fail then. */
function withLostAnswer(failures: number): Services {
  const real = services();
  const left = { lost: 1, failures };
  const phoneOf = (id: string) =>
    new Proxy(real.phone(id), {
      get(target, name) {
        if (name === "next" && left.lost > 0) {
          return async (...asked: [string, number, number?]) => {
            left.lost -= 1;
            await target.next(...asked);
            throw new Error("The answer is lost.");
          };
        }
        if (name === "giveBack" && left.failures > 0) {
          left.failures -= 1;
          return () => Promise.reject(new Error("It starts anew."));
        }
        return Reflect.get(target, name, target) as unknown;
      },
    });
  return { ...real, phone: phoneOf };
}

describe("one run of a drainer", () => {
  it("gives back what was in an answer that it lost, also to an object that starts anew", async () => {
    const ids = await queue(5);
    await drainSends(withLostAnswer(3), number.id);
    expect(graph.sent).toHaveLength(5);
    for (const id of ids) expect((await readSend(partner, number, id)).state).toBe("accepted");
    expect(loggedOf("object.unanswered").map(({ reason }) => reason)).toEqual([
      "next",
      "give_back",
      "give_back",
      "give_back",
    ]);
  });

  it("invariant 6: never has more than six calls to Graph under way, and sends all, each once", async () => {
    const seen = slowGraph(500);
    const ids = await queue(30);
    await drainSends(
      withTickets(() => {}),
      number.id,
    );
    expect(seen.most).toBeLessThanOrEqual(6);
    expect(seen.most).toBeGreaterThan(1);
    const told = graph.sent.map((body) => String(body["biz_opaque_callback_data"]));
    expect(told.toSorted()).toEqual(ids.toSorted());
    for (const id of ids) expect((await readSend(partner, number, id)).state).toBe("accepted");
  });

  it("calls for a second drainer where Graph is too slow for six to hold the pace", async () => {
    slowGraph(1_500);
    await queue(18);
    let tickets = 0;
    await drainSends(
      withTickets(() => (tickets += 1)),
      number.id,
    );
    expect(graph.sent).toHaveLength(18);
    expect(tickets).toBeGreaterThan(0);
  });

  it("calls for nobody where its six hands take all that is queued", async () => {
    await queue(6);
    let tickets = 0;
    await drainSends(
      withTickets(() => (tickets += 1)),
      number.id,
    );
    expect(tickets).toBe(0);
    expect(graph.sent).toHaveLength(6);
  });
});

describe("a drainer whose hands are full", () => {
  /** How long it waits for a free hand before it asks again. */
  const ROOM_WAIT_MS = 500;

  /** Services whose waits for room are `wait`; all others take a turn. */
  function withRoomWait(wait: () => Promise<void>): Services {
    const turn = () => scheduler.wait(0);
    const sleep = (ms: number) => (ms === ROOM_WAIT_MS ? wait() : turn());
    return { ...withTickets(() => {}), sleep };
  }

  it("waits by one timer a round, so that a clock that stands still does not make it spin", async () => {
    slowGraph(400);
    const ids = await queue(18);
    const stoodAt = Date.now();
    let [waits, sinceAsked] = [0, 0];
    const over = () => {
      waits += 1;
      if (++sinceAsked > 1) throw new Error("It spins.");
      return scheduler.wait(10);
    };
    const standing = withRoomWait(over);
    const asked: Services["phone"] = (id) => {
      sinceAsked = 0;
      return standing.phone(id);
    };
    await drainSends({ ...standing, phone: asked, now: () => stoodAt }, number.id);
    expect(waits).toBeGreaterThan(0);
    for (const id of ids) expect((await readSend(partner, number, id)).state).toBe("accepted");
  });

  it("goes on as soon as enough are free, without waiting for the timer", async () => {
    slowGraph(400);
    const ids = await queue(18);
    let waits = 0;
    const never = () => {
      waits += 1;
      return new Promise<void>(() => {});
    };
    await drainSends(withRoomWait(never), number.id);
    expect(waits).toBeGreaterThan(0);
    for (const id of ids) expect((await readSend(partner, number, id)).state).toBe("accepted");
  });
});

describe("a ticket that cannot be sent", () => {
  const broken = () =>
    withTickets(() => {
      throw new Error("Queue is overloaded");
    });

  it("does not turn an accepted send into an error: it is answered as queued, and sent later", async () => {
    const answer = await sendMessage(broken(), {
      partner: partner.id,
      phoneNumberId: number.id,
      body: templateTo(customer(1)),
      maxWaitMs: null,
      idempotencyKey: undefined,
      signal: new AbortController().signal,
      waitUntil: () => {},
    });
    expect(answer).toMatchObject({ kind: "queued", replayed: false });
    const send = "send" in answer ? answer.send : "";
    expect(await readSend(partner, number, send)).toMatchObject({ state: "queued" });
    await drainSends(broken(), number.id);
    expect(await readSend(partner, number, send)).toMatchObject({ state: "accepted" });
  });
});
