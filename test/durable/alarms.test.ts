import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ALARMS } from "../../src/lib/alarms.ts";
import {
  endHearing,
  evictAlarms,
  hearAlarms,
  hearNoMore,
  lettersTold,
  passTime,
  passTimeUnswept,
  postsTold,
  told,
  workAlarms,
} from "../support/alarms.ts";
import { countRows } from "../support/count-rows.ts";
import { MINUTE, SECOND, SECRET } from "../support/endpoints.ts";
import { eventually } from "../support/eventually.ts";
import { partnerStub } from "../support/partner-stub.ts";
import { loggedOf } from "../support/quiet-logs.ts";
import { services } from "../support/seed.ts";
import { HOUR, DAY } from "../support/storage.ts";
import type { AlarmFinding } from "../../src/lib/alarms.ts";

const alarms = () => services().alarms();
const LATE: AlarmFinding = {
  alarm: "flush_late",
  subject: "310000000000042",
  since: Date.UTC(2026, 4, 4),
  detail: "12 facts of the number wait for DB.",
  path: "/console/senders/7",
};
const RAISED = `alarm.raised flush_late ${LATE.subject}`;
const CLEARED = `alarm.cleared flush_late ${LATE.subject}`;

beforeEach(hearAlarms);
afterEach(endHearing);

/** Until the webhook was posted to so often. */
const heard = (count: number) => eventually(() => expect(told()).toHaveLength(count));

