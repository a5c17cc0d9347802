import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { HttpResponse } from "msw";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { sweepHistory } from "../../src/operations/sweep-history.ts";
import { examineGateway } from "../../src/operations/examine-gateway.ts";
import { tallyAlarm } from "../../src/operations/raise-alarm.ts";
import { reportAlarms } from "../../src/operations/report-alarms.ts";
import { runSweeps } from "../../src/scheduled.ts";
import {
  endHearing,
  hearAlarms,
  hearNoMore,
  lettersTold,
  passTimeUnswept,
  told,
  workAlarms,
} from "../support/alarms.ts";
import { whileDatabasesAreDown } from "../support/down-databases.ts";
import { MINUTE, SECRET, TestEndpoint } from "../support/endpoints.ts";
import { eventually } from "../support/eventually.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import { partnerStub } from "../support/partner-stub.ts";
import {
  asOperator,
  call,
  deliver,
  evict,
  seedObservedSender,
  seedPartner,
  seedSender,
  services,
} from "../support/seed.ts";
import { commandTo, customer, runAlarm, sendPath, templateTo } from "../support/sends.ts";
import { configOf, consumeByHand, DAY, HOUR, historyStored, setClock } from "../support/storage.ts";
import { CUSTOMER, historyChunk, inbound, textMessage, webhook } from "../support/webhooks.ts";
import type { PhoneNumber } from "../../src/durable/phone-number.ts";

beforeEach(hearAlarms);
afterEach(endHearing);

/** Until operators have heard exactly this, whatever came before. */
const heard = (...lines: string[]) => eventually(() => expect(told()).toEqual(lines));
const openAlarms = async () => (await services().alarms().counts()).open;

