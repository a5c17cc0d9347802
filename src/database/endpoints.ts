/** What an endpoint's object says of it to the registry. */
export interface EndpointProjection {
  state?: "disabled";
  stateReason?: "gone" | "failing";
  /** Epoch ms; null: it is well. */
  failingSince: number | null;
  lastError: string | null;
}

/** Notes how an endpoint is, for those who list them. */
export async function projectEndpoint(
  registry: D1Database,
  id: string,
  { state, stateReason, failingSince, lastError }: EndpointProjection,
): Promise<void> {
  await registry
    .prepare(
      `UPDATE endpoints SET failing_since = ?2, last_error = ?3,
         state_at = CASE WHEN ?4 IS NULL OR ?4 = state THEN state_at ELSE ?6 END,
         state = coalesce(?4, state),
         state_reason = CASE WHEN ?4 IS NULL THEN state_reason ELSE ?5 END
       WHERE id = ?1`,
    )
    .bind(id, failingSince, lastError, state ?? null, stateReason ?? null, Date.now())
    .run();
}
