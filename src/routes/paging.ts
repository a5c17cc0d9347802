import * as z from "zod";
import { AppError } from "../errors.ts";
import { readCursor, writeCursor } from "../lib/cursor.ts";

/** The query of every list that is read in pages. */
export const pageQuery = z.object({
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

/** A cursor of `nextCursor`, or null for the first page. @throws AppError naming the field */
export function openCursor<T extends z.ZodType>(
  schema: T,
  cursor: string | undefined,
): z.infer<T> | null {
  if (cursor === undefined) return null;
  const result = schema.safeParse(readCursor(cursor));
  if (!result.success) {
    throw new AppError(
      "invalid_request",
      "cursor: take it from next_cursor of the last page, asked for in the same way.",
      { field: "cursor" },
    );
  }
  return result.data;
}

/** Where the next page begins, made from the last row of a full one; null where this is the last. */
export function nextCursor<T>(rows: T[], limit: number, place: (last: T) => object): string | null {
  const last = rows.length < limit ? undefined : rows.at(-1);
  return last === undefined ? null : writeCursor(place(last));
}
