import type { Cleanup } from "./cleanup.ts";

/** What a row is given: how often to repeat, and where to say what must be undone. */
export interface RowOptions {
  rounds: number;
  /** Leaves out what takes long; the figures are then for a look, not for the record. */
  quick: boolean;
  cleanup: Cleanup;
}

/** The one JSON line of a row (design.md, section 8). */
export interface RowResult {
  /** Its number in the table; one beside the table has a letter. */
  row: number | string;
  what: string;
  bar: string;
  /** What it is held against in the same run. */
  beside: string;
  /** The figures in short, for the table of all rows. */
  measured: string;
  /**
   * "no bar": nothing was promised, so nothing can be missed. "broken": it came to no end, and says
   * nothing.
   */
  verdict: "held" | "missed" | "no bar" | "broken";
  /** What the table has no room for, in Markdown. */
  page?: string;
  [figure: string]: unknown;
}

/** A row of the table: measures, prints its table, hands back its lines. */
export type Row = (options: RowOptions) => Promise<RowResult[]>;

/** Of a row that threw. */
export function brokenRow(row: string, err: unknown): RowResult {
  const measured = err instanceof Error ? err.message : String(err);
  return { row, what: "came to no end", bar: "", beside: "", measured, verdict: "broken" };
}

export function verdictOf(held: boolean): "held" | "missed" {
  return held ? "held" : "missed";
}
