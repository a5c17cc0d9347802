import { findConversion, intendConversion, settleConversion } from "../database/conversions.ts";
import { findPerson, listKeys } from "../database/customer-names.ts";
import { findAdClicks } from "../database/read-ad-clicks.ts";
import { findMessage } from "../database/read-messages.ts";
import { AppError } from "../errors.ts";
import { newId, sha256Hex } from "../lib/ids.ts";
import { log } from "../lib/log.ts";
import { conversionBody, judgeConversion } from "../meta/conversion-event.ts";
import { isLostAccess } from "../meta/graph-client.ts";
import { ensureDataset, reopenDataset } from "./ensure-dataset.ts";
import { openAccess } from "./open-access.ts";
import { settledHome } from "./settled-home.ts";
import type { StoredConversion } from "../database/conversions.ts";
import type { Sender } from "../database/senders.ts";
import type { ConversionReport } from "../meta/conversion-event.ts";
import type { ConversionName } from "../meta/conversion-names.ts";
import type { Services } from "../services.ts";
import type { DatasetAccess, DatasetRoute } from "./ensure-dataset.ts";

/** Meta takes events of so long ago (protocol.md 5.2). */
const OLDEST_MS = 7 * 24 * 3_600_000;
/** A caller's clock may go before ours by so much. */
const AHEAD_MS = 60_000;

export interface NewConversion {
  name: ConversionName;
  /** Epoch ms; undefined: now. */
  at: number | undefined;
  /** Phone digits or BSUID. */
  customer: string | undefined;
  ctwaClid: string | undefined;
  currency: string | undefined;
  value: number | undefined;
  customData: Record<string, string | number | boolean>;
  /** Wamid of the `conversion.detected` that it answers. */
  detectedIn: string | undefined;
  testEventCode: string | undefined;
}

/**
 * Reports a conversion to Meta, once: Meta counts each report it gets (protocol.md 5.2, invariant 5).
 * The intent is stored before the call; where nobody knows what came of it, it stays unknown and is
 * not sent again.
 *
 * @param idempotencyKey the same key and conversion again: what came of the first one
 * @throws AppError for a key of another conversion, an instant out of bounds, a sender that is not
 *   connected, a customer without a click on an ad, and where there is no dataset to report to
 */
export async function reportConversion(
  services: Services,
  sender: Sender,
  conversion: NewConversion,
  idempotencyKey: string | undefined,
): Promise<{ conversion: StoredConversion; replayed: boolean }> {
  const database = services.shard(sender.shard);
  const digest = sha256Hex(JSON.stringify(conversion));
  const id =
    idempotencyKey === undefined
      ? newId("conv")
      : `conv_${sha256Hex(`${sender.key}|${idempotencyKey}`).slice(0, 26)}`;
  const first = await findConversion(database, sender.key, id);
  if (first !== null) return replay(first, digest);

  const createdAt = services.now();
  const at = readInstant(conversion.at, createdAt);
  const { customer, ctwaClid } = await findClick(services, sender, conversion);
  const access = await openReport(services, sender);
  const route = await openDataset(services, access);

  const { name, currency = null, value = null, customData } = conversion;
  const { detectedIn = null, testEventCode = null } = conversion;
  const told = { id, name, at, ctwaClid, currency, value, testEventCode };
  const hasData = Object.keys(customData).length > 0;
  const isOurs = await intendConversion(await settledHome(services, sender), sender.key, {
    ...told,
    customer,
    customData: hasData ? JSON.stringify(customData) : null,
    detectedIn,
    digest,
    createdAt,
  });
  if (!isOurs) return replay(await readBack(database, sender, id), digest);
  const answersDetection = detectedIn !== null;
  const report = { ...told, wabaId: sender.wabaId, customData, answersDetection };
  const outcome = judgeConversion(await send(services, access, route, report));
  await settleConversion(database, sender.key, id, { ...outcome, at: services.now() });
  log.info("conversion.settled", {
    sender: sender.key,
    outcome: outcome.state,
    ...(outcome.error?.code == null ? {} : { code: outcome.error.code }),
  });
  return { conversion: await readBack(database, sender, id), replayed: false };
}

/**
 * Sends the report, and once more where Meta's answer proves that it has counted nothing: the
 * dataset was none that we may write to.
 */
async function send(
  services: Services,
  access: DatasetAccess,
  route: DatasetRoute,
  report: ConversionReport,
) {
  const { conversions } = services.graph;
  const body = conversionBody(report);
  const result = await conversions.postEvents(route.token, route.dataset, body);
  if (!isLostAccess(result)) return result;
  const other = await reopenDataset(services, access, route);
  return other === null ? result : await conversions.postEvents(other.token, other.dataset, body);
}

