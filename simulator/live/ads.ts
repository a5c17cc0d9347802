import type { Business } from "../businesses.ts";
import { postWebhook, valueOf } from "../webhooks/post-webhook.ts";
import type { World } from "../world.ts";
import { customerWrites } from "./customers.ts";
import type { AutomaticEvent, CustomerComesByAd } from "./inputs.ts";
import { automaticEventSchema, customerComesByAdSchema } from "./inputs.ts";

/** Where Meta finds no events by itself (protocol.md 5.3): the EU, the United Kingdom, Japan. */
const NOT_IN = new Set(
  "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK GB JP".split(
    " ",
  ),
);

/**
 * A customer clicks an ad of the business and writes: the first message after the click carries the
 * referral, and no later one (protocol.md 2.6). An ad in Status gives no `ctwa_clid`.
 */
export function customerComesByAd(
  world: World,
  business: Business,
  input: CustomerComesByAd = {},
): { wamid: string; ctwaClid: string | null } {
  const given = customerComesByAdSchema.parse(input);
  const ctwaClid = given.isInStatus ? null : `ARA${world.random.hex(60)}`;
  const adId = `120${world.random.digits(14)}`;
  const referral = {
    source_url: `https://fb.me/${world.random.hex(9)}`,
    source_id: adId,
    source_type: "ad",
    headline: given.headline,
    body: "Write to us",
    media_type: "image",
    image_url: "https://scontent.example/ad.jpg",
    ...(ctwaClid === null ? {} : { ctwa_clid: ctwaClid }),
  };
  const { wamid } = customerWrites(world, business, {
    ...(given.from === undefined ? {} : { from: given.from }),
    ...(given.bsuidOnly === undefined ? {} : { bsuidOnly: given.bsuidOnly }),
    ...(given.timestampMs === undefined ? {} : { timestampMs: given.timestampMs }),
    body: given.body,
    referral,
  });
  return { wamid, ctwaClid };
}

/**
 * Meta finds in a thread that began with an ad what it came to (protocol.md 5.3).
 *
 * @throws where no thread began with an ad, and in countries where Meta does not look
 */
export function automaticEvent(
  world: World,
  business: Business,
  input: AutomaticEvent = {},
): { wamid: string } {
  const given = automaticEventSchema.parse(input);
  if (NOT_IN.has(business.country)) throw new Error(`no automatic events in ${business.country}`);
  const clicks = [...business.adClicks];
  const [clid, click] =
    clicks.findLast(([, { wamid }]) => given.wamid === undefined || wamid === given.wamid) ?? [];
  if (clid === undefined || !click) throw new Error("no thread of this business began with an ad");
  const { currency, value } = given;
  const hasMoney = currency !== undefined || value !== undefined;
  const found = {
    id: click.wamid,
    event_name: given.name,
    timestamp: Math.floor((given.timestampMs ?? world.clock.now()) / 1000),
    ctwa_clid: clid,
    ...(hasMoney ? { custom_data: { currency, value } } : {}),
  };
  postWebhook(world, {
    business,
    field: "automatic_events",
    value: valueOf(business, { automatic_events: [found] }),
  });
  return { wamid: click.wamid };
}