describe("an alarm of a number", () => {
  it("is raised by its object once facts have waited for D1 for a minute, with D1 down altogether, and cleared when the flush gets through", async () => {
    const { number } = await seedSender();
    const phone = services().phone(number.id);
    setClock(Date.now());
    await whileDatabasesAreDown(async () => {
      expect((await webhook(inbound(number, textMessage()))).status).toBe(200);
      expect(await phone.flushed()).toBe(false);
      setClock(Date.now() + 59_000);
      await runAlarm(number);
      expect(told()).toEqual([]);
      setClock(Date.now() + 2_000);
      await runAlarm(number);
      await heard(`alarm.raised flush_late ${number.id}`);
      // It lasts, and nobody is told twice; not after a restart of the object either.
      await evict(number);
      await runAlarm(number);
      await workAlarms();
      expect(told()).toHaveLength(1);
    });
    expect(lettersTold()[0]).toMatchObject({
      detail: "1 facts of the number wait for DB.",
      link: expect.stringMatching(/\/console\/senders\/\d+$/),
    });
    expect(await phone.flushed()).toBe(true);
    await heard(`alarm.raised flush_late ${number.id}`, `alarm.cleared flush_late ${number.id}`);
  });

  it("is not raised for facts that waited for somebody to claim the number", async () => {
    const { partner, number } = await seedSender();
    await services().phone(number.id).flushed();
    setClock(Date.now() + 8 * HOUR);
    // As from the overflow: taken in at the door hours ago.
    await services()
      .phone(number.id)
      .ingest([], Date.now() - 7 * HOUR);
    await deliver(number, inbound(number, textMessage({ at: Date.now() })));
    expect(await partner.events(number.id)).not.toEqual([]);
    expect(told()).toEqual([]);
  });

  it("is not raised while facts trickle in and D1 takes each batch", async () => {
    const { number } = await seedSender();
    for (let n = 0; n < 4; n++) {
      setClock(Date.now() + 50_000);
      await deliver(number, inbound(number, textMessage({ at: Date.now() })));
      await runAlarm(number);
    }
    expect(await openAlarms()).toEqual({});
  });

  it("is raised when Meta refuses its token, and cleared by a send that goes through", async () => {
    const { partner, number } = await seedObservedSender();
    graph.respond(() => graphError(401, 190, "The session has expired"));
    await partner.post(sendPath(number), templateTo());
    await heard(`alarm.raised token_refused ${number.id}`);
    expect(lettersTold()[0]).toMatchObject({ detail: "Meta's code 190." });
    const { since } = (await services().phone(number.id).figures(partner.id))?.block ?? {};
    await services()
      .phone(number.id)
      .liftBlock(since ?? 0);
    await heard(
      `alarm.raised token_refused ${number.id}`,
      `alarm.cleared token_refused ${number.id}`,
    );
  });

  it("that its token is refused ends with its connection", async () => {
    const { partner, number } = await seedObservedSender();
    graph.respond(() => graphError(401, 190, "The session has expired"));
    await partner.post(sendPath(number), templateTo());
    await heard(`alarm.raised token_refused ${number.id}`);
    await services().phone(number.id).moveTo("disconnected", "by_partner", "sender.disconnected");
    await heard(
      `alarm.raised token_refused ${number.id}`,
      `alarm.cleared token_refused ${number.id}`,
    );
  });

  it("that its token ends is not over when it has ended, though something else is wrong too", async () => {
    const { partner, number } = await seedObservedSender();
    const { generation, senderKey } = await configOf(number);
    const endsAt = Date.now() + DAY;
    const about = { senderKey, generation, stateAt: 0 };
    await services().phone(number.id).noteTokenExpiry(about, endsAt);
    graph.respond(() => graphError(400, 131042, "Payment"));
    await partner.post(sendPath(number), templateTo());
    await heard(`alarm.raised token_expiring ${number.id}`);
    await services().phone(number.id).flushed();
    setClock(endsAt + 1_000);
    await services().phone(number.id).wake();
    await services().phone(number.id).flushed();
    await workAlarms();
    expect(await openAlarms()).toMatchObject({ token_expiring: 1 });
  });

  it("is raised three days before its token ends", async () => {
    const { number } = await seedSender();
    const { generation, senderKey } = await configOf(number);
    const about = { senderKey, generation, stateAt: 0 };
    const endsAt = Date.now() + 10 * DAY;
    await services().phone(number.id).noteTokenExpiry(about, endsAt);
    await services().phone(number.id).flushed();
    setClock(endsAt - 4 * DAY);
    await services().phone(number.id).wake();
    expect(told()).toEqual([]);
    setClock(endsAt - 2 * DAY);
    await services().phone(number.id).wake();
    await heard(`alarm.raised token_expiring ${number.id}`);
    // When it has ended that is another alarm.
    await services().phone(number.id).flushed();
    setClock(endsAt + 1_000);
    await services().phone(number.id).wake();
    await eventually(async () => expect(await openAlarms()).toEqual({ token_refused: 1 }));
  });

  it("is raised when more than ten of its sends have an unknown outcome", async () => {
    const { partner, number } = await seedObservedSender();
    const phone = services().phone(number.id);
    graph.respond(() => HttpResponse.error());
    const sends = Array.from({ length: 11 }, (_, n) => commandTo(partner, customer(n)));
    for (const command of sends) {
      const admission = await phone.admit(command);
      if (admission.kind !== "carry") throw new Error(admission.kind);
      const outcome = { state: "unknown", why: "no_answer" } as const;
      await phone.settle(admission.carry.send, outcome, admission.carry.placeAt);
    }
    setClock(Date.now() + 6_000);
    await runAlarm(number);
    await heard(`alarm.raised sends_unknown ${number.id}`);
    // After an hour the partner is told, and they are nobody's doubt any more.
    setClock(Date.now() + HOUR + MINUTE);
    await runAlarm(number);
    setClock(Date.now() + 6_000);
    await runAlarm(number);
    await eventually(async () => expect(await openAlarms()).toEqual({}));
  });

  it("is raised with the alarms' object unreachable as soon as that answers", async () => {
    const { partner, number } = await seedObservedSender();
    setClock(Date.now());
    const alarms = env.ALARMS;
    Object.assign(env, {
      ALARMS: {
        getByName: () => ({ raise: () => Promise.reject(new Error("overloaded")) }),
      },
    });
    try {
      graph.respond(() => graphError(401, 190, "The session has expired"));
      await partner.post(sendPath(number), templateTo());
      await runInDurableObject(env.PHONE.getByName(number.id), async (object: PhoneNumber) => {
        await object.flushed();
      });
    } finally {
      Object.assign(env, { ALARMS: alarms });
    }
    expect(told()).toEqual([]);
    setClock(Date.now() + 61_000);
    await runAlarm(number);
    await heard(`alarm.raised token_refused ${number.id}`);
  });
});

