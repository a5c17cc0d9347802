import type { ErasedNames } from "./erased-names.ts";

const DEPTH_MAX = 20;
const BSUID = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;

/**
 * Whether something of a form that we do not know names an erased customer, with no later time
 * beside the name. What has no time is taken for old.
 *
 * @param at epoch ms of what stands around it
 */
export function namesErased(erased: ErasedNames, value: unknown, at = 0, depth = 0): boolean {
  if (depth > DEPTH_MAX) return false;
  if (typeof value === "string") {
    if (erased.hasWamid(value)) return true;
    const ref = BSUID.test(value) ? { bsuid: value } : { phone: phoneIn(value) };
    return erased.covers(ref, at);
  }
  if (Array.isArray(value)) return value.some((each) => namesErased(erased, each, at, depth + 1));
  if (typeof value !== "object" || value === null) return false;
  const own = timeOf((value as { timestamp?: unknown }).timestamp) ?? at;
  return Object.entries(value).some(
    ([name, each]) => name !== "timestamp" && namesErased(erased, each, own, depth + 1),
  );
}

function phoneIn(text: string): string | undefined {
  return text.length <= 30 && /^[\d\s+()./-]+$/.test(text) ? text.replace(/\D/g, "") : undefined;
}

/** Unix seconds or milliseconds (protocol.md 6, row 8). */
function timeOf(value: unknown): number | undefined {
  const time = Number(value ?? Number.NaN);
  if (!Number.isFinite(time)) return undefined;
  return time >= 1e12 ? time : time * 1_000;
}
