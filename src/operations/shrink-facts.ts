import { nestingDepth } from "../lib/nesting-depth.ts";
import { READ_LEVELS } from "../meta/read-json.ts";
import { keepOversize, MAX_BYTES } from "./keep-oversize.ts";
import { keepUnrouted } from "./keep-unrouted.ts";
import type { RawFact } from "../meta/facts.ts";
import type { RoutedFact } from "../meta/webhook-facts.ts";
import type { Services } from "../services.ts";

/** SQLite's JSON functions stop at 1,000 levels; nothing that Meta means is deeper than a dozen. */
const MAX_DEPTH = 100;

/** Keeps a body that is no JSON object: whole in the archive, named among the unrouted. */
export async function keepUnreadable(services: Services, raw: Uint8Array): Promise<void> {
  const kept = await keepOversize(services, raw);
  const fact: RawFact = { kind: "raw", ...kept, field: "", reason: "unreadable" };
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
      const kept = await keepOversize(services, json, isCut ? raw : json);
      return {
        route: routed.route,
        fact: {
          kind: "raw",
          ...kept,
          field: "field" in routed.fact ? routed.fact.field : routed.fact.kind,
          reason: tooDeep ? "too_deep" : "too_large",
        },
      };
    }),
  );
}
