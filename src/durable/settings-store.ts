/** Named JSON values of an object, read through memory. */
export class SettingsStore {
  readonly #sql: SqlStorage;
  readonly #values = new Map<string, unknown>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.reread();
  }

  /** What memory holds is what the table does. */
  reread(): void {
    this.#values.clear();
    for (const row of this.#sql.exec<{ name: string; value: string }>(`SELECT * FROM settings`)) {
      this.#values.set(row.name, JSON.parse(row.value));
    }
  }

  /** Memory forgets them; the table is the caller's. */
  clear(): void {
    this.#values.clear();
  }

  get<T>(name: string): T | undefined {
    return this.#values.get(name) as T | undefined;
  }

  set(name: string, value: unknown): void {
    this.#values.set(name, value);
    this.#sql.exec(
      `INSERT INTO settings (name, value) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      name,
      JSON.stringify(value),
    );
  }
}
