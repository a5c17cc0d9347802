import { env } from "cloudflare:workers";
import { mediaAddress } from "../../src/lib/media-address.ts";
import { toCloudEnvelope } from "../../src/meta/cloud-envelope.ts";
import type { CloudEvent } from "../../src/meta/cloud-envelope.ts";
import type { Json } from "../../src/meta/read-json.ts";
import type { Partner, TestNumber } from "./seed.ts";

/** An event of a number as a `cloud_api` endpoint is told it. */
export function envelopeOf(event: unknown, number: TestNumber): Json | null {
  const sender = {
    wabaId: number.wabaId,
    displayPhoneNumber: `+${number.phone}`,
    phoneNumberId: number.id,
  };
  return toCloudEnvelope(event as CloudEvent, sender, (media) =>
    mediaAddress(env.PUBLIC_URL, { version: "v24.0", media, phoneNumberId: number.id }),
  );
}

/** Every envelope that the partner's events so far have, oldest first. */
export async function envelopesOf(partner: Partner, number: TestNumber): Promise<Json[]> {
  const events = await partner.events(number.id);
  const envelopes = events.map((event) => envelopeOf(event, number));
  return envelopes.filter((envelope) => envelope !== null);
}
