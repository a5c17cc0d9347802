/** A customer and every key that rows about them may carry. */
export interface NamedPerson {
  person: string;
  keys: readonly string[];
}

/** What a customer wants to be sent, of one category. */
export interface Preference {
  category: string;
  value: string;
  /** Meta's time of the choice (epoch ms). */
  at: number;
}

const keysOf = (persons: readonly NamedPerson[]) =>
  JSON.stringify(persons.flatMap(({ person, keys }) => keys.map((key) => ({ person, key }))));

/** The newest choice of each category, by person; of those who never chose, nothing. */
export async function readPreferences(
  database: D1Database,
  sender: number,
  persons: readonly NamedPerson[],
): Promise<Map<string, Preference[]>> {
  const { results } = await database
    .prepare(
      `SELECT j.value->>'person' AS person, p.category, p.value, p.at FROM json_each(?2) j
       CROSS JOIN preferences p ON p.sender = ?1 AND p.customer = j.value->>'key'
       ORDER BY p.category, p.at, p.value = 'stop'`,
    )
    .bind(sender, keysOf(persons))
    .all<Preference & { person: string }>();
  const byPerson = Map.groupBy(results, ({ person }) => person);
  return new Map(
    [...byPerson].map(([person, rows]) => {
      // Of a category the last is the newest.
      const newest = new Map(
        rows.map(({ category, value, at }) => [category, { category, value, at }]),
      );
      return [person, [...newest.values()]];
    }),
  );
}

/** When the owner last answered each person from the phone (epoch ms); never: absent. */
export async function readHumanReplies(
  database: D1Database,
  sender: number,
  persons: readonly NamedPerson[],
): Promise<Map<string, number>> {
  const { results } = await database
    .prepare(
      `SELECT j.value->>'person' AS person, max(c.last_human_reply_at) AS at FROM json_each(?2) j
       CROSS JOIN conversations c ON c.sender = ?1 AND c.customer = j.value->>'key'
       WHERE c.last_human_reply_at IS NOT NULL
       GROUP BY 1`,
    )
    .bind(sender, keysOf(persons))
    .all<{ person: string; at: number }>();
  return new Map(results.map(({ person, at }) => [person, at]));
}