describe("an alarm of an endpoint", () => {
  it("is raised when its receiver is gone, and cleared when its partner enables it", async () => {
    const endpoint = new TestEndpoint();
    await endpoint.open();
    const hears = partnerStub;
    hears.answer(
      ({ url }) => new Response(null, { status: url.endsWith("operators") ? 204 : 410 }),
    );
    await endpoint.append(1);
    await endpoint.ring();
    await heard(`alarm.raised endpoint_disabled ${endpoint.id}`);
    expect(lettersTold()[0]).toMatchObject({
      detail: "It answered 410 Gone.",
      link: `http://127.0.0.1:8787/console/partners/${endpoint.partner}/endpoints`,
    });
    await eventually(async () =>
      expect(await endpoint.registered()).toMatchObject({ state: "disabled" }),
    );
    // The sweeps see the same, and say nothing new.
    setClock(Date.now() + 2 * MINUTE);
    await reportAlarms(services(), []);
    expect(told()).toHaveLength(1);
    hears.mend();
    await endpoint.change({ state: "enabled" });
    await heard(
      `alarm.raised endpoint_disabled ${endpoint.id}`,
      `alarm.cleared endpoint_disabled ${endpoint.id}`,
    );
  });

  it("is raised when its secret cannot be opened, and cleared when it has one that can", async () => {
    const endpoint = new TestEndpoint();
    await endpoint.open();
    const sealed = endpoint.config?.secret;
    if (sealed === undefined) throw new Error("It is not open.");
    // Another letter than the one it has, which is a different one in each run.
    const other = sealed.ct.startsWith("A") ? "B" : "A";
    await endpoint.change({ secret: { ...sealed, ct: `${other}${sealed.ct.slice(1)}` } });
    await endpoint.append(1);
    await endpoint.ring();
    await heard(`alarm.raised endpoint_secret ${endpoint.id}`);
    await endpoint.change({ secret: sealed });
    await endpoint.pass(10 * MINUTE);
    await heard(
      `alarm.raised endpoint_secret ${endpoint.id}`,
      `alarm.cleared endpoint_secret ${endpoint.id}`,
    );
  });

  it("ends with the endpoint", async () => {
    const endpoint = new TestEndpoint();
    await endpoint.open();
    partnerStub.answer(
      ({ url }) => new Response(null, { status: url.endsWith("operators") ? 204 : 410 }),
    );
    await endpoint.append(1);
    await endpoint.ring();
    await heard(`alarm.raised endpoint_disabled ${endpoint.id}`);
    await endpoint.calls.remove();
    await heard(
      `alarm.raised endpoint_disabled ${endpoint.id}`,
      `alarm.cleared endpoint_disabled ${endpoint.id}`,
    );
  });
});

