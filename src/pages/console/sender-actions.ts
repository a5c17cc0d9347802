import { forgetFigures } from "./figures.ts";
import { reasonIn } from "./reason-in.ts";
import { senderOf } from "./sender-of.ts";
import { AppError } from "../../errors.ts";
import { detachSender } from "../../operations/detach-sender.ts";
import { holdSends, releaseSends } from "../../operations/hold-sends.ts";
import { doNoted } from "../../operations/note-audit.ts";
import { redriveHistory } from "../../operations/redrive-history.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";
import type { ListedSender } from "../../database/read-console.ts";
import type { Redrive } from "../../operations/redrive-history.ts";
import type { Services } from "../../services.ts";

interface Deed {
  action: "sends.hold" | "sends.release" | "sender.detach" | "history.redrive";
  /** Asked for in the form, kept in the audit, and passed on. */
  needsReason: boolean;
  run: (
    services: Services,
    sender: ListedSender,
    by: { operator: string; reason: string },
  ) => Promise<unknown>;
  /** What it came to, as a query of the sender's page. */
  outcome?: (result: unknown) => string;
}

/** What operators can do to a sender, by the last part of the address. */
const DEEDS: Record<string, Deed> = {
  hold: { action: "sends.hold", needsReason: true, run: holdSends },
  release: { action: "sends.release", needsReason: false, run: releaseSends },
  detach: { action: "sender.detach", needsReason: true, run: detach },
  redrive: {
    action: "history.redrive",
    needsReason: false,
    run: redriveHistory,
    outcome: (result) => {
      const { bodies, more } = result as Redrive;
      return `?redriven=${bodies}${more ? "&more=1" : ""}`;
    },
  },
};

/** @throws AppError when Meta gave no clear answer: nothing was erased then */
async function detach(services: Services, sender: ListedSender): Promise<void> {
  const { unsubscribe } = await detachSender(services, sender);
  if (unsubscribe === "failed") {
    throw new AppError(
      "meta_unavailable",
      "Meta gave no clear answer when its webhooks were to end, so the token is kept. Detach again.",
    );
  }
}

/** The handler of one deed: written down first, so that nothing is done unseen; then done. */
export function doDeed(name: keyof typeof DEEDS) {
  return async (c: Context<AppContext>) => {
    const deed = DEEDS[name];
    if (deed === undefined) throw new Error(`There is no deed ${name}.`);
    const { services, operator } = c.var;
    const sender = await senderOf(c);
    const reason = deed.needsReason ? await reasonIn(c) : "";
    const { key, partner } = sender;
    const detail = reason || undefined;
    const entry = { operator, action: deed.action, sender: key, partner, detail };
    const result = await doNoted(services, entry, () =>
      deed.run(services, sender, { operator, reason }),
    );
    const outcome = deed.outcome?.(result) ?? "";
    forgetFigures(sender);
    return c.redirect(`/console/senders/${sender.key}${outcome}`, 303);
  };
}
