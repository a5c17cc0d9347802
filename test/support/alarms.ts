import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { partnerStub } from "./partner-stub.ts";
import { SECRET } from "./endpoints.ts";
import { services } from "./seed.ts";
import type { AlarmLetter } from "../../src/lib/alarms.ts";
import type { PartnerPost } from "./partner-stub.ts";

/** Where operators hear of alarms in a test that asks for it. */
const ALARM_URL = "https://partner.test/operators";

const stub = () => env.ALARMS.getByName("alarms");

/** From here to the end of the test alarms are posted to the stub of the operators' webhook. */
export function hearAlarms(): void {
  partnerStub.start();
  Object.assign(env, { ALARM_URL, ALARM_SECRET: SECRET });
}

/** After each test that asked to hear: a post under way would reach into the next one. */
export async function endHearing(): Promise<void> {
  for (let look = 0; look < 15 && (await services().alarms().counts()).owed > 0; look++) {
    await scheduler.wait(20);
  }
  hearNoMore();
}

/** No webhook is set any more. */
export function hearNoMore(): void {
  Object.assign(env, { ALARM_URL: "", ALARM_SECRET: undefined });
}

/** What the operators' webhook got, whether it took it or not. */
export function lettersTold(): AlarmLetter[] {
  return postsTold().map(({ body }) => JSON.parse(body) as AlarmLetter);
}

export function postsTold(): PartnerPost[] {
  return partnerStub.posts.filter(({ url }) => url === ALARM_URL);
}

/** In short: "alarm.raised flush_late 3100…", in the order they came. */
export function told(): string[] {
  return lettersTold().map(({ type, alarm, subject }) => `${type} ${alarm} ${subject}`);
}

/** Lets the object do what is due by the clock of the test. */
export async function workAlarms(): Promise<void> {
  await runInDurableObject(stub(), (_object, state) =>
    state.storage.setAlarm(Date.now() + 3_600_000),
  );
  await runDurableObjectAlarm(stub());
}

/** The clock says so much more, and the object looks at it; the sweeps ran meanwhile. */
export async function passTime(ms: number): Promise<void> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
  await services().alarms().report([], [], Date.now());
  await workAlarms();
}

/** The same, and the sweeps did not run. */
export async function passTimeUnswept(ms: number): Promise<void> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
  await workAlarms();
}

export async function evictAlarms(): Promise<void> {
  await stub().counts(); // one that is not in memory cannot be evicted
  await evictDurableObject(stub());
}
