import {
  listSealedEndpoints,
  listSealedSessions,
  listTokenHolders,
  resealEndpoint,
  resealSession,
} from "../database/sealed.ts";
import { errorKind, log } from "../lib/log.ts";
import { endpointBinding, SecretUnopened, sessionBinding } from "../lib/seal.ts";
import { settleEndpoint } from "./settle-endpoint.ts";
import type { SealedEndpoint } from "../database/sealed.ts";
import type { Sealed } from "../lib/seal.ts";
import type { Services } from "../services.ts";

/** Where sealed secrets lie, in the order in which a round goes by them. */
export const SEALED_KINDS = ["senders", "endpoints", "signup_sessions"] as const;
export type SealedKind = (typeof SEALED_KINDS)[number];

/** What a look at one record came to. */
export interface Seen {
  /** Which keys it needs now. */
  kids: string[];
  resealed: boolean;
  /** False: this deployment has not the key. It stays as it is. */
  opens: boolean;
}

/** What a look at some records came to. */
export interface Visit {
  seen: Seen[];
  /** Records that could not be looked at, or whose object could not be told. */
  failed: number;
  /** Behind which the next look begins; null: these were the last. */
  next: string | null;
}

/** So many are looked at in one go: a sender costs one call, an endpoint four. */
const LIMITS = { senders: 100, endpoints: 25, signup_sessions: 100 } as const;
const AT_ONCE = 6;

/**
 * Looks at the next records of a kind: each is opened, and sealed anew where another key than the
 * newest sealed it. Repeatable, and beside everything else: what changes meanwhile is left as it is.
 */
export async function visitSealed(
  services: Services,
  kind: SealedKind,
  after: string,
): Promise<Visit> {
  const { registry } = services;
  switch (kind) {
    case "senders": {
      const rows = await listTokenHolders(registry, Number(after), LIMITS[kind]);
      const look = ({ phoneNumberId }: (typeof rows)[number]) => seeSender(services, phoneNumberId);
      return visit(kind, rows, ({ key }) => String(key), look);
    }
    case "endpoints": {
      const rows = await listSealedEndpoints(registry, after, LIMITS[kind]);
      return visit(
        kind,
        rows,
        ({ id }) => id,
        (row) => seeEndpoint(services, row),
      );
    }
    case "signup_sessions": {
      const rows = await listSealedSessions(registry, after, LIMITS[kind]);
      return visit(
        kind,
        rows,
        ({ id }) => id,
        (row) => seeSession(services, row),
      );
    }
  }
}

async function visit<Row>(
  kind: SealedKind,
  rows: Row[],
  placeOf: (row: Row) => string,
  look: (row: Row) => Promise<Seen | null>,
): Promise<Visit> {
  const seen: Seen[] = [];
  let failed = 0;
  for (let at = 0; at < rows.length; at += AT_ONCE) {
    const looks = rows.slice(at, at + AT_ONCE).map(async (row) => {
      try {
        return await look(row);
      } catch (err) {
        log.warn("secret.not_visited", { reason: kind, error: errorKind(err) });
        return null;
      }
    });
    for (const found of await Promise.all(looks)) {
      if (found === null) failed += 1;
      else seen.push(found);
    }
  }
  const last = rows.length < LIMITS[kind] ? undefined : rows.at(-1);
  return { seen, failed, next: last === undefined ? null : placeOf(last) };
}

async function seeSender(services: Services, phoneNumberId: string): Promise<Seen> {
  const { kid, resealed, opens } = await services.phone(phoneNumberId).reseal();
  return { kids: kid === null ? [] : [kid], resealed, opens };
}

/** @returns null where its object does not know what the row says: the sweep of endpoints tells it */
async function seeEndpoint(services: Services, row: SealedEndpoint): Promise<Seen | null> {
  const secret = JSON.parse(row.secret) as Sealed;
  const isOver = (row.previousUntil ?? 0) <= services.now();
  const previous =
    row.previousSecret === null || isOver ? null : (JSON.parse(row.previousSecret) as Sealed);
  const { vault, registry } = services;
  const binding = endpointBinding(row.partner, row.id);
  try {
    const to = {
      secret: await vault.reseal(secret, binding),
      previousSecret: previous === null ? null : await vault.reseal(previous, binding),
    };
    const isAsItWas = to.secret === secret && to.previousSecret === previous;
    // What lies beside it and is over goes, as nothing would seal it anew.
    const wantsChange = !isAsItWas || (isOver && row.previousSecret !== null);
    if (wantsChange && !(await resealEndpoint(registry, row, to))) return null;
    if ((wantsChange || !row.isConfigured) && !(await settleEndpoint(services, row.id))) {
      return null;
    }
    return { kids: [vault.newest], resealed: !isAsItWas, opens: true };
  } catch (err) {
    if (!(err instanceof SecretUnopened)) throw err;
    const kids = new Set([secret.kid, ...(previous === null ? [] : [previous.kid])]);
    return { kids: [...kids], resealed: false, opens: false };
  }
}

async function seeSession(
  services: Services,
  row: { id: string; token: string },
): Promise<Seen | null> {
  const token = JSON.parse(row.token) as Sealed;
  try {
    const sealed = await services.vault.reseal(token, sessionBinding(row.id));
    if (sealed === token) return { kids: [token.kid], resealed: false, opens: true };
    if (!(await resealSession(services.registry, row, sealed))) return null;
    return { kids: [sealed.kid], resealed: true, opens: true };
  } catch (err) {
    if (!(err instanceof SecretUnopened)) throw err;
    return { kids: [token.kid], resealed: false, opens: false };
  }
}
