import { newId } from "../lib/ids.ts";
import { errorKind, log } from "../lib/log.ts";
import { carrySend } from "./carry-send.ts";
import { SendTally } from "./send-tally.ts";
import { sendTicket } from "./send-ticket.ts";
import { tryOften } from "./try-often.ts";
import type { NextSends } from "../durable/send-types.ts";
import type { Services } from "../services.ts";

/**
 * A run ends after this long, so that other senders' tickets get their turn. Short also because Queues
 * see only at the end of a batch whether more consumers are wanted.
 */
const RUN_MS = 20_000;
/**
 * Six connections of an invocation may wait for an answer (platform.md 1.1): a seventh send would
 * leave late, outside its place. Where six are too few for 20 a second, the object asks for help.
 */
const MAX_OUTSTANDING = 6;
/**
 * Answers quicker than this keep five connections busy at 20 a second: then more sends may wait for
 * their places here, and a stall of half a second costs no place.
 */
const QUICK_MS = 250;
const MAX_WHEN_QUICK = 12;
/** Asks again when so many are free, not for each: a round is a call to the object. */
const ENOUGH_ROOM = 3;
/** It waits no longer for that: calls that hang must not keep the free hands from the others. */
const ROOM_WAIT_MS = 500;
/** The object did not answer: it may be starting anew. */
const AFTER_LOSS_MS = 500;

/**
 * Sends what a number has queued, at its pace: asks the object for the next few places, carries
 * them side by side, asks again. It ends when nothing is queued, enough others are at it, or it hands
 * over with a fresh ticket; either way it sees its last sends to their outcome.
 *
 * @param sentAt of the ticket that called it (epoch ms): the object sends it away where another began
 *   since; undefined: it does not
 */
export async function drainSends(
  services: Services,
  phoneNumberId: string,
  sentAt?: number,
): Promise<void> {
  const drainer = newId("drainer");
  const startedAt = services.now();
  const outstanding = new Set<Promise<void>>();
  const tally = new SendTally(services, phoneNumberId, "queue");
  const places: number[] = []; // of all that it was given
  let latestMs = Number.POSITIVE_INFINITY; // how long Meta took lately; unknown is not quick
  const most = () => (latestMs < QUICK_MS ? MAX_WHEN_QUICK : MAX_OUTSTANDING);
  try {
    for (;;) {
      const room = Math.max(0, most() - outstanding.size);
      const { carries, askAgainMs, help } = await askNext(services, phoneNumberId, {
        drainer,
        room,
        places,
        sentAt,
      });
      for (const carry of carries) {
        places.push(carry.placeAt);
        const going: Promise<void> = services
          .sleep(carry.waitMs)
          .then(async () => {
            const { leftAt } = await carrySend(services, carry, tally);
            latestMs = services.now() - leftAt;
          })
          .catch((err: unknown) =>
            log.error("send.not_carried", { send: carry.send, error: errorKind(err) }),
          )
          .finally(() => outstanding.delete(going));
        outstanding.add(going);
      }
      if (help) await sendTicket(services, phoneNumberId);
      if (askAgainMs === null) break;
      if (services.now() - startedAt > RUN_MS) {
        await handOver(services, phoneNumberId, drainer);
        break;
      }
      if (carries.length < room) await services.sleep(askAgainMs);
      const isCrowded = () => outstanding.size > most() - ENOUGH_ROOM;
      if (!isCrowded()) continue;
      // One timer, and no look at the clock: where that stands still, the wait would have no end.
      const patience = { isOver: false };
      const over = services.sleep(ROOM_WAIT_MS).then(() => {
        patience.isOver = true;
      });
      while (isCrowded() && !patience.isOver) await Promise.race([...outstanding, over]);
    }
  } finally {
    await Promise.all(outstanding);
    tally.write();
  }
  log.info("sends.drained", { count: places.length, ms: services.now() - startedAt });
}

/** Others may still be at work; the last one that goes calls for the next. */
async function handOver(services: Services, phoneNumberId: string, drainer: string): Promise<void> {
  try {
    if (!(await services.phone(phoneNumberId).leave(drainer))) return;
  } catch (err) {
    log.warn("object.unanswered", { reason: "leave", error: errorKind(err) });
  }
  await sendTicket(services, phoneNumberId);
}

interface Asked {
  drainer: string;
  room: number;
  places: number[];
  sentAt: number | undefined;
}

/** The next sends to carry. Where the object's answer is lost, what was in it goes back first. */
async function askNext(
  services: Services,
  phoneNumberId: string,
  { drainer, room, places, sentAt }: Asked,
): Promise<NextSends> {
  const phone = () => services.phone(phoneNumberId);
  try {
    return await phone().next(drainer, room, sentAt);
  } catch (err) {
    log.warn("object.unanswered", { reason: "next", error: errorKind(err) });
  }
  // What nobody gives back would count as carried, with an outcome that nobody knows.
  await tryOften(services, { reason: "give_back" }, () => phone().giveBack(drainer, places));
  return { carries: [], askAgainMs: AFTER_LOSS_MS, help: false };
}
