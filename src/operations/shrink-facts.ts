import { sha256Hex } from "../lib/ids.ts";
import { nestingDepth } from "../lib/nesting-depth.ts";
import { READ_LEVELS } from "../meta/read-json.ts";
import { keepUnrouted } from "./keep-unrouted.ts";
import type { RawFact } from "../meta/facts.ts";
import type { RoutedFact } from "../meta/webhook-facts.ts";
import type { Services } from "../services.ts";

/** A row of an object or of D1 holds 2 MB (platform.md 1.2, 1.3; not enforced locally). */
const MAX_BYTES = 1_000_000;
/** SQLite's JSON functions stop at 1,000 levels; nothing that Meta means is deeper than a dozen. */
const MAX_DEPTH = 100;

/** Keeps a body that is no JSON object: whole in the archive, named among the unrouted. */
export async function keepUnreadable(services: Services, raw: Uint8Array): Promise<void> {
  const { key, archiveKey } = await archive(services, raw);
  const pointer = { archive_key: archiveKey };
  const fact: RawFact = { kind: "raw", key, field: "", reason: "unreadable", raw: pointer };
  await keepUnrouted(services, [fact], { by: "none" });
}

/**
 * Puts facts that fit no row into the archive, whole, and leaves a raw fact in their place that
 * says where: one giant, or one bottomless pit, never keeps its neighbours out.
 *
 * @param raw the webhook's bytes: in a small and shallow one nothing can be large or deep
 */
export async function shrinkFacts(
  services: Services,
  facts: RoutedFact[],
  raw: Uint8Array,
): Promise<RoutedFact[]> {
  if (facts.length === 0) return facts; // bulk history: walking through 3 MB would be for nothing
  const levels = nestingDepth(raw);
  if (raw.byteLength < MAX_BYTES && levels < MAX_DEPTH) return facts;
  return Promise.all(
    facts.map(async (routed): Promise<RoutedFact> => {
      const json = new TextEncoder().encode(JSON.stringify(routed.fact));
      const tooDeep = nestingDepth(json) >= MAX_DEPTH;
      if (json.byteLength <= MAX_BYTES && !tooDeep) return routed;
      // What was cut away when the body was read is in the body alone.
      const isCut = tooDeep && levels > READ_LEVELS;
      const { key, archiveKey } = await archive(services, json, isCut ? raw : json);
      return {
        route: routed.route,
        fact: {
          kind: "raw",
          key,
          field: "field" in routed.fact ? routed.fact.field : routed.fact.kind,
          reason: tooDeep ? "too_deep" : "too_large",
          raw: { archive_key: archiveKey },
        },
      };
    }),
  );
}

/** Keeps `whole` in the archive. @param about the bytes that the fact's key is made of */
async function archive(services: Services, about: Uint8Array, whole = about) {
  const archiveKey = `oversize/${sha256Hex(whole)}`;
  await services.archive.put(archiveKey, whole);
  return { key: `r:${sha256Hex(about).slice(0, 32)}`, archiveKey };
}
