import { findUploader } from "../database/outgoing-media.ts";
import { findHeldSender, listConnectedOf } from "../database/senders.ts";
import { coversSender } from "../lib/sender-filter.ts";
import { asObject, asText } from "../meta/read-json.ts";
import { absent, answerOf } from "./graph-answer.ts";
import { openAccess } from "./open-access.ts";
import type { SenderFilter } from "../lib/sender-filter.ts";
import type { Json } from "../meta/read-json.ts";
import type { Services } from "../services.ts";
import type { GraphAnswer } from "./graph-answer.ts";

/** How many numbers are asked for a file that nobody can place. */
const ASK_MAX = 10;
const REMEMBER_MS = 10 * 60_000;
const REMEMBER_MAX = 5_000;
/** Which number answered for a file; the number's object still decides whose it is. */
const remembered = new Map<string, { phoneNumberId: string; until: number }>();

export interface MediaInput {
  partner: string;
  /** Only these numbers' files are looked for. */
  senders: SenderFilter;
  media: string;
  /** The number that the caller says it belongs to. */
  phoneNumberId: string | undefined;
}

/** A file at Meta: what Graph says about it, and the number whose token reads it. */
export interface FoundMedia {
  kind: "found";
  phoneNumberId: string;
  token: string;
  /** Meta's own address of the bytes: 5 min, and only with the token. */
  url: string;
  node: Json;
}

type NotFound = Exclude<FoundMedia | GraphAnswer, FoundMedia>;

/**
 * Finds a file by its id. A media id does not say whose it is, and only the token of its number
 * reads it: the caller may name the number, we may have seen the upload, or the partner's numbers
 * are asked in turn. Graph is always told the number, so that a token that covers more than one
 * partner's accounts finds nothing of the others.
 */
export async function findMedia(
  services: Services,
  input: MediaInput,
): Promise<FoundMedia | NotFound> {
  const named = await nameNumber(services, input);
  if (named !== null) return askNumber(services, input, named);
  const known = recall(services, input);
  if (known !== null) {
    const found = await askNumber(services, input, known);
    if (found.kind === "found") return found;
  }
  const senders = await listConnectedOf(services.registry, input.partner, {
    senders: input.senders,
    limit: ASK_MAX + 1,
  });
  const [only] = senders;
  if (senders.length === 1 && only !== undefined) {
    return askNumber(services, input, only.phoneNumberId);
  }
  return askInTurn(
    services,
    input,
    senders.map((sender) => sender.phoneNumberId),
  );
}

/** The number that the caller or our own book of uploads names. */
async function nameNumber(services: Services, input: MediaInput): Promise<string | null> {
  return input.phoneNumberId ?? findUploader(services.registry, input.partner, input.media);
}

async function askInTurn(
  services: Services,
  input: MediaInput,
  numbers: string[],
): Promise<FoundMedia | NotFound> {
  // A number that could not say leaves it open whether the file is there.
  let unclear: NotFound | null = null;
  for (const number of numbers.slice(0, ASK_MAX)) {
    const answer = await askNumber(services, input, number);
    if (answer.kind === "found") return answer;
    const isAbsent = answer.kind === "refused" && answer.refusal.code === 100;
    if (!isAbsent) unclear ??= answer;
  }
  if (unclear !== null) return unclear;
  const hint =
    numbers.length > ASK_MAX
      ? `Only ${ASK_MAX} of your numbers were asked, the most recently changed first: add ?phone_number_id= with the number that the file belongs to.`
      : "";
  return { kind: "refused", refusal: absent(input.media, hint) };
}

async function askNumber(
  services: Services,
  input: MediaInput,
  phoneNumberId: string,
): Promise<FoundMedia | NotFound> {
  const sender = coversSender(input.senders, phoneNumberId)
    ? await findHeldSender(services.registry, input.partner, phoneNumberId)
    : null;
  // By the id that the caller gave: that of a number that the key is not for stays unsaid.
  if (sender === null) {
    return { kind: "refused", refusal: absent(input.phoneNumberId ?? input.media) };
  }
  const access = await openAccess(services, input.partner, phoneNumberId, "read");
  if (access.kind === "refused") return access;
  const { token } = access;
  const relayed = await services.graph.relay(token, "GET", input.media, {
    query: [["phone_number_id", phoneNumberId]],
  });
  const answer = relayed.kind === "answered" ? asObject(relayed.body) : undefined;
  const error = asObject(answer?.["error"]);
  if (answer === undefined || (error !== undefined && error["code"] !== 100)) {
    return answerOf(services, relayed, token, true);
  }
  const url = asText(answer["url"]);
  // Unknown to Graph, and known to it as another kind of thing, are told apart by nothing: the
  // token may see what is another partner's.
  if (url === undefined || asText(answer["mime_type"]) === undefined) {
    return { kind: "refused", refusal: absent(input.media) };
  }
  remember(services, input, phoneNumberId);
  return { kind: "found", phoneNumberId, token, url, node: answer };
}

function recall(services: Services, input: MediaInput): string | null {
  const known = remembered.get(`${input.partner}|${input.media}`);
  return known !== undefined && known.until > services.now() ? known.phoneNumberId : null;
}

function remember(services: Services, input: MediaInput, phoneNumberId: string): void {
  if (remembered.size >= REMEMBER_MAX) remembered.clear();
  const until = services.now() + REMEMBER_MS;
  remembered.set(`${input.partner}|${input.media}`, { phoneNumberId, until });
}
