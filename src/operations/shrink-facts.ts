import { sha256Hex } from "../lib/ids.ts";
import { nestingDepth } from "../lib/nesting-depth.ts";
import { keepUnrouted } from "./keep-unrouted.ts";
import type { RawFact } from "../meta/facts.ts";
import type { RoutedFact } from "../meta/webhook-facts.ts";
import type { Services } from "../services.ts";

/** A row of an object or of D1 holds 2 MB (platform.md 1.2, 1.3; not enforced locally). */
const MAX_BYTES = 1_000_000;
/** SQLite's JSON functions stop at 1,000 levels; nothing that Meta means is deeper than a dozen. */
const MAX_DEPTH = 100;

/** Keeps a body that nobody can walk through: whole in the archive, named among the unrouted. */
export async function keepUnreadable(services: Services, raw: Uint8Array): Promise<void> {
  const hash = sha256Hex(raw);
  const archiveKey = `oversize/${hash}`;
  await services.archive.put(archiveKey, raw);
  const key = `r:${hash.slice(0, 32)}`;
  const fact = {
    kind: "raw",
    key,
    field: "",
    reason: "too_deep",
    raw: { archive_key: archiveKey },
  };
  await keepUnrouted(services, [fact as RawFact], { by: "none" });
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
  if (raw.byteLength < MAX_BYTES && nestingDepth(raw) < MAX_DEPTH) return facts;
  return Promise.all(
    facts.map(async (routed): Promise<RoutedFact> => {
      const json = new TextEncoder().encode(JSON.stringify(routed.fact));
      const tooDeep = nestingDepth(json) >= MAX_DEPTH;
      if (json.byteLength <= MAX_BYTES && !tooDeep) return routed;
      const hash = sha256Hex(json);
      const archiveKey = `oversize/${hash}`;
      await services.archive.put(archiveKey, json);
      return {
        route: routed.route,
        fact: {
          kind: "raw",
          key: `r:${hash.slice(0, 32)}`,
          field: "field" in routed.fact ? routed.fact.field : routed.fact.kind,
          reason: tooDeep ? "too_deep" : "too_large",
          raw: { archive_key: archiveKey },
        },
      };
    }),
  );
}
