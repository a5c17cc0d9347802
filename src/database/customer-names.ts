import { isBsuidKey, nameInKey } from "../lib/customer-key.ts";

/*
 * One customer can be known under several keys: a former number, a BSUID, the other spelling of a
 * number. `customer_keys` points each at the key in force; what is bulk (history) may still lie
 * under a spelling that no object has seen. Here is how SQL brings them together.
 */

/**
 * How else a mobile number of Brazil, Mexico or Argentina is written, as an SQL expression: the rule
 * of `lib/phone-variants.ts`, for lists too long to be sent to the Worker. NULL for all other keys.
 *
 * @param key an SQL expression for a customer's key
 */
export function otherSpelling(key: string): string {
  return `CASE WHEN ${key} GLOB '*[^0-9]*' THEN NULL
    WHEN length(${key}) = 13 AND ${key} GLOB '55??9*' THEN substr(${key}, 1, 4) || substr(${key}, 6)
    WHEN length(${key}) = 12 AND ${key} GLOB '55*'
      THEN substr(${key}, 1, 4) || '9' || substr(${key}, 5)
    WHEN length(${key}) = 13 AND ${key} GLOB '521*' THEN '52' || substr(${key}, 4)
    WHEN length(${key}) = 12 AND ${key} GLOB '52*' THEN '521' || substr(${key}, 3)
    WHEN length(${key}) = 13 AND ${key} GLOB '549*' THEN '54' || substr(${key}, 4)
    WHEN length(${key}) = 12 AND ${key} GLOB '54*' THEN '549' || substr(${key}, 3) END`;
}

/** Of a number with two spellings always the shorter one: what both have in common. */
export function sharedSpelling(key: string): string {
  return `iif(length(${key}) = 13, coalesce(${otherSpelling(key)}, ${key}), ${key})`;
}

/**
 * Rows of a table with a `customer`, each with the key in force and the person behind it: rows of
 * one person are one customer's. Needs the sender as ?1.
 *
 * @param columns further columns of the table, as `t.…`
 */
export function withPerson(table: string, columns: string): string {
  return `SELECT named.*, ${sharedSpelling("named.known")} AS person FROM (
    SELECT ${columns}, coalesce(k.customer, v.customer, t.customer) AS known
    FROM ${table} t
    LEFT JOIN customer_keys k ON k.sender = ?1 AND k.alias = t.customer
    LEFT JOIN customer_keys v ON v.sender = ?1 AND v.alias = ${otherSpelling("t.customer")}
    WHERE t.sender = ?1) named`;
}

/** What is known of a customer, under all of its keys together. */
export interface Profile {
  /** The key in force. */
  customer: string;
  phone: string | null;
  bsuid: string | null;
  /** The name the customer gave itself. */
  name: string | null;
  username: string | null;
  /** The name in the phone's address book, while it is there. */
  contactName: string | null;
  /** Every other key that rows of this customer may carry. */
  aliases: string[];
}

interface NameRow {
  person: string;
  key: string;
  isAlias: number;
  /** Whether other keys point at it. */
  isTarget: number;
  customer: string | null;
  phone: string | null;
  bsuid: string | null;
  name: string | null;
  username: string | null;
  contact: string | null;
  fullName: string | null;
  contactAt: number | null;
  removed: number | null;
}

/** Profiles of persons (`withPerson`), by person. */
export async function readProfiles(
  database: D1Database,
  sender: number,
  persons: string[],
): Promise<Map<string, Profile>> {
  // CROSS JOIN, here and in `listKeys`: from a customer to its names; left alone, SQLite walks
  // through the names of all of the sender's.
  const { results } = await database
    .prepare(
      `WITH wanted AS (SELECT value AS person FROM json_each(?2)),
         spelt AS (
           SELECT person AS key, person FROM wanted
           UNION SELECT ${otherSpelling("person")}, person FROM wanted
             WHERE ${otherSpelling("person")} IS NOT NULL),
         keys AS MATERIALIZED (SELECT k.alias, k.customer, spelt.person FROM spelt
           CROSS JOIN customer_keys k ON k.sender = ?1 AND k.customer = spelt.key),
         aliases AS (SELECT alias AS key FROM keys WHERE alias != customer),
         names AS (SELECT key, person FROM spelt UNION SELECT alias, person FROM keys)
       SELECT n.person, n.key, n.key IN (SELECT key FROM aliases) AS isAlias,
         n.key IN (SELECT customer FROM keys) AS isTarget, cu.customer, cu.phone,
         cu.bsuid, cu.name, cu.username, ct.customer AS contact, ct.full_name AS fullName,
         ct.at AS contactAt, ct.removed
       FROM names n
       LEFT JOIN customers cu ON cu.sender = ?1 AND cu.customer = n.key
       LEFT JOIN contacts ct ON ct.sender = ?1 AND ct.customer = n.key
       ORDER BY n.person, n.key`,
    )
    .bind(sender, JSON.stringify(persons))
    .all<NameRow>();
  const byPerson = Map.groupBy(results, (row) => row.person);
  return new Map([...byPerson].map(([person, rows]) => [person, profileOf(person, rows)]));
}