describe("an alarm", () => {
  it("is posted once, signed, with all that somebody needs who knows nothing", async () => {
    await alarms().raise(LATE);
    await alarms().raise(LATE);
    await heard(1);
    const [letter] = lettersTold();
    const [post] = postsTold();
    if (letter === undefined || post === undefined) throw new Error("Nothing came.");
    expect(letter).toMatchObject({
      type: "alarm.raised",
      alarm: "flush_late",
      subject: LATE.subject,
      since: "2026-05-04T00:00:00.000Z",
      told: 1,
      title: ALARMS.flush_late.title,
      detail: LATE.detail,
      what_to_do: ALARMS.flush_late.whatToDo,
      link: "http://127.0.0.1:8787/console/senders/7",
    });
    for (const part of [
      letter.title,
      letter.subject,
      letter.detail,
      letter.what_to_do,
      letter.link,
    ])
      expect(letter.text).toContain(part);
    expect(new Webhook(SECRET).verify(post.body, post.headers)).toEqual(letter);
    await workAlarms();
    expect(told()).toEqual([RAISED]);
  });

  it("is told again every four hours while it lasts, and its end once", async () => {
    await alarms().raise(LATE);
    await heard(1);
    await passTime(4 * HOUR - MINUTE);
    expect(told()).toEqual([RAISED]);
    await passTime(2 * MINUTE);
    await passTime(4 * HOUR);
    expect(told()).toEqual([RAISED, RAISED, RAISED]);
    expect(lettersTold()[2]).toMatchObject({ told: 3, text: expect.stringContaining("(still)") });
    await alarms().clear("flush_late", LATE.subject);
    await alarms().clear("flush_late", LATE.subject);
    await heard(4);
    await passTime(5 * HOUR);
    expect(told()).toEqual([RAISED, RAISED, RAISED, CLEARED]);
    expect(lettersTold()[3]).toMatchObject({ cleared_at: expect.any(String) });
    expect(await alarms().list()).toMatchObject({
      open: [],
      recent: [{ alarm: "flush_late", clearedAt: expect.any(Number), told: 3 }],
    });
  });

  it("is not told again once somebody has acknowledged it, and its end is", async () => {
    await alarms().raise(LATE);
    await heard(1);
    const [open] = (await alarms().list()).open;
    const seen = await alarms().acknowledge(open?.id ?? "", "ada");
    expect(seen).toMatchObject({ acknowledgedBy: "ada", acknowledgedAt: expect.any(Number) });
    // Whoever comes second does not take it from the first.
    expect(await alarms().acknowledge(open?.id ?? "", "bob")).toMatchObject({
      acknowledgedBy: "ada",
    });
    await passTime(9 * HOUR);
    expect(told()).toEqual([RAISED]);
    await alarms().clear("flush_late", LATE.subject);
    await heard(2);
    expect(await alarms().acknowledge(open?.id ?? "", "ada")).toBeNull();
  });

  it("is told at once when it has become twice as many, also an acknowledged one", async () => {
    const letters = (count: number): AlarmFinding => ({
      alarm: "dead_letters",
      subject: "queue",
      since: LATE.since,
      detail: `${count} letters from queue.`,
      count,
    });
    await alarms().raise(letters(4));
    await heard(1);
    const [open] = (await alarms().list()).open;
    await alarms().acknowledge(open?.id ?? "", "ada");
    await alarms().raise(letters(7));
    await workAlarms();
    expect(told()).toHaveLength(1);
    await alarms().raise(letters(8));
    await heard(2);
    expect(lettersTold()[1]?.detail).toBe("8 letters from queue.");
    await passTime(9 * HOUR);
    expect(told()).toHaveLength(2);
  });

  it("survives an outage of the webhook of a day: nothing is lost, and all comes in order", async () => {
    partnerStub.answer(500);
    await alarms().raise(LATE);
    await heard(1);
    await alarms().clear("flush_late", LATE.subject);
    await alarms().raise({ ...LATE, subject: "310000000000043" });
    for (let hour = 0; hour < 24; hour += 4) await passTime(4 * HOUR);
    await evictAlarms();
    partnerStub.posts = [];
    partnerStub.mend();
    await passTime(11 * MINUTE);
    await passTime(11 * MINUTE);
    expect(told()).toEqual([RAISED, CLEARED, "alarm.raised flush_late 310000000000043"]);
    await passTime(MINUTE);
    expect(told()).toHaveLength(3);
  });

  it("tries again after 5 s, and keeps its id, so that a receiver can tell a repeat", async () => {
    partnerStub.answer(503);
    await alarms().raise(LATE);
    await heard(1);
    await eventually(() => expect(loggedOf("alarm.not_told")).toHaveLength(1)); // and written down
    await passTime(4 * SECOND);
    expect(postsTold()).toHaveLength(1);
    partnerStub.mend();
    await passTime(2 * SECOND);
    const ids = postsTold().map(({ headers }) => headers["webhook-id"]);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    expect((await alarms().list()).open).toMatchObject([{ takenAt: expect.any(Number) }]);
  });

  it("does not follow a redirect, and takes it for a refusal", async () => {
    partnerStub.answer(() => Response.redirect("https://elsewhere.test/", 302));
    await alarms().raise(LATE);
    await heard(1);
    expect((await alarms().counts()).owed).toBe(1);
  });

  it("is shown and kept where no webhook is set, and told once there is one", async () => {
    hearNoMore();
    await alarms().raise(LATE);
    await workAlarms();
    expect((await alarms().list()).open).toHaveLength(1);
    expect(await alarms().tryOut("ada")).toBeNull();
    hearAlarms();
    await workAlarms();
    expect(told()).toEqual([RAISED]);
  });

  it("that is over while no webhook is set is told as over to the next one", async () => {
    partnerStub.answer(503);
    await alarms().raise(LATE);
    await heard(1);
    hearNoMore();
    await alarms().clear(LATE.alarm, LATE.subject);
    hearAlarms();
    await passTime(HOUR);
    await eventually(() => expect(told()).toEqual([RAISED, CLEARED]));
  });

  it("is told as one with its like above twenty, and each is still listed", async () => {
    const subjects = Array.from({ length: 25 }, (_, n) => `3100000000001${n + 10}`);
    for (const subject of subjects) await alarms().raise({ ...LATE, subject });
    await eventually(() => expect(told()).toContain("alarm.raised flush_late others"));
    await workAlarms();
    expect(told().filter((one) => !one.endsWith("others"))).toHaveLength(20);
    expect((await alarms().counts()).open).toEqual({ flush_late: 25 });
    for (const subject of subjects) await alarms().clear("flush_late", subject);
    await eventually(() => expect(told()).toContain("alarm.cleared flush_late others"));
    await workAlarms();
    expect(told().filter((one) => one.startsWith("alarm.cleared"))).toHaveLength(21);
    expect((await alarms().list()).open).toEqual([]);
  });

  it("writes nothing when the same is said again", async () => {
    await alarms().raise(LATE);
    await heard(1);
    await eventually(async () => expect((await alarms().counts()).owed).toBe(0));
    await alarms().report([], [], Date.now());
    const { objects } = await countRows(async () => {
      for (let n = 0; n < 5; n++) {
        await alarms().raise(LATE);
        await alarms().report(["sync_stalled"], [], Date.now());
        await alarms().clear("shard_full", "DB");
      }
    });
    expect(objects).toBe(0);
  });

  it("is forgotten 30 days after it was over", async () => {
    await alarms().raise(LATE);
    await alarms().clear("flush_late", LATE.subject);
    await heard(2);
    await passTime(29 * DAY);
    expect((await alarms().list()).recent).not.toEqual([]);
    await passTime(2 * DAY);
    const { recent } = await alarms().list();
    expect(recent.filter(({ alarm }) => alarm === "flush_late")).toEqual([]);
  });
});

