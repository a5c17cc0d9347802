import type { Business } from "../businesses.ts";
import { accountUpdate, endAccess, removePartner } from "../live/account.ts";
import { customerWrites } from "../live/customers.ts";
import { ownerWrites } from "../live/owner.ts";
import type { World } from "../world.ts";
import type { LifeStep } from "./sender-life.ts";

const DAY_MS = 86_400_000;

/** A life that is being played: when it began (simulated epoch ms), and what was said so far. */
export type Life = { beganAt: number; said: Map<string, () => void> };

export function beginLife(world: World): Life {
  return { beganAt: world.clock.now(), said: new Map() };
}

/**
 * Meta's side of one step of a sender's life: the clock goes on to its day, and the webhook leaves.
 * Onboarding is the owner's and the gateway's (`issueCode`), so it is the caller's; so is waiting.
 */
export function playLifeStep(world: World, business: Business, life: Life, step: LifeStep): void {
  world.clock.advance(Math.max(0, life.beganAt + step.day * DAY_MS - world.clock.now()));
  const { act } = step;
  switch (act.kind) {
    case "onboard":
    case "wait":
      return;
    case "customer_writes":
      customerWrites(world, business);
      return;
    case "owner_writes":
      ownerWrites(world, business);
      return;
    case "account": {
      const at = life.beganAt + (act.saidOn ?? step.day) * DAY_MS;
      const input = {
        event: act.event,
        saidAtMs: at,
        ...(act.extra === undefined ? {} : { extra: act.extra }),
      };
      // What is said late says nothing of today.
      const say = (isLate: boolean) => accountUpdate(world, business, { ...input, isLate });
      say(act.saidOn !== undefined);
      life.said.set(step.step, () => say(true));
      return;
    }
    case "remove": {
      const { really, reason, initiatedBy } = act;
      const input = {
        saidAtMs: world.clock.now(),
        ...(reason === undefined ? {} : { reason }),
        ...(initiatedBy === undefined ? {} : { initiatedBy }),
      };
      removePartner(world, business, { ...input, really });
      life.said.set(step.step, () => removePartner(world, business, { ...input, really: false }));
      return;
    }
    case "repeat": {
      const say = life.said.get(act.step);
      if (say === undefined) throw new Error(`Nothing was said at "${act.step}".`);
      say();
      return;
    }
    case "lose_silently":
      endAccess(business);
  }
}