/** The key in force speaks first; what it lacks is taken from the others. */
function profileOf(person: string, rows: NameRow[]): Profile {
  const seen = rows.filter(
    (row) => row.isAlias + row.isTarget > 0 || row.customer !== null || row.contact !== null,
  );
  const own = seen.filter((row) => row.isAlias === 0);
  const main =
    own.find((row) => row.isTarget === 1) ?? own.find((row) => row.customer !== null) ?? own[0];
  const customer = main?.key ?? person;
  const ordered = main === undefined ? seen : [main, ...seen.filter((row) => row !== main)];
  const numbers = [customer, ...own.map((row) => row.key)].filter(
    (key) => key !== "" && !isBsuidKey(key),
  );
  const first = (read: (row: NameRow) => string | null) =>
    ordered.map(read).find((value) => value !== null) ?? null;
  const listed = ordered
    .filter((row) => row.removed === 0 && row.fullName !== null)
    .sort((left, right) => (right.contactAt ?? 0) - (left.contactAt ?? 0));
  return {
    customer,
    phone: main?.phone ?? nameInKey(numbers[0] ?? "").phone ?? null,
    bsuid: main?.bsuid ?? (isBsuidKey(customer) ? customer : first((row) => row.bsuid)),
    name: first((row) => row.name),
    username: first((row) => row.username),
    contactName: listed[0]?.fullName ?? null,
    aliases: seen.map((row) => row.key).filter((key) => key !== customer),
  };
}

/** Every person of a sender, in the order of their keys. @param after the last one of the page before */
export async function listPersons(
  database: D1Database,
  sender: number,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const { results } = await database
    .prepare(
      `WITH known AS (
         SELECT person FROM (${withPerson("customers", "t.customer")})
         UNION SELECT ${sharedSpelling("customer")} FROM customer_keys WHERE sender = ?1)
       SELECT person FROM known WHERE ?2 IS NULL OR person > ?2 ORDER BY person LIMIT ?3`,
    )
    .bind(sender, after, limit)
    .all<{ person: string }>();
  return results.map((row) => row.person);
}

/**
 * Every key a customer's rows may carry: messages keep the one they were written with. A number that
 * went to another person (lib/customer-key.ts) is the last one's who was seen with it.
 */
export async function listKeys(
  database: D1Database,
  sender: number,
  customer: string,
): Promise<string[]> {
  const { results } = await database
    .prepare(
      `WITH spelt AS (SELECT ?2 AS key UNION SELECT ${otherSpelling("?2")}),
         asked AS (SELECT coalesce((SELECT max(alias) FROM customer_keys WHERE sender = ?1
             AND alias > spelt.key || '~' AND alias < spelt.key || '~~'), spelt.key) AS key
           FROM spelt WHERE spelt.key IS NOT NULL),
         canonical AS (SELECT DISTINCT coalesce(k.customer, asked.key) AS key FROM asked
           LEFT JOIN customer_keys k ON k.sender = ?1 AND k.alias = asked.key),
         other AS (SELECT ${otherSpelling("key")} AS key FROM canonical),
         names AS (
           SELECT key FROM canonical
           UNION SELECT key FROM other WHERE key IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM customer_keys WHERE sender = ?1 AND alias = other.key))
       SELECT key FROM names
       UNION SELECT k.alias FROM names
         CROSS JOIN customer_keys k ON k.sender = ?1 AND k.customer = names.key`,
    )
    .bind(sender, customer)
    .all<{ key: string }>();
  return results.map((row) => row.key);
}

/**
 * The person behind the keys of one customer (`listKeys`), where this sender knows one: who wrote or
 * was written to, or stands in the phone's address book.
 */
export async function findPerson(
  database: D1Database,
  sender: number,
  keys: string[],
): Promise<string | null> {
  const row = await database
    .prepare(
      `SELECT ${sharedSpelling("key")} AS person FROM (
         SELECT coalesce(k.customer, j.value) AS key, k.customer IS NOT NULL AS named
         FROM json_each(?2) j
         LEFT JOIN customer_keys k ON k.sender = ?1 AND k.alias = j.value)
       WHERE EXISTS (SELECT 1 FROM json_each(?2) n
         LEFT JOIN customers cu ON cu.sender = ?1 AND cu.customer = n.value
         LEFT JOIN contacts ct ON ct.sender = ?1 AND ct.customer = n.value
         LEFT JOIN conversations co ON co.sender = ?1 AND co.customer = n.value
         WHERE cu.customer IS NOT NULL OR ct.customer IS NOT NULL OR co.customer IS NOT NULL)
       ORDER BY named DESC, length(key) LIMIT 1`,
    )
    .bind(sender, JSON.stringify(keys))
    .first<{ person: string }>();
  return row?.person ?? null;
}