function replay(first: StoredConversion, digest: string) {
  if (first.digest === digest) return { conversion: first, replayed: true };
  throw new AppError(
    "idempotency_key_reused",
    "Report the same conversion again, or take a new Idempotency-Key for another one.",
    { field: "Idempotency-Key" },
  );
}

function readInstant(at: number | undefined, now: number): number {
  if (at === undefined) return now;
  if (at > now + AHEAD_MS) {
    throw new AppError("invalid_request", "at: lies ahead; report what has happened.", {
      field: "at",
    });
  }
  if (at < now - OLDEST_MS) {
    throw new AppError("invalid_request", "at: Meta takes no event of more than 7 days ago.", {
      field: "at",
    });
  }
  return Math.min(at, now);
}

/** Whose conversion it is, and the click on an ad that it goes back to. */
async function findClick(
  services: Services,
  sender: Sender,
  { customer, ctwaClid, detectedIn }: NewConversion,
): Promise<{ customer: string | null; ctwaClid: string }> {
  const database = services.shard(sender.shard);
  if (ctwaClid !== undefined) {
    // Whose it is must be known, where it can be: it goes with them when they are erased.
    const wamid = customer === undefined ? detectedIn : undefined;
    const message = wamid === undefined ? null : await findMessage(database, sender.key, { wamid });
    return { customer: customer ?? message?.customer ?? null, ctwaClid };
  }
  const asked = customer ?? (await writerOf(database, sender, detectedIn ?? ""));
  const keys = await listKeys(database, sender.key, asked);
  const click = (await findAdClicks(database, sender.key, [{ person: asked, keys }])).get(asked);
  const clid = click === undefined ? undefined : clidIn(click.referral);
  if (clid !== undefined) return { customer: asked, ctwaClid: clid };
  if ((await findPerson(database, sender.key, keys)) === null) {
    throw new AppError("not_found", "customer: this sender has no customer by that name.", {
      field: "customer",
    });
  }
  throw new AppError(
    "conflict",
    "customer: no message of theirs came with a ctwa_clid, so there is no ad to count it for. " +
      "Meta gives none for ads in Status; where you have one from elsewhere, pass it as ctwa_clid.",
    { field: "customer", reason: "no_ad_click" },
  );
}

async function writerOf(database: D1Database, sender: Sender, wamid: string): Promise<string> {
  const message = await findMessage(database, sender.key, { wamid });
  if (message !== null) return message.customer;
  throw new AppError(
    "not_found",
    "detected_in: this sender has no such message; pass ctwa_clid, as the event has it.",
    { field: "detected_in" },
  );
}

function clidIn(referral: string): string | undefined {
  const { ctwa_clid: clid } = JSON.parse(referral) as { ctwa_clid?: unknown };
  return typeof clid === "string" && clid !== "" ? clid : undefined;
}

/** The sender's token. @throws AppError while it is not connected */
async function openReport(services: Services, sender: Sender): Promise<DatasetAccess> {
  const { partner, phoneNumberId, wabaId } = sender;
  const access = await openAccess(services, partner, phoneNumberId, "write");
  if (access.kind === "ok") return { partner, wabaId, token: access.token };
  throw new AppError(
    "conflict",
    `Nothing was reported: the sender is not active. ${access.refusal.details}`,
    { reason: "sender_not_active" },
  );
}

/** @throws AppError where Meta gives no dataset: nothing was reported then */
async function openDataset(services: Services, access: DatasetAccess): Promise<DatasetRoute> {
  const route = await ensureDataset(services, access);
  if (!("failed" in route)) return route;
  const { failed } = route;
  if (failed.kind !== "error" || failed.status >= 500) {
    throw new AppError(
      "meta_unavailable",
      "Meta did not say which dataset is the account's. Nothing was reported; try again.",
    );
  }
  throw new AppError(
    "conflict",
    `Meta gives no dataset for this account (code ${failed.code ?? "none"}). Nothing was reported. ` +
      "The owner connects the number again and ticks the Conversions API.",
    { reason: "no_dataset" },
  );
}

async function readBack(
  database: D1Database,
  sender: Sender,
  id: string,
): Promise<StoredConversion> {
  const stored = await findConversion(database, sender.key, id);
  if (stored === null) throw new Error("A conversion that was stored is gone.");
  return stored;
}
