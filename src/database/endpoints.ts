import type { Sealed } from "../lib/seal.ts";

/** An endpoint as the registry knows it. */
export interface StoredEndpoint {
  id: string;
  partner: string;
  url: string;
  description: string | null;
  format: "native" | "cloud_api";
  begins: Record<string, number>;
  types: string[] | null;
  senders: string[] | null;
  ordered: boolean;
  maxPerSecond: number | null;
  secret: Sealed;
  previousSecret: Sealed | null;
  previousUntil: number | null;
  state: EndpointState;
  stateReason: StateReason | null;
  stateAt: number;
  failingSince: number | null;
  lastError: string | null;
  createdAt: number;
  version: number;
}

/** "removing": nobody but the sweep sees it any more. */
export type EndpointState = "enabled" | "paused" | "disabled" | "removing";
export type StateReason = "gone" | "failing" | "partner" | "operator";

/** What may be changed of an endpoint; what is not named keeps its value. */
export type EndpointChanges = Partial<
  Pick<
    StoredEndpoint,
    "url" | "description" | "types" | "senders" | "ordered" | "maxPerSecond" | "stateReason"
  > & { state: Exclude<EndpointState, "removing"> }
>;

const COLUMNS = `id, partner, url, description, format, begins, types, senders, ordered,
  max_per_second AS maxPerSecond, secret, previous_secret AS previousSecret,
  previous_until AS previousUntil, state, state_reason AS stateReason, state_at AS stateAt,
  failing_since AS failingSince, last_error AS lastError, created_at AS createdAt, version`;

type Row = Omit<
  StoredEndpoint,
  "begins" | "types" | "senders" | "ordered" | "secret" | "previousSecret"
> & {
  begins: string;
  types: string | null;
  senders: string | null;
  ordered: number;
  secret: string;
  previousSecret: string | null;
};

function endpointOf(row: Row): StoredEndpoint {
  return {
    ...row,
    begins: JSON.parse(row.begins) as Record<string, number>,
    types: row.types === null ? null : (JSON.parse(row.types) as string[]),
    senders: row.senders === null ? null : (JSON.parse(row.senders) as string[]),
    ordered: row.ordered === 1,
    secret: JSON.parse(row.secret) as Sealed,
    previousSecret: row.previousSecret === null ? null : (JSON.parse(row.previousSecret) as Sealed),
  };
}

/** Registers an endpoint. @returns false where its partner has as many as it may already */
export async function insertEndpoint(
  registry: D1Database,
  endpoint: Omit<StoredEndpoint, "version">,
  max: number,
): Promise<boolean> {
  const { meta } = await registry
    .prepare(
      `INSERT INTO endpoints (id, partner, url, description, format, begins, types, senders,
         ordered, max_per_second, secret, state, state_reason, state_at, created_at)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14
       WHERE (SELECT count(*) FROM endpoints WHERE partner = ?2 AND state != 'removing') < ?15`,
    )
    .bind(
      endpoint.id,
      endpoint.partner,
      endpoint.url,
      endpoint.description,
      endpoint.format,
      JSON.stringify(endpoint.begins),
      listText(endpoint.types),
      listText(endpoint.senders),
      endpoint.ordered ? 1 : 0,
      endpoint.maxPerSecond,
      JSON.stringify(endpoint.secret),
      endpoint.state,
      endpoint.stateReason,
      endpoint.createdAt,
      max,
    )
    .run();
  return meta.changes > 0;
}

const listText = (list: string[] | null) => (list === null ? null : JSON.stringify(list));

/** Whoever's it is, also one that is being removed: for the sweep and the object. */
export async function findEndpoint(
  registry: D1Database,
  id: string,
): Promise<StoredEndpoint | null> {
  const row = await registry
    .prepare(`SELECT ${COLUMNS} FROM endpoints WHERE id = ?1`)
    .bind(id)
    .first<Row>();
  return row === null ? null : endpointOf(row);
}

