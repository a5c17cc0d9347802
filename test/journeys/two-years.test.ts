import { expect, it } from "vitest";
import { claimSync } from "../../src/database/syncs.ts";
import { saveSender } from "../../src/database/senders.ts";
import { tokenBinding } from "../../src/lib/seal.ts";
import { checkConnections } from "../../src/operations/check-connections.ts";
import { configureNumber } from "../../src/operations/configure-number.ts";
import { sweepSenders } from "../../src/operations/sweep-senders.ts";
import { verifyConnections } from "../../src/operations/verify-connections.ts";
import { TWO_YEARS } from "../../simulator/scenarios/sender-life.ts";
import { graph, graphError } from "../support/graph-stub.ts";
import { deliver, newNumber, seedPartner, services } from "../support/seed.ts";
import { DAY, rowsOf, setClock } from "../support/storage.ts";
import { change, CUSTOMER, echoes, inbound, newWamid, textMessage } from "../support/webhooks.ts";
import type { LifeAct, LifePartner, LifeStep } from "../../simulator/scenarios/sender-life.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

interface Read {
  state: string;
  state_reason: string | null;
  onboarded_at: string;
  blocked: { reason: string } | null;
}

/** Plays a life through the real doors, by the Worker's clock; Graph is what Meta knows. */
class Player {
  readonly number: TestNumber = newNumber();
  readonly #partners: Record<LifePartner, Partner>;
  readonly #beganAt = Date.now();
  readonly #said = new Map<string, unknown>();
  #isShared = false;
  #isOff = false;
  #holder: LifePartner = "first";
  #day = 0;

