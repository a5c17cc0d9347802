import { listKeysByPepper } from "../database/api-keys.ts";
import { listRefusals } from "../database/refusals.ts";
import { listOperators } from "../lib/operators.ts";
import { secretMark } from "../lib/secrets.ts";
import { whenOldAppSecretSeen } from "./note-old-app-secret.ts";
import { readInForce } from "./note-secrets.ts";
import { countUnder, isKeyUnused, readSealedRounds } from "./sweep-sealed.ts";
import { SEALED_KINDS } from "./visit-sealed.ts";
import type { PepperedKey } from "../database/api-keys.ts";
import type { Refusals } from "../database/refusals.ts";
import type { Services } from "../services.ts";
import type { SealedKind } from "./visit-sealed.ts";

const DAY_MS = 86_400_000;
/** The longest that a link which the pepper signed opens: one to a file (routes/media.ts). */
const LINKS_MS = 30 * DAY_MS;
/** Meta delivers a webhook again for so long (protocol.md 2.1). */
const REPEATED_MS = 7 * DAY_MS;
const REFUSED_DAYS = 7;

/** Of one key of TOKEN_KEYS, or of one that is not there any more and is needed. */
export interface TokenKey {
  kid: string;
  /** The newest seals, the others only open; "gone": it is not in TOKEN_KEYS. */
  state: "newest" | "older" | "gone";
  records: Record<SealedKind, number>;
  mayBeRemoved: boolean;
}

/** How the gateway's secrets stand, without any of them. Times are epoch ms. */
export interface SecretsReport {
  tokenKeys: {
    since: number | null;
    /** When everything was counted last; null: not yet. */
    countedAt: number | null;
    isCounting: boolean;
    /** Records that do not open: a key of theirs is gone, or is another under the same name. */
    unopened: number;
    /** Records that could not be looked at; the next round tries again. */
    failed: number;
    keys: TokenKey[];
  };
  pepper: {
    since: number | null;
    /** Keys in force by the pepper that they need; `lost`: one that this gateway does not have. */
    keys: { current: number; previous: number; lost: number };
    /** Keys that were not used since: the most recently used first, a hundred at most. */
    waiting: PepperedKey[];
    /** Null: there is no previous one. */
    previous: { linksUntil: number | null; mayBeRemoved: boolean } | null;
  };
  appSecret: {
    since: number | null;
    previous: { seenAt: number | null; mayBeRemoved: boolean } | null;
  };
  operators: { name: string; tokens: number }[];
  refused: Refusals[];
}

/** What each rotation has come to, and what may go (docs/operating.md, "Keys and secrets"). */
export async function describeSecrets(services: Services): Promise<SecretsReport> {
  const { settings, registry } = services;
  const now = services.now();
  const [inForce, rounds, peppered, seenAt, refused] = await Promise.all([
    readInForce(services),
    readSealedRounds(services),
    listKeysByPepper(registry, secretMark(settings.API_KEY_PEPPER), now),
    whenOldAppSecretSeen(services),
    listRefusals(registry, now - (REFUSED_DAYS - 1) * DAY_MS),
  ]);
  const names = listOperators(settings.OPERATOR_TOKENS).map(({ name }) => name);
  return {
    tokenKeys: describeTokenKeys(services, inForce.TOKEN_KEYS.since, rounds),
    pepper: describePepper(services, inForce.API_KEY_PEPPER.since, peppered, now),
    appSecret: describeAppSecret(services, inForce.META_APP_SECRET.since, seenAt, now),
    operators: [...new Set(names)].map((name) => ({
      name,
      tokens: names.filter((each) => each === name).length,
    })),
    refused,
  };
}

function describeTokenKeys(
  services: Services,
  since: number | null,
  { last, isUnderWay }: Awaited<ReturnType<typeof readSealedRounds>>,
): SecretsReport["tokenKeys"] {
  const { kids, newest } = services.vault;
  const needed = Object.values(last?.counts ?? {}).flatMap((byKid) => Object.keys(byKid));
  const keys = [...new Set([...kids, ...needed])].map((kid): TokenKey => {
    const state = kid === newest ? "newest" : kids.includes(kid) ? "older" : "gone";
    const records = Object.fromEntries(
      SEALED_KINDS.map((kind) => [kind, last?.counts[kind]?.[kid] ?? 0]),
    ) as Record<SealedKind, number>;
    const mayBeRemoved = state === "older" && isKeyUnused(services, last, since, kid);
    return { kid, state, records, mayBeRemoved };
  });
  return {
    since,
    countedAt: last?.endedAt ?? null,
    isCounting: isUnderWay,
    unopened: last?.unopened ?? 0,
    failed: last?.failed ?? 0,
    // One that is gone and that nothing needs is no news.
    keys: keys.filter(({ kid, state }) => state !== "gone" || (last && countUnder(last, kid) > 0)),
  };
}

function describePepper(
  { settings }: Services,
  since: number | null,
  { counts, waiting }: Awaited<ReturnType<typeof listKeysByPepper>>,
  now: number,
): SecretsReport["pepper"] {
  const previous = settings.API_KEY_PEPPER_PREVIOUS;
  const marks = {
    current: secretMark(settings.API_KEY_PEPPER),
    previous: previous === undefined ? null : secretMark(previous),
  };
  const countOf = (mark: string | null) => (mark === null ? 0 : (counts.get(mark) ?? 0));
  const keys = {
    current: countOf(marks.current),
    previous: countOf(marks.previous),
    lost: [...counts]
      .filter(([mark]) => mark !== marks.current && mark !== marks.previous)
      .reduce((sum, [, count]) => sum + count, 0),
  };
  const linksUntil = since === null ? null : since + LINKS_MS;
  return {
    since,
    keys,
    waiting,
    previous:
      previous === undefined
        ? null
        : {
            linksUntil,
            mayBeRemoved: keys.previous === 0 && linksUntil !== null && linksUntil <= now,
          },
  };
}

function describeAppSecret(
  { settings }: Services,
  since: number | null,
  seenAt: number | null,
  now: number,
): SecretsReport["appSecret"] {
  if (settings.META_APP_SECRET_PREVIOUS === undefined) return { since, previous: null };
  // Meta signs what it repeats with the secret of the time, or with that of the first try: nobody says.
  const isOver = since !== null && since + REPEATED_MS <= now;
  const isQuiet = seenAt === null || seenAt + DAY_MS <= now;
  return { since, previous: { seenAt, mayBeRemoved: isOver && isQuiet } };
}