/** A partner's endpoints, the oldest first. */
export async function listEndpoints(
  registry: D1Database,
  partner: string,
): Promise<StoredEndpoint[]> {
  const { results } = await registry
    .prepare(
      `SELECT ${COLUMNS} FROM endpoints WHERE partner = ?1 AND state != 'removing'
       ORDER BY created_at, id`,
    )
    .bind(partner)
    .all<Row>();
  return results.map(endpointOf);
}

/** A page of everybody's endpoints by id. @param after the last id of the page before, or "" */
export async function listAllEndpoints(
  registry: D1Database,
  after: string,
  limit: number,
): Promise<StoredEndpoint[]> {
  const { results } = await registry
    .prepare(
      `SELECT ${COLUMNS} FROM endpoints WHERE id > ?1 AND state != 'removing'
       ORDER BY id LIMIT ?2`,
    )
    .bind(after, limit)
    .all<Row>();
  return results.map(endpointOf);
}

/** Endpoints that a person should look at: given up, or nothing gets through. */
export async function listEndpointsInTrouble(
  registry: D1Database,
  limit: number,
): Promise<(StoredEndpoint & { partnerName: string })[]> {
  const { results } = await registry
    .prepare(
      `SELECT ${COLUMNS}, (SELECT p.name FROM partners p WHERE p.id = endpoints.partner)
         AS partnerName
       FROM endpoints
       WHERE (state = 'disabled' AND state_reason IN ('gone', 'failing'))
         OR (state = 'enabled' AND failing_since IS NOT NULL)
       ORDER BY coalesce(failing_since, state_at) LIMIT ?1`,
    )
    .bind(limit)
    .all<Row & { partnerName: string }>();
  return results.map((row) => ({ ...endpointOf(row), partnerName: row.partnerName }));
}

