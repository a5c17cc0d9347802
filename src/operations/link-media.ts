import { createHmac } from "node:crypto";
import { peppersOf, sameSecret } from "../lib/secrets.ts";
import { MEDIA, mediaKey } from "./archive-keys.ts";
import { homeOf } from "./graph-answer.ts";
import type { Services } from "../services.ts";

/** What a link leads to. */
export type ReadLink =
  | { kind: "ok"; key: string; expiresAt: number }
  | { kind: "forged" }
  | { kind: "expired" };

const TOKEN = /^(\d+)\.([0-9a-f]{32})\.([0-9a-z]+)\.([A-Za-z0-9_-]{43})$/;

/**
 * A link to a stored file that opens without a key until `expiresAt` (epoch ms, whole seconds): it
 * names the file by the hash in its key, so nobody's number travels in it, and nothing is stored, so
 * it outlives restarts and ends with the file, its time, or the pepper that it was made with.
 */
export function linkMedia(
  services: Services,
  sender: number,
  wamid: string,
  expiresAt: number,
): string {
  const named = mediaKey(sender, wamid).slice(MEDIA.length).replace("/", ".");
  const claim = `${named}.${Math.floor(expiresAt / 1_000).toString(36)}`;
  const signature = sign(services.settings.API_KEY_PEPPER, claim);
  return `${homeOf(services)}/media/${claim}.${signature}`;
}

/** Reads the token of a link. Whether the file is still there is for the archive to say. */
export function readMediaLink(services: Services, token: string): ReadLink {
  const [, sender, hash, expiry, signature] = TOKEN.exec(token) ?? [];
  if (signature === undefined || expiry === undefined) return { kind: "forged" };
  const claim = token.slice(0, token.lastIndexOf("."));
  const isOurs = peppersOf(services.settings).some((pepper) =>
    sameSecret(signature, sign(pepper, claim)),
  );
  if (!isOurs) return { kind: "forged" };
  const expiresAt = Number.parseInt(expiry, 36) * 1_000;
  if (services.now() >= expiresAt) return { kind: "expired" };
  return { kind: "ok", key: `${MEDIA}${sender}/${hash}`, expiresAt };
}

/** With a key of its own, derived: what is signed here opens nothing else that the pepper guards. */
function sign(pepper: string, claim: string): string {
  const key = createHmac("sha256", pepper).update("tandem|media-link|1").digest();
  return createHmac("sha256", key).update(claim).digest("base64url");
}