describe("an alarm of the gateway", () => {
  it("tells a dead letter at once, also while D1 cannot keep it", async () => {
    await whileDatabasesAreDown(async () => {
      await consumeByHand("tandem-history-dead", [{ key: "inbox/1" }]);
      await heard("alarm.raised dead_letters history");
    });
    await consumeByHand("tandem-history-dead", [{ key: "inbox/1" }, { key: "inbox/2" }]);
    setClock(Date.now() + 2 * MINUTE);
    await reportAlarms(services(), []);
    expect((await services().alarms().list()).open).toMatchObject([
      { alarm: "dead_letters", detail: "2 letters from history.", path: "/console/left-over" },
    ]);
    await env.DB.exec(`DELETE FROM dead_letters`);
    await reportAlarms(services(), []);
    await eventually(() => expect(told().at(-1)).toBe("alarm.cleared dead_letters history"));
  });

  it("says that D1 is down, and not that each sweep fails", async () => {
    await whileDatabasesAreDown(async () => {
      await runSweeps(env);
      expect(told()).toEqual([]);
      setClock(Date.now() + 6 * MINUTE);
      await runSweeps(env);
      await eventually(() =>
        expect(told().toSorted()).toEqual([
          "alarm.raised database_down DB",
          "alarm.raised database_down DB_1",
        ]),
      );
    });
    await runSweeps(env);
    await eventually(() => expect(told()).toHaveLength(4));
    expect(await openAlarms()).toEqual({});
  });

  it("tells of a sweep that fails again and again", async () => {
    await reportAlarms(services(), ["media"]);
    setClock(Date.now() + 6 * MINUTE);
    await reportAlarms(services(), ["media"]);
    await heard("alarm.raised sweep_failing media");
    setClock(Date.now() + 2 * MINUTE);
    await reportAlarms(services(), []);
    await heard("alarm.raised sweep_failing media", "alarm.cleared sweep_failing media");
  });

  it("tells of a slow sweep that fails again and again, though other calls leave it alone meanwhile", async () => {
    const quick = { turnMs: 40, busyMs: 20, callMs: 30 * MINUTE }; // the clock goes on by six
    setClock(Date.now());
    const ends = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
    let runs = 0;
    const sweeps = { slow: () => ends[runs++]?.promise ?? Promise.resolve(0) };
    const begun = (count: number) =>
      eventually(async () => {
        expect(runs).toBe(count);
        const busy = await env.DB.prepare(`SELECT 1 FROM marks WHERE name = 'busy.slow'`).all();
        expect(busy.results).toHaveLength(1);
      });
    const first = runSweeps(env, sweeps, quick);
    await begun(1);
    ends[0]?.reject(new Error("no"));
    await first;
    const second = runSweeps(env, sweeps, quick);
    await begun(2);
    await runSweeps(env, sweeps, quick);
    expect(runs).toBe(2);
    setClock(Date.now() + 6 * MINUTE);
    await workAlarms();
    await heard("alarm.raised sweep_failing slow");
    // It comes to its end, late: that is known only then.
    ends[1]?.resolve(1);
    await second;
    await heard("alarm.raised sweep_failing slow", "alarm.cleared sweep_failing slow");
  });

  it("tells of a sweep that comes to no end", async () => {
    const quick = { turnMs: 40, busyMs: 20, callMs: 200 };
    setClock(Date.now());
    const shut = Promise.withResolvers<number>();
    onTestFinished(() => shut.resolve(0)); // else it says for ever that it is at it
    await runSweeps(env, { hangs: () => shut.promise }, quick);
    setClock(Date.now() + 6 * MINUTE);
    await runSweeps(env, { hangs: () => shut.promise }, quick);
    await heard("alarm.raised sweep_failing hangs");
  });

  it("tells of an import that stands still, until it goes on", async () => {
    const { number } = await seedSender();
    await webhook(
      historyChunk(number, { [CUSTOMER]: [textMessage()] }, { order: 3, progress: 50 }),
    );
    await historyStored(number, 1);
    setClock(Date.now() + 2 * HOUR + MINUTE);
    await sweepHistory(services());
    await reportAlarms(services(), []);
    await heard(`alarm.raised sync_stalled ${number.id}`);
    setClock(Date.now() + 8 * DAY);
    await sweepHistory(services()); // given up, and told to the partner as incomplete
    await reportAlarms(services(), []);
    await eventually(() => expect(told()).toContain(`alarm.cleared sync_stalled ${number.id}`));
  });

  it("tells of a database from 70 % on", async () => {
    const { meta } = await env.DB.prepare(`SELECT 1`).run();
    await reportAlarms(services(), [], [], meta.size_after * 2);
    expect(told()).toEqual([]);
    await reportAlarms(services(), [], [], Math.ceil(meta.size_after * 1.3));
    await eventually(() => expect(told()).toContain("alarm.raised shard_full DB"));
    expect(lettersTold()[0]?.detail).toMatch(/7\d % of what D1 holds/);
  });

  it("tells when Meta's quota of signups is nearly used up", async () => {
    await seedPartner();
    const insert = `INSERT INTO signup_sessions (id, partner, state, kind, onboarded_at, created_at,
      expires_at) VALUES (?1, 'p', 'finished', 'connect', ?2, ?2, ?2)`;
    const finish = (n: number) => env.DB.prepare(insert).bind(`signup_${n}`, Date.now()).run();
    for (let n = 0; n < 7; n++) await finish(n);
    await reportAlarms(services(), []);
    expect(await openAlarms()).toEqual({});
    await finish(7);
    await reportAlarms(services(), []);
    await heard("alarm.raised onboarding_quota gateway");
    expect(lettersTold()[0]).toMatchObject({ detail: "8 of 10 signups in seven days." });
  });

  it("tells of files that nobody fetches, and of facts that stay in the overflow", async () => {
    await env.DB_1.prepare(
      `INSERT INTO media (sender, wamid, customer, type, state, media_id, attempts, refusals,
         wanted_at, due_at) VALUES (1, 'w', 'c', 'image', 'wanted', '1', 0, 0, ?1, ?1)`,
    )
      .bind(Date.now() - 3 * HOUR)
      .run();
    await env.ARCHIVE.put(
      `overflow/${String(Date.now() - HOUR).padStart(14, "0")}-x`,
      JSON.stringify({ receivedAt: 0, facts: [] }),
    );
    await reportAlarms(services(), []);
    await heard("alarm.raised overflow_late gateway");
    setClock(Date.now() + 6 * MINUTE);
    await reportAlarms(services(), []);
    await eventually(() => expect(told()).toContain("alarm.raised media_late DB_1"));
  });

  it("tells of files given up in a burst that is over in a moment", async () => {
    setClock(Date.now() + DAY); // whatever other tests said last, and what they only counted
    await tallyAlarm(services(), "media_lost", 0);
    setClock(Date.now() + DAY);
    for (let n = 0; n < 60; n++) await tallyAlarm(services(), "media_lost", 1);
    await heard("alarm.raised media_lost gateway");
    expect(lettersTold()[0]?.detail).toMatch(/^51 since [^,]*Z\.$/);
  });

  it("tells of webhooks with a wrong signature, in number, with how many were right beside", async () => {
    const { number } = await seedSender();
    await deliver(number, inbound(number, textMessage()));
    const at = Date.now() + HOUR; // an isolate says it once in ten seconds
    for (let n = 0; n < 21; n++) {
      setClock(at + n * 11_000);
      const signature = n === 3 ? "sha256=00" : `sha256=${"0".repeat(64)}`;
      expect((await webhook({ entry: [] }, { signature })).status).toBe(401);
    }
    await heard("alarm.raised webhooks_refused gateway");
    expect(lettersTold()[0]?.detail).toMatch(/^20 since .*, and [1-9]\d* accepted beside them\.$/);
  });
});

