import type { Business } from "../businesses.ts";
import { meetCustomer } from "../businesses.ts";
import * as customers from "../live/customers.ts";
import * as owner from "../live/owner.ts";
import { tellStatus } from "../live/statuses.ts";
import { customerPhone } from "../people.ts";
import { createRandom, hashOf } from "../random.ts";
import type { Random } from "../random.ts";
import { otherWamid } from "../wamid.ts";
import type { World } from "../world.ts";
import type { Country, EpisodeName, LiveScenario, LiveStep } from "./live-scenario.ts";
import { EPISODES, LIVE_PRESETS, liveScenarioSchema } from "./live-scenario.ts";

/** Far behind the customers that a history can name. */
const FIRST_CUSTOMER = 3_000;
const STEP_MS = 60_000;

/** One customer in the middle of an episode. */
type Player = {
  phone: string;
  /** The same number as others write it; itself where there is one way only. */
  otherPhone: string;
  newPhone: string;
  /** wamids by the names that steps gave them, and when each was written. */
  wamids: Map<string, string>;
  writtenAt: Map<string, number>;
};

/**
 * Plays a scenario of live traffic: each episode keeps its order, several lie across each other.
 * The same scenario, business and seed make the same webhooks.
 *
 * @returns when the last step is stamped, simulated epoch ms
 */
export function playLive(world: World, business: Business, input: LiveScenario = {}): number {
  const { episodes, customersEach, seed, startsAt } = liveScenarioSchema.parse(input);
  const random = createRandom(hashOf("live", business.wabaId, seed));
  const list: readonly EpisodeName[] =
    typeof episodes === "string" ? LIVE_PRESETS[episodes] : episodes;
  const stories = list.flatMap((name, at) =>
    Array.from({ length: customersEach }, (_, n) => {
      const { steps, country }: { steps: readonly LiveStep[]; country?: Country } = EPISODES[name];
      const player = meet(business, country ?? "US", at * customersEach + n);
      return { steps: [...steps], player };
    }),
  );
  let at = Math.floor((startsAt ?? world.clock.now()) / 1000) * 1000;
  for (;;) {
    const open = stories.filter(({ steps }) => steps.length > 0);
    const story = open[random.int(open.length)];
    const step = story?.steps.shift();
    if (!story || !step) return at;
    at += 1000 * (1 + random.int(STEP_MS / 1000));
    play(world, business, story.player, step, at, random);
  }
}

function meet(business: Business, country: Country, index: number): Player {
  const [phone, otherPhone] = spellings(country, FIRST_CUSTOMER + 2 * index);
  const customer = meetCustomer(business, phone);
  // One person, so one BSUID, however the number is written.
  business.people.set(otherPhone, { ...customer, phone: otherPhone });
  const newPhone = customerPhone(FIRST_CUSTOMER + 2 * index + 1);
  return { phone, otherPhone, newPhone, wamids: new Map(), writtenAt: new Map() };
}

/** Brazil's ninth digit, Mexico's 1, Argentina's 9 (protocol.md 6, rows 17 and 18). */
function spellings(country: Country, index: number): [string, string] {
  const line = String(55_500_000 + index);
  switch (country) {
    case "BR":
      return [`55119${line}`, `5511${line}`];
    case "MX":
      return [`52155${line}`, `5255${line}`];
    case "AR":
      return [`54911${line}`, `5411${line}`];
    case "US":
      return [customerPhone(index), customerPhone(index)];
  }
}

function play(
  world: World,
  business: Business,
  player: Player,
  step: LiveStep,
  timestampMs: number,
  random: Random,
): void {
  const phone = step.otherSpelling ? player.otherPhone : player.phone;
  const around = { timestampMs, ...(step.bsuidOnly ? { bsuidOnly: true } : {}) };
  const named = step.of === undefined ? undefined : player.wamids.get(step.of);
  const bsuid = meetCustomer(business, player.phone).bsuid;
  const target =
    named !== undefined && step.byOtherWamid === true ? otherWamid(named, bsuid) : named;
  const quoted = target === undefined ? {} : { context: { id: target } };
  const said = {
    ...(step.type === undefined ? {} : { type: step.type }),
    ...(step.body === undefined && step.type !== undefined
      ? {}
      : { body: step.body ?? `Line ${random.hex(6)}` }),
  };
  const keep = ({ wamid }: customers.LiveResult) => {
    if (step.as === undefined) return;
    player.wamids.set(step.as, wamid);
    player.writtenAt.set(wamid, timestampMs);
  };
  const about = () => {
    if (target === undefined) throw new Error(`a step that ${step.does} needs a message before it`);
    return target;
  };
  switch (step.does) {
    case "writes": {
      const known = step.as === undefined ? undefined : player.wamids.get(step.as);
      // The same message, so the time at which it was written is the same too.
      const again =
        known === undefined
          ? {}
          : { wamid: known, timestampMs: player.writtenAt.get(known) ?? timestampMs };
      return keep(
        customers.customerWrites(world, business, {
          from: phone,
          ...around,
          ...said,
          ...quoted,
          ...again,
        }),
      );
    }
    case "edits": {
      const body = step.body ?? "Corrected";
      const edit = { from: phone, originalWamid: about(), body, ...around };
      return keep(customers.customerEdits(world, business, edit));
    }
    case "revokes": {
      const revoke = { from: phone, originalWamid: about(), ...around };
      return keep(customers.customerRevokes(world, business, revoke));
    }
    case "reacts":
      return keep(
        customers.customerReacts(world, business, { from: phone, to: about(), ...around }),
      );
    case "hides":
      return keep(customers.unavailableMessage(world, business, { from: phone, timestampMs }));
    case "moves": {
      const { newPhone } = player;
      keep(customers.customerMoves(world, business, { from: phone, newPhone, timestampMs }));
      player.phone = newPhone;
      player.otherPhone = newPhone;
      return;
    }
    case "rotates":
      return keep(customers.customerRotates(world, business, { from: phone, timestampMs }));
    case "ownerWrites":
      return keep(owner.ownerWrites(world, business, { to: phone, ...around, ...said, ...quoted }));
    case "ownerEdits":
    case "ownerRevokes": {
      const type = step.does === "ownerEdits" ? "edit" : "revoke";
      const change = { to: phone, type, originalWamid: about(), ...around } as const;
      const body = step.body === undefined ? {} : { body: step.body };
      return keep(owner.ownerWrites(world, business, { ...change, ...body }));
    }
    case "contact": {
      const { action, name, isInMs } = step;
      owner.changeContact(world, business, {
        phone,
        ...around,
        ...(action === undefined ? {} : { action }),
        ...(name === undefined ? {} : { name }),
        ...(isInMs === undefined ? {} : { isInMs }),
      });
      return;
    }
    case "status": {
      const status = step.status ?? "delivered";
      tellStatus(world, business, { wamid: about(), customer: phone, status, timestampMs });
      return;
    }
  }
}
