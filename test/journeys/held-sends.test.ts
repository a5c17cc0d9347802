import { beforeEach, describe, expect, it } from "vitest";
import { holdSends, releaseSends } from "../../src/operations/hold-sends.ts";
import { graph } from "../support/graph-stub.ts";
import { evict, importNumber, seedPartner, seedSender, services } from "../support/seed.ts";
import {
  customer,
  passTime,
  readSend,
  runAlarm,
  sendIdOf,
  sendPath,
  sendReaches,
  stopClock,
  takePlace,
  templateTo,
} from "../support/sends.ts";
import { senderOf } from "../support/storage.ts";
import type { Partner, TestNumber } from "../support/seed.ts";
import type { GraphErrorBody } from "../support/sends.ts";

const BY = { operator: "ada", reason: "The partner asked us to look at a loop." };
const ASYNC = { prefer: "respond-async" };

let partner: Partner;
let number: TestNumber;

beforeEach(async () => {
  ({ partner, number } = await seedSender());
});

const post = (to = customer(1), headers: Record<string, string> = {}) =>
  partner.post(sendPath(number), templateTo(to), headers);
const hold = async () => holdSends(services(), await senderOf(number), BY);
const release = async () => releaseSends(services(), await senderOf(number));

describe("sends that an operator holds", () => {
  it("are refused with the reason where the caller waits, and kept where they are queued", async () => {
    await hold();

    const refused = await post();
    expect(refused.status).toBe(503);
    const { error } = await refused.json<GraphErrorBody>();
    expect(error.code).toBe(131016);
    expect(error.error_data.details).toContain(BY.reason);

    const queued = sendIdOf(await post(customer(2), ASYNC));
    await runAlarm(number);
    expect((await readSend(partner, number, queued)).state).toBe("queued");
    expect(graph.sent).toEqual([]);
  });

  it("go on by themselves when they are released", async () => {
    await hold();
    const queued = sendIdOf(await post(customer(2), ASYNC));
    await release();

    expect((await sendReaches(partner, number, queued, "accepted")).wamid).not.toBeNull();
    expect((await post()).status).toBe(200);
  });

  it("stay held over a restart of the object", async () => {
    await hold();
    await evict(number);
    expect((await post()).status).toBe(503);
  });

  it("are stopped too when they have their place and wait for it", async () => {
    const { send } = await takePlace(partner, number, customer(3));
    await hold();
    expect(await services().phone(number.id).confirm(send)).toMatchObject({
      kind: "refused",
      refusal: { code: 131016 },
    });
  });

  it("keep the hold they have: the second operator's changes nothing", async () => {
    await hold();
    await holdSends(services(), await senderOf(number), { operator: "bob", reason: "Another." });
    const figures = await services().phone(number.id).figures(partner.id);
    expect(figures?.hold).toMatchObject({ operator: "ada", reason: BY.reason });
  });

  it("are told to the partner without the operator's name", async () => {
    await hold();
    const read = await partner.read(`/v1/senders/${number.id}`);
    expect(read).toMatchObject({ state: "active", sends_held: { reason: BY.reason } });
    expect(JSON.stringify(read)).not.toContain("ada");
    await release();
    expect(await partner.read(`/v1/senders/${number.id}`)).toMatchObject({ sends_held: null });
  });

  it("are nobody's when the number moves to another partner, and back", async () => {
    await hold();
    const next = await seedPartner();
    await importNumber(next, number);
    const sent = await next.post(sendPath(number), templateTo());
    expect(sent.status).toBe(200);

    await importNumber(partner, number, Date.now());
    expect(await partner.read(`/v1/senders/${number.id}`)).toMatchObject({ sends_held: null });
    expect((await post()).status).toBe(200);
  });

  it("cannot be held for a partner that has the number no more", async () => {
    const former = await senderOf(number);
    await importNumber(await seedPartner(), number);
    await expect(holdSends(services(), former, BY)).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("a number's figures", () => {
  it("count windows, queued sends and the places of the last seconds", async () => {
    stopClock();
    await hold();
    await post(customer(2), ASYNC);
    await post(customer(3), ASYNC);
    await release();
    await takePlace(partner, number, customer(4));
    await takePlace(partner, number, customer(5));
    passTime(1_500);

    const figures = await services().phone(number.id).figures(partner.id);
    expect(figures).toMatchObject({ windowsOpen: 0, pace: { placesASecond: 20, heldUntil: null } });
    expect((figures?.queued ?? 0) + (figures?.placed ?? 0)).toBeGreaterThanOrEqual(2);
    const used = figures?.pace.used ?? [];
    expect(used).toHaveLength(120);
    expect(used.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...used)).toBeLessThanOrEqual(20);
  });

  it("are for the partner that holds the number", async () => {
    const other = await seedPartner();
    expect(await services().phone(number.id).figures(other.id)).toBeNull();
  });
});