describe("what the sweeps report", () => {
  const found = (alarm: AlarmFinding["alarm"], subject: string): AlarmFinding => ({
    alarm,
    subject,
    since: LATE.since,
    detail: "So it is.",
    count: 1,
  });

  it("ends what it does not name any more, of the kinds that it has looked at", async () => {
    await alarms().report([], [found("sync_stalled", "1"), found("shard_full", "DB")], Date.now());
    await heard(2);
    await passTime(2 * MINUTE);
    await alarms().report(["sync_stalled"], [], Date.now());
    await heard(3);
    expect(told()[2]).toBe("alarm.cleared sync_stalled 1");
    expect((await alarms().counts()).open).toEqual({ shard_full: 1 });
  });

  it("does not end what was raised while it looked", async () => {
    const readAt = Date.now();
    await alarms().raise(found("endpoint_disabled", "endpoint_1"));
    await alarms().report(["endpoint_disabled"], [], readAt);
    expect((await alarms().counts()).open).toEqual({ endpoint_disabled: 1 });
  });

  it("tells what passes within its grace to nobody", async () => {
    await alarms().report(["database_down"], [found("database_down", "DB_1")], Date.now());
    await passTime(MINUTE);
    await alarms().report(["database_down"], [found("database_down", "DB_1")], Date.now());
    expect((await alarms().list()).open).toEqual([]);
    await passTime(MINUTE + SECOND);
    expect(told()).toEqual(["alarm.raised database_down DB_1"]);
    await alarms().report(["database_down"], [found("database_down", "DB")], Date.now());
    await passTime(MINUTE);
    await alarms().report(["database_down"], [], Date.now());
    await passTime(3 * MINUTE);
    expect(told()).toEqual(["alarm.raised database_down DB_1", "alarm.cleared database_down DB_1"]);
  });

  it("is missed after a quarter of an hour, and its return ends that", async () => {
    await alarms().report([], [], Date.now());
    await passTimeUnswept(14 * MINUTE);
    expect(told()).toEqual([]);
    await evictAlarms();
    await passTimeUnswept(2 * MINUTE);
    expect(told()).toEqual(["alarm.raised sweeps_stopped gateway"]);
    await alarms().report([], [], Date.now());
    await heard(2);
    expect(told()[1]).toBe("alarm.cleared sweeps_stopped gateway");
  });

  it("is missed by an alarm of the object itself, with nobody asking", async () => {
    await alarms().report([], [], Date.now());
    const at = await runInDurableObject(env.ALARMS.getByName("alarms"), (_object, state) =>
      state.storage.getAlarm(),
    );
    expect(at).toBeGreaterThan(Date.now());
    expect(at).toBeLessThanOrEqual(Date.now() + 15 * MINUTE);
  });
});

describe("what is an alarm only in number", () => {
  it("is told from twenty in ten minutes on, and ends with a quiet spell", async () => {
    await alarms().tally("webhooks_refused", 19, 3);
    await workAlarms();
    expect(told()).toEqual([]);
    await alarms().tally("webhooks_refused", 1, 4);
    await heard(1);
    expect(lettersTold()[0]).toMatchObject({
      alarm: "webhooks_refused",
      detail: expect.stringMatching(/^20 since .*, and 7 accepted beside them\.$/),
    });
    await passTime(11 * MINUTE);
    await alarms().tally("webhooks_refused", 2, 0);
    expect(told()).toHaveLength(1);
    await passTime(11 * MINUTE);
    expect(told()[1]).toBe("alarm.cleared webhooks_refused gateway");
  });

  it("does not add up over the hours", async () => {
    for (let n = 0; n < 5; n++) {
      await alarms().tally("webhooks_refused", 15, 0);
      await passTime(11 * MINUTE);
    }
    expect(told()).toEqual([]);
  });
});
