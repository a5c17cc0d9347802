import { sha256Hex } from "../lib/ids.ts";
import type { RoutedFact } from "../meta/webhook-facts.ts";
import type { Services } from "../services.ts";

/** A row of an object or of D1 holds 2 MB (platform limit, not enforced locally); half is for safety. */
const MAX_CHARS = 1_000_000;

/**
 * Puts facts that fit no row into the archive, whole, and leaves a raw fact in their place that
 * says where: one giant never keeps its neighbours out.
 *
 * @param bodyBytes size of the webhook: in a small one nothing can be large
 */
export async function shrinkFacts(
  services: Services,
  facts: RoutedFact[],
  bodyBytes: number,
): Promise<RoutedFact[]> {
  if (bodyBytes < MAX_CHARS) return facts;
  return Promise.all(
    facts.map(async (routed): Promise<RoutedFact> => {
      const json = JSON.stringify(routed.fact);
      if (json.length <= MAX_CHARS) return routed;
      const hash = sha256Hex(json);
      const archiveKey = `oversize/${hash}`;
      await services.archive.put(archiveKey, json);
      return {
        route: routed.route,
        fact: {
          kind: "raw",
          key: `r:${hash.slice(0, 32)}`,
          field: "field" in routed.fact ? routed.fact.field : routed.fact.kind,
          reason: "too_large",
          raw: { archive_key: archiveKey },
        },
      };
    }),
  );
}