/** The ids of a partner's endpoints that are told events now. */
export async function listOpenEndpoints(registry: D1Database, partner: string): Promise<string[]> {
  const { results } = await registry
    .prepare(`SELECT id FROM endpoints WHERE partner = ?1 AND state = 'enabled'`)
    .bind(partner)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** Enabled endpoints of these partners by id, so that a sweep can go on where it ended. */
export async function listOpenEndpointsOf(
  registry: D1Database,
  partners: readonly string[],
  after: string,
  limit: number,
): Promise<{ id: string; partner: string }[]> {
  const { results } = await registry
    .prepare(
      `SELECT id, partner FROM endpoints
       WHERE id > ?2 AND state = 'enabled' AND partner IN (SELECT value FROM json_each(?1))
       ORDER BY id LIMIT ?3`,
    )
    .bind(JSON.stringify(partners), after, limit)
    .all<{ id: string; partner: string }>();
  return results;
}

/** Endpoints whose object may not know the latest. */
export async function listUnsettled(
  registry: D1Database,
  after: string,
  limit: number,
): Promise<string[]> {
  const { results } = await registry
    .prepare(`SELECT id FROM endpoints WHERE configured < version AND id > ?1 ORDER BY id LIMIT ?2`)
    .bind(after, limit)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** Notes that the object knows this version. @returns false where there is a later one, or no row */
export async function markConfigured(
  registry: D1Database,
  id: string,
  version: number,
): Promise<boolean> {
  const { meta } = await registry
    .prepare(`UPDATE endpoints SET configured = version WHERE id = ?1 AND version = ?2`)
    .bind(id, version)
    .run();
  return meta.changes > 0;
}

/**
 * Changes what is given. Enabling ends what was said of its failing.
 *
 * @returns the endpoint as it is now, or null where it is gone
 */
export async function updateEndpoint(
  registry: D1Database,
  id: string,
  changes: EndpointChanges,
  now: number,
): Promise<StoredEndpoint | null> {
  // One statement whatever changes: null is a value here, so being named is what counts.
  const row = await registry
    .prepare(
      `UPDATE endpoints SET version = version + 1,
         url = coalesce(?2 ->> 'url', url),
         description = iif(json_type(?2, '$.description') IS NULL, description, ?2 ->> 'description'),
         types = iif(json_type(?2, '$.types') IS NULL, types, ?2 ->> 'types'),
         senders = iif(json_type(?2, '$.senders') IS NULL, senders, ?2 ->> 'senders'),
         ordered = coalesce(?2 ->> 'ordered', ordered),
         max_per_second = iif(json_type(?2, '$.maxPerSecond') IS NULL, max_per_second,
           ?2 ->> 'maxPerSecond'),
         state_at = iif(coalesce(?2 ->> 'state', state) = state, state_at, ?3),
         state_reason = iif(?2 ->> 'state' IS NULL OR ?2 ->> 'state' = state, state_reason,
           ?2 ->> 'stateReason'),
         failing_since = iif(?2 ->> 'state' = 'enabled' AND state != 'enabled', NULL, failing_since),
         last_error = iif(?2 ->> 'state' = 'enabled' AND state != 'enabled', NULL, last_error),
         state = coalesce(?2 ->> 'state', state)
       WHERE id = ?1 AND state != 'removing' RETURNING ${COLUMNS}`,
    )
    .bind(id, JSON.stringify(changes), now)
    .first<Row>();
  return row === null ? null : endpointOf(row);
}

/**
 * A new secret; the one in force signs as well until then.
 *
 * @param previousUntil epoch ms, or null: the old one ends at once
 * @returns false where the endpoint is gone
 */
export async function replaceSecret(
  registry: D1Database,
  id: string,
  secret: Sealed,
  previousUntil: number | null,
): Promise<boolean> {
  const { meta } = await registry
    .prepare(
      `UPDATE endpoints SET version = version + 1, secret = ?2,
         previous_secret = iif(?3 IS NULL, NULL, secret), previous_until = ?3
       WHERE id = ?1 AND state != 'removing'`,
    )
    .bind(id, JSON.stringify(secret), previousUntil)
    .run();
  return meta.changes > 0;
}

/** From now on it is gone for its partner, and to be ended. @returns false where it was before */
export async function markRemoving(
  registry: D1Database,
  id: string,
  now: number,
): Promise<boolean> {
  const { meta } = await registry
    .prepare(
      `UPDATE endpoints SET state = 'removing', state_at = ?2, version = version + 1
       WHERE id = ?1 AND state != 'removing'`,
    )
    .bind(id, now)
    .run();
  return meta.changes > 0;
}

export async function deleteEndpoint(registry: D1Database, id: string): Promise<void> {
  await registry
    .prepare(`DELETE FROM endpoints WHERE id = ?1 AND state = 'removing'`)
    .bind(id)
    .run();
}

/** How an endpoint is, as its object sees it. */
export interface EndpointProjection {
  /** Only where the object itself ends the telling: the receiver is gone, or failed for days. */
  state?: "disabled";
  stateReason?: "gone" | "failing";
  failingSince: number | null;
  lastError: string | null;
}

/**
 * The object's own word on its endpoint; what its partner decided meanwhile stays. The object knows
 * what it says, so it need not be told: the version stays.
 */
export async function projectEndpoint(
  registry: D1Database,
  id: string,
  { state, stateReason, failingSince, lastError }: EndpointProjection,
): Promise<void> {
  await registry
    .prepare(
      `UPDATE endpoints SET failing_since = ?2, last_error = ?3,
         state_at = iif(?4 IS NULL OR state != 'enabled', state_at, ?6),
         state_reason = iif(?4 IS NULL OR state != 'enabled', state_reason, ?5),
         state = iif(state = 'enabled', coalesce(?4, state), state)
       WHERE id = ?1`,
    )
    .bind(id, failingSince, lastError, state ?? null, stateReason ?? null, Date.now())
    .run();
}

/** Which of these numbers are no sender of the partner. */
export async function listStrangers(
  registry: D1Database,
  partner: string,
  phoneNumberIds: readonly string[],
): Promise<string[]> {
  const { results } = await registry
    .prepare(
      `SELECT value FROM json_each(?2) WHERE NOT EXISTS
         (SELECT 1 FROM senders WHERE phone_number_id = value AND partner = ?1)`,
    )
    .bind(partner, JSON.stringify(phoneNumberIds))
    .all<{ value: string }>();
  return results.map(({ value }) => value);
}
