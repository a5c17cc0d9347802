/** What the keeper is asked. */
export type Job = { do: "cron" } | { do: "batch"; binding: string; statements: Statement[] };

export interface Statement {
  sql: string;
  values: unknown[];
}
