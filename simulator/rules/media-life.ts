const DAY_MS = 24 * 60 * 60 * 1000;

/** How long a link to the bytes works, after it was handed out (protocol.md 3.4). */
export const MEDIA_URL_LIFE_MS = 5 * 60_000;
/** How long an id works: one that came in a webhook, and one that was uploaded (protocol.md 3.4). */
export const MEDIA_ID_LIFE_MS = { webhook: 7 * DAY_MS, upload: 30 * DAY_MS } as const;

export type MediaOrigin = keyof typeof MEDIA_ID_LIFE_MS;

/** Whether a media id may still be resolved. `now` simulated epoch ms. */
export function isMediaAlive(
  media: { origin: MediaOrigin; createdAt: number },
  now: number,
): boolean {
  return now - media.createdAt <= MEDIA_ID_LIFE_MS[media.origin];
}

/** Whether a link still serves; Meta answers 404 after that (protocol.md 3.4). */
export function isMediaUrlAlive(url: { issuedAt: number }, now: number): boolean {
  return now - url.issuedAt <= MEDIA_URL_LIFE_MS;
}
