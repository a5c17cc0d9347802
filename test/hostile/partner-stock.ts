import { deliver, importNumber, newNumber, seedPartner, services } from "../support/seed.ts";
import { comeByAd, openDatasets, report } from "../support/conversions.ts";
import { callWith, giveKey } from "../support/keys.ts";
import { MetaFile, mediaIs } from "../support/media.ts";
import { seedEndpoint } from "../support/registered-endpoints.ts";
import { openSession } from "../support/signups.ts";
import { fileOf, formOf, uploadTo } from "../support/uploads.ts";
import { graph } from "../support/graph-stub.ts";
import { sendIdOf, sendPath, templateTo } from "../support/sends.ts";
import { change, echoes, inbound, textMessage } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

/** A customer that no other partner has. */
export const THEIR_CUSTOMER = "15550177990";

/** Everything a partner can have, by what a door's path calls it. */
export interface Stock {
  partner: Partner;
  number: TestNumber;
  message: string;
  picture: string;
  send: string;
  batch: string;
  endpoint: string;
  event: string;
  replay: string;
  key: string;
  session: string;
  conversion: string;
  /** Of somebody who never wrote. */
  erasure: string;
  upload: string;
  /** A signed link to the picture, as a path. */
  link: string;
  /** Of the events, and of a list of messages. */
  cursors: string[];
  idempotencyKey: string;
  /** None of these may ever be read by somebody else. */
  secrets: string[];
}

/** A partner with one of each. */
export async function stockUp(): Promise<Stock> {
  const partner = await seedPartner();
  const number = newNumber();
  await importNumber(partner, number);
  openDatasets();
  const endpoint = await seedEndpoint(partner, { description: "their-description" });
  const message = textMessage({ from: THEIR_CUSTOMER, body: "their-message-text" });
  await deliver(number, inbound(number, message));
  await deliver(number, echoes(number, { id: "wamid.their-echo", to: THEIR_CUSTOMER }));
  await deliver(number, theirContact(number));
  await deliver(
    number,
    change(number, "phone_number_quality_update", { event: "FLAGGED", current_limit: "TIER_77" }),
  );
  const file = new MetaFile();
  const picture = file.message();
  await deliver(number, inbound(number, picture));
  await mediaIs(number, picture.id, "stored");
  await comeByAd(number, { from: THEIR_CUSTOMER, clid: "their-clid" });
  const idempotencyKey = "their-idempotency-key";
  const sent = await partner.post(sendPath(number), templateTo(THEIR_CUSTOMER), {
    "idempotency-key": idempotencyKey,
  });
  const send = sendIdOf(sent);
  const messages = [{ ...templateTo(THEIR_CUSTOMER) }];
  const batched = await partner.post(`/v1/senders/${number.id}/messages:batch`, { messages });
  const { id: batch } = await batched.json<{ id: string }>();
  const told = await report(partner, number, {
    name: "LeadSubmitted",
    customer: THEIR_CUSTOMER,
  });
  const conversion = String(told.body["id"]);
  const erased = await callWith(
    partner.key,
    "DELETE",
    `/v1/senders/${number.id}/customers/15550009999`,
  );
  const { id: erasure } = await erased.json<{ id: string }>();
  await services().phone(number.id).flushed();
  const [event] = await partner.events(number.id);
  const since = new Date(Date.now() - 3_600_000).toISOString();
  const replayed = await partner.post(`/v1/endpoints/${endpoint.id}/replays`, { since });
  const { id: replay } = await replayed.json<{ id: string }>();
  const { id: key, key: shownKey } = await giveKey(partner, { name: "their-key-name" });
  const session = await openSession(partner, { external_id: "their-external-id" });
  graph.respond(({ path, method }) =>
    method === "POST" && path === `/${number.id}/media`
      ? Response.json({ id: "999000111222333" })
      : undefined,
  );
  const uploaded = await uploadTo(
    partner,
    number,
    formOf([
      ["messaging_product", "whatsapp"],
      ["type", "image/png"],
      ["file", fileOf(5_000, "image/png")],
    ]),
  );
  const { id: upload } = await uploaded.json<{ id: string }>();
  const linked = await partner.post(`/v1/senders/${number.id}/media/${picture.id}/link`, {});
  const { url } = await linked.json<{ url: string }>();
  const first = await partner.page("limit=1");
  const list = await partner.read<{ next_cursor: string }>(
    `/v1/senders/${number.id}/messages?limit=1`,
  );
  const cursors = [first.next_cursor, list.next_cursor];
  const stock = {
    partner,
    number,
    message: message.id,
    picture: picture.id,
    send,
    batch,
    endpoint: endpoint.id,
    event: event?.id ?? "",
    replay,
    key,
    session,
    conversion,
    erasure,
    upload,
    link: new URL(url).pathname,
    cursors,
    idempotencyKey,
  };
  for (const [name, value] of Object.entries(stock)) {
    if (value === "" || value === "undefined") throw new Error(`The partner has no ${name}.`);
  }
  const secrets = [
    partner.id,
    number.id,
    number.wabaId,
    number.phone,
    THEIR_CUSTOMER,
    message.id,
    picture.id,
    send,
    batch,
    endpoint.id,
    endpoint.secret,
    stock.event,
    replay,
    key,
    shownKey,
    partner.key,
    session,
    conversion,
    erasure,
    upload,
    file.id,
    "their-description",
    "their-message-text",
    "wamid.their-echo",
    "Their Contact",
    "TIER_77",
    "their-clid",
    "their-key-name",
    "their-external-id",
    `token-of-${number.id}`,
  ];
  return { ...stock, secrets };
}

function theirContact(number: TestNumber) {
  return change(number, "smb_app_state_sync", {
    state_sync: [
      {
        type: "contact",
        action: "add",
        contact: { full_name: "Their Contact", phone_number: THEIR_CUSTOMER },
        metadata: { timestamp: "1795300000" },
      },
    ],
  });
}