describe("the operators' doors to alarms", () => {
  const raise = () =>
    services()
      .alarms()
      .raise({
        alarm: "dead_letters",
        subject: "queue",
        since: Date.UTC(2026, 4, 4),
        detail: "1 letter from queue.",
        path: "/console/left-over",
      });

  it("lists what is open and what is over, also while D1 is down", async () => {
    await raise();
    await whileDatabasesAreDown(async () => {
      const response = await asOperator("/v1/admin/alarms");
      expect(await response.json()).toMatchObject({
        open: [
          {
            alarm: "dead_letters",
            subject: "queue",
            since: "2026-05-04T00:00:00.000Z",
            link: "http://127.0.0.1:8787/console/left-over",
            what_to_do: expect.stringContaining("Left over"),
            cleared_at: null,
            acknowledged_by: null,
          },
        ],
        recent: [],
      });
    });
    await services().alarms().clear("dead_letters", "queue");
    const after = await (await asOperator("/v1/admin/alarms")).json();
    expect(after).toMatchObject({ open: [], recent: [{ alarm: "dead_letters" }] });
  });

  it("acknowledges in the operator's name, which the audit keeps; also while D1 is down", async () => {
    await raise();
    const [open] = (await services().alarms().list()).open;
    const door = `/v1/admin/alarms/${open?.id}/acknowledge`;
    expect(await (await asOperator(door, {})).json()).toMatchObject({ acknowledged_by: "ada" });
    const { results } = await env.DB.prepare(`SELECT operator, action, detail FROM audit`).all();
    expect(results).toContainEqual({
      operator: "ada",
      action: "alarm.acknowledge",
      detail: "dead_letters: queue",
    });
    await whileDatabasesAreDown(async () => {
      expect((await asOperator(door, {})).status).toBe(200);
    });
    expect((await asOperator("/v1/admin/alarms/alarm_none/acknowledge", {})).status).toBe(404);
  });

  it("the doctor says whether alarms reach anybody, and the quota that is set", async () => {
    const look = async (name: string) => {
      const answer = await asOperator("/v1/admin/doctor");
      const { findings } = await answer.json<{ findings: Record<string, string>[] }>();
      return findings.find((each) => each["name"] === name);
    };
    expect(await look("onboarding_quota")).toMatchObject({
      state: "ok",
      detail: "0 of 10 signups (ONBOARDING_QUOTA) in the last 7 days.",
    });
    expect(await look("alarms")).toMatchObject({ state: "ok" });
    const { settings } = services();
    const examined = async (ALARM_URL: string, ALARM_SECRET?: string) => {
      const set = { ...services(), settings: { ...settings, ALARM_URL, ALARM_SECRET } };
      return (await examineGateway(set)).find(({ name }) => name === "alarms");
    };
    expect(await examined("")).toMatchObject({ detail: expect.stringContaining("is not set") });
    const address = "https://partner.test/operators";
    expect(await examined(address)).toMatchObject({
      state: "missing",
      detail: expect.stringContaining("ALARM_SECRET is not set"),
    });
    expect(await examined(address, SECRET)).toMatchObject({ state: "ok" });
    partnerStub.answer(500);
    await services().alarms().raise({
      alarm: "shard_full",
      subject: "DB",
      since: Date.now(),
      detail: "It is full.",
    });
    await eventually(() => expect(told()).toHaveLength(1));
    expect(await examined(address, SECRET)).toMatchObject({
      state: "missing",
      detail: expect.stringContaining("has not taken 1 of the posts"),
    });
  });

  it("posts a test, and says what the webhook answered", async () => {
    const test = async () => (await asOperator("/v1/admin/alarms:test", {})).json();
    expect(await test()).toMatchObject({ taken: true, status: 204, failure: null });
    expect(lettersTold()).toMatchObject([{ type: "alarm.test", detail: "ada asked for it." }]);
    partnerStub.answer(404);
    expect(await test()).toMatchObject({ taken: false, status: 404, failure: "http_404" });
    await passTimeUnswept(MINUTE);
    expect(told()).toHaveLength(2); // a test is not tried again
    hearNoMore();
    const refused = await asOperator("/v1/admin/alarms:test", {});
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining("ALARM_URL") });
  });

  it.each([
    ["GET", "/v1/admin/alarms"],
    ["POST", "/v1/admin/alarms/alarm_1/acknowledge"],
    ["POST", "/v1/admin/alarms:test"],
  ])("%s %s is closed to a partner's key and to nobody", async (method, path) => {
    const partner = await seedPartner();
    const bearer = { authorization: `Bearer ${partner.key}` };
    for (const headers of [new Headers(), new Headers(bearer)]) {
      expect((await call(path, { method, headers })).status).toBe(401);
    }
  });
});

describe("health, for a watch from outside", () => {
  const ask = async (path: string, at = Date.now()) => {
    setClock(at);
    const response = await call(path);
    return { status: response.status, ...(await response.json<{ ok: boolean }>()) };
  };

  it("is well whatever the sweeps do, and says at an address of its own whether they run", async () => {
    const start = Date.now() + 10 * DAY; // what other tests asked is remembered for some seconds
    setClock(start);
    expect(await ask("/health/sweeps")).toMatchObject({ status: 200, swept_at: null });
    await whileDatabasesAreDown(async () => {
      expect(await ask("/health", start + HOUR)).toEqual({ status: 200, ok: true });
      expect(await ask("/health/sweeps", start + HOUR)).toEqual({
        status: 503,
        ok: false,
        swept_at: null,
        detail: "They never ran.",
      });
    });
    await runSweeps(env);
    expect(await ask("/health/sweeps", start + HOUR + MINUTE)).toMatchObject({
      status: 200,
      ok: true,
      detail: "They ran 1 min ago.",
    });
    expect(await ask("/health/sweeps", start + HOUR + 16 * MINUTE)).toMatchObject({
      status: 503,
      ok: false,
    });
  });
});
