import { readDeliveries, readTraffic } from "../../database/read-traffic.ts";
import { errorKind, log } from "../../lib/log.ts";
import { ShortCache } from "../../lib/short-cache.ts";
import { askPhone } from "../../operations/ask-phone.ts";
import type { Sender } from "../../database/senders.ts";
import type { Delivery, TrafficHour } from "../../database/read-traffic.ts";
import type { PhoneFigures } from "../../durable/phone-figures.ts";
import type { Services } from "../../services.ts";

/** Pages look every 5 s, some operators at once: one question to the object serves them all. */
const FIGURES_MS = 3_000;
const CHARTS_MS = 30_000;
const DAY_MS = 24 * 3_600_000;
const DELIVERIES = 200;
const cache = new ShortCache();

/** How a sender's number stands; null where another partner holds it, or its object is silent. */
export function readFigures(services: Services, sender: Sender): Promise<PhoneFigures | null> {
  return remember(services, "figures", sender, FIGURES_MS, async () => {
    try {
      return await askPhone(services, sender.phoneNumberId).figures(sender.partner);
    } catch (err) {
      const error = errorKind(err);
      log.warn("object.unanswered", { sender: sender.key, reason: "figures", error });
      return null; // the page shows what D1 knows
    }
  });
}

/** After an operator's deed, whose page is to show what it did. */
export function forgetFigures(sender: Sender): void {
  cache.forget(keyOf("figures", sender));
}

export interface ChartData {
  hours: TrafficHour[];
  /** The log's tail begins here: before it nothing is counted. Null: there is nothing before. */
  cutAt: number | null;
  deliveries: Delivery[];
}

/** What the charts of a sender show. Reads up to 20,000 rows of the events log, each half minute. */
export function readCharts(services: Services, sender: Sender): Promise<ChartData> {
  const { partner, key, shard } = sender;
  return remember(services, "charts", sender, CHARTS_MS, async () => {
    const database = services.shard(shard);
    const [traffic, deliveries] = await Promise.all([
      readTraffic(database, partner, key, services.now() - DAY_MS),
      readDeliveries(database, partner, key, DELIVERIES),
    ]);
    return { ...traffic, deliveries };
  });
}

function remember<T>(
  services: Services,
  what: string,
  sender: Sender,
  ms: number,
  load: () => Promise<T>,
): Promise<T> {
  return cache.get(keyOf(what, sender), ms, services.now(), load);
}

function keyOf(what: string, { partner, phoneNumberId }: Sender): string {
  return `${what}|${partner}|${phoneNumberId}`;
}
