import * as z from "zod";
import { readMark, writeMark } from "../database/marks.ts";
import { secretMark } from "../lib/secrets.ts";
import type { Services } from "../services.ts";

const MARK = "secrets.in_force";
/**
 * After a deployment the one before may answer for some seconds more, and it does not know the new
 * secret: nothing that is stored is made over before that is over for certain.
 */
const SETTLED_MS = 5 * 60_000;

const inForceShape = z.record(z.string(), z.object({ mark: z.string(), since: z.number() }));

/** Secrets whose change has consequences for what is stored. */
export type WatchedSecret = "TOKEN_KEYS" | "API_KEY_PEPPER" | "META_APP_SECRET";

/** Since when a secret, as this deployment has it, is in force. */
export interface InForce {
  /** Epoch ms of the first sweep that saw it; null where none has yet. */
  since: number | null;
  /** Whether no deployment that does not know it can be answering any more. */
  isSettled: boolean;
}

/** Notes since when each watched secret is in force. @returns how many are others than before */
export async function noteSecrets(services: Services): Promise<number> {
  const before = await read(services);
  const now = services.now();
  let changed = 0;
  const after = { ...before };
  for (const [name, mark] of Object.entries(marksOf(services))) {
    if (before[name]?.mark === mark) continue;
    after[name] = { mark, since: now };
    changed += 1;
  }
  if (changed > 0) await writeMark(services.registry, MARK, JSON.stringify(after));
  return changed;
}

/** Since when the watched secrets of this deployment are in force. */
export async function readInForce(services: Services): Promise<Record<WatchedSecret, InForce>> {
  const noted = await read(services);
  const marks = marksOf(services);
  const of = (name: WatchedSecret): InForce => {
    const since = noted[name]?.mark === marks[name] ? noted[name].since : null;
    return { since, isSettled: since !== null && services.now() - since >= SETTLED_MS };
  };
  return {
    TOKEN_KEYS: of("TOKEN_KEYS"),
    API_KEY_PEPPER: of("API_KEY_PEPPER"),
    META_APP_SECRET: of("META_APP_SECRET"),
  };
}

function marksOf({ settings, vault }: Services): Record<WatchedSecret, string> {
  return {
    TOKEN_KEYS: vault.kids.join(","), // names, which are no secret
    API_KEY_PEPPER: secretMark(settings.API_KEY_PEPPER),
    META_APP_SECRET: secretMark(settings.META_APP_SECRET),
  };
}

async function read({ registry }: Services): Promise<z.infer<typeof inForceShape>> {
  const text = await readMark(registry, MARK);
  return text === null ? {} : inForceShape.parse(JSON.parse(text));
}
