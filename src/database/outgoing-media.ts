/** Which number uploaded a file: its token reads the id, and no other number's does. */
export async function noteUpload(
  registry: D1Database,
  upload: { sender: number; media: string; type: string; bytes: number; at: number },
): Promise<void> {
  await registry
    .prepare(
      `INSERT INTO outgoing_media (sender, media, type, bytes, at) VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT (media, sender) DO NOTHING`,
    )
    .bind(upload.sender, upload.media, upload.type, upload.bytes, upload.at)
    .run();
}

/** The partner's number that uploaded this file through us and that the partner still holds. */
export async function findUploader(
  registry: D1Database,
  partner: string,
  media: string,
): Promise<string | null> {
  const row = await registry
    .prepare(
      `SELECT s.phone_number_id AS number FROM outgoing_media m JOIN senders s ON s.key = m.sender
       WHERE m.media = ?1 AND s.partner = ?2 AND s.superseded_at IS NULL`,
    )
    .bind(media, partner)
    .first<{ number: string }>();
  return row?.number ?? null;
}

/** Forgets uploads from before: Meta has forgotten them too. @returns how many */
export async function pruneUploads(registry: D1Database, before: number): Promise<number> {
  const { meta } = await registry
    .prepare(`DELETE FROM outgoing_media WHERE at < ?1`)
    .bind(before)
    .run();
  return meta.changes;
}

export async function forgetUpload(
  registry: D1Database,
  partner: string,
  media: string,
): Promise<void> {
  await registry
    .prepare(
      `DELETE FROM outgoing_media
       WHERE media = ?1 AND sender IN (SELECT key FROM senders WHERE partner = ?2)`,
    )
    .bind(media, partner)
    .run();
}
