/** A statement as it was prepared, with what was bound to it. */
export interface Recorded {
  sql: string;
  values: unknown[];
}

/** A database that works as ever and notes each statement that is prepared on it. */
export function recordStatements(database: D1Database): {
  database: D1Database;
  statements: Recorded[];
} {
  const statements: Recorded[] = [];
  const recording = new Proxy(database, {
    get(target, name) {
      if (name === "prepare") {
        return (sql: string) => {
          const recorded: Recorded = { sql, values: [] };
          statements.push(recorded);
          const statement = target.prepare(sql);
          const bind = statement.bind.bind(statement);
          statement.bind = (...values: unknown[]) => {
            recorded.values = values;
            return bind(...values);
          };
          return statement;
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  return { database: recording, statements };
}

/** Bytes of the largest text that was bound to any of these. */
export function largestValue(statements: readonly Recorded[]): number {
  const texts = statements
    .flatMap(({ values }) => values)
    .filter((each) => typeof each === "string");
  return Math.max(0, ...texts.map((text) => new TextEncoder().encode(text).byteLength));
}