  constructor(partners: Record<LifePartner, Partner>) {
    this.#partners = partners;
    graph.respond(({ path, method }) => {
      if (path !== `/${this.number.wabaId}` && path !== `/${this.number.id}`) return undefined;
      if (method !== "GET" || !this.#isShared) return graphError(400, 100, "no such object", 33);
      const status = this.#isOff ? "DISCONNECTED" : "CONNECTED";
      return Response.json({ id: path.slice(1), status, is_on_biz_app: true });
    });
  }

  /** What the gateway shows when a step has been heard, and when it has had time to look. */
  async play(step: LifeStep) {
    const told = (await this.#told()).length;
    const holder = this.#holder;
    await this.#passTo(step.day);
    await this.#do(step, step.act);
    const heard = (await this.#read()).state;
    setClock(Date.now() + 45 * 60_000);
    await verifyConnections(services());
    while ((await checkConnections(services())).found > 0);
    const after = await this.#read();
    const news = (await this.#told()).slice(this.#holder === holder ? told : 0);
    return {
      step: step.step,
      ...(step.heard === undefined ? {} : { heard }),
      state: after.state,
      ...(after.state_reason === null ? {} : { reason: after.state_reason }),
      ...(after.blocked === null ? {} : { blocked: after.blocked.reason }),
      told: news,
    };
  }

  async #told(): Promise<string[]> {
    const events = await this.#partners[this.#holder].events(this.number.id);
    return events.map(({ type }) => type).filter((type) => type.startsWith("sender."));
  }

  async #read(): Promise<Read> {
    await services().phone(this.number.id).flushed();
    return this.#partners[this.#holder].read<Read>(`/v1/senders/${this.number.id}`);
  }

  /** A day at a time, with the hourly sweep; of long pauses only the end matters. */
  async #passTo(day: number): Promise<void> {
    if (day - this.#day > 30) this.#day = day - 1;
    while (this.#day < day) {
      this.#day = Math.min(this.#day + 1, day);
      setClock(this.#at(this.#day));
      await sweepSenders(services());
      await sweepSenders(services()); // the slice that finds nobody ends the round
    }
    await services().phone(this.number.id).flushed();
  }

  #at(day: number): number {
    return this.#beganAt + day * DAY;
  }

  async #do(step: LifeStep, act: LifeAct): Promise<void> {
    switch (act.kind) {
      case "onboard":
        return this.#onboard(act.partner);
      case "customer_writes":
        return deliver(this.number, inbound(this.number, textMessage()));
      case "owner_writes":
        return deliver(this.number, echoes(this.number, { id: newWamid("echo") }));
      case "account":
        if (act.saidOn === undefined) this.#isOff = act.event === "ACCOUNT_OFFBOARDED";
        return this.#say(step.step, this.number.wabaId, act.saidOn ?? step.day, {
          event: act.event,
          ...act.extra,
        });
      case "remove": {
        this.#isShared = !act.really;
        const info = { reason: act.reason, initiated_by: act.initiatedBy };
        return this.#say(step.step, "720000000000001", step.day, {
          event: "PARTNER_REMOVED",
          phone_number: this.number.phone,
          waba_info: { waba_id: this.number.wabaId, owner_business_id: "710000000000001" },
          ...(act.reason === undefined ? {} : { disconnection_info: info }),
        });
      }
      case "repeat":
        return deliver(this.number, this.#said.get(act.step));
      case "lose_silently":
        this.#isShared = false;
        return;
      case "wait":
    }
  }

  #say(step: string, entryId: string, day: number, value: Record<string, unknown>) {
    const { object } = change(this.number, "account_update", {});
    const time = Math.floor(this.#at(day) / 1000);
    const body = {
      object,
      entry: [{ id: entryId, time, changes: [{ field: "account_update", value }] }],
    };
    this.#said.set(step, body);
    return deliver(this.number, body);
  }

  async #onboard(by: LifePartner): Promise<void> {
    this.#holder = by;
    this.#isShared = true;
    const partner = this.#partners[by];
    const sender = await saveSender(
      services().registry,
      {
        partner: partner.id,
        phoneNumberId: this.number.id,
        wabaId: this.number.wabaId,
        displayPhoneNumber: this.number.phone,
        verifiedName: null,
        timezone: "Europe/Lisbon",
        generation: Date.now(),
        broughtBy: "signup",
      },
      ["DB", "DB_1"],
      Date.now(),
    );
    const token = await services().vault.seal("token", tokenBinding(partner.id, this.number.id));
    await configureNumber(services(), sender, token);
    const database = services().shard(sender.shard);
    for (const kind of ["contacts", "history"] as const) {
      await claimSync(database, sender.key, sender.generation, kind, Date.now());
    }
  }
}

const expectedOf = ({ step, heard, state, reason, blocked, told }: LifeStep) => ({
  step,
  ...(heard === undefined ? {} : { heard }),
  state,
  ...(reason === undefined ? {} : { reason }),
  ...(blocked === undefined ? {} : { blocked }),
  told,
});

it("two years of a sender end, step by step, in the right state", { timeout: 60_000 }, async () => {
  setClock(Date.now());
  const partners = { first: await seedPartner(), second: await seedPartner() };
  const player = new Player(partners);
  for (const step of TWO_YEARS) expect(await player.play(step)).toEqual(expectedOf(step));

  // Invariant 8: each partner reads its own time, and the first has not been told of the second.
  const { id } = player.number;
  const messagesOf = async (partner: Partner) =>
    (await partner.read<{ data: unknown[] }>(`/v1/senders/${id}/messages`)).data.length;
  expect(await messagesOf(partners.first)).toBe(3);
  expect(await messagesOf(partners.second)).toBe(1);
  const last = (await partners.first.events(id)).at(-1);
  expect(last?.type).toBe("sender.disconnected");
  expect(last?.data["reason"]).toBe("PARTNER_REMOVED");
  // Each onboarding asked for its own syncs, and the windows are the last one's: none.
  expect(await rowsOf(player.number, "syncs")).toHaveLength(3 * 2);
  const window = await partners.second.read(`/v1/senders/${id}/windows/${CUSTOMER}`);
  expect(window).toMatchObject({ open: false });
});
