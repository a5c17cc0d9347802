import { sha256Hex } from "../lib/ids.ts";
import { OVERSIZE } from "./archive-keys.ts";
import type { Services } from "../services.ts";

/** A row of an object or of D1 holds 2 MB (platform.md 1.2, 1.3; not enforced locally). */
export const MAX_BYTES = 1_000_000;

/**
 * Keeps what fits no row in the archive: the same bytes, however often they come, once.
 *
 * @param about the bytes that the item's key is made of
 * @param whole the bytes that are kept
 * @param owner whose copy it is: another sender with the same item has one of its own
 * @returns that key, and what its row has in the place of the bytes
 */
export async function keepOversize(
  services: Services,
  about: string | Uint8Array,
  whole = about,
  owner?: number,
): Promise<{ key: string; raw: { archive_key: string } }> {
  const archiveKey = oversizeKey(whole, owner);
  await services.archive.put(archiveKey, whole);
  return { key: `r:${sha256Hex(about).slice(0, 32)}`, raw: { archive_key: archiveKey } };
}

/** Where a copy lies. */
export function oversizeKey(whole: string | Uint8Array, owner?: number): string {
  return `${OVERSIZE}${owner === undefined ? "" : `${owner}/`}${sha256Hex(whole)}`;
}
