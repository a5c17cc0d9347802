import * as z from "zod";
import type { ExtractSchema } from "hono/types";

/*
 * What routes answer, as zod schemas. The OpenAPI document is made from them, the tests check every
 * answer with them; the Worker itself does not load them.
 */

/**
 * Names a shape, for one definition in the document, and holds it to what the code answers with: a
 * view that has a field more than its shape, or of another type, does not compile.
 */
export function fits<View>() {
  return <S extends z.ZodType>(schema: S & Fit<View, z.output<S>>): S => schema;
}

type Fit<View, Shape> = [View] extends [Shape]
  ? [Exclude<Keys<View>, Keys<Shape>>] extends [never]
    ? unknown
    : { "the shape lacks": Exclude<Keys<View>, Keys<Shape>> }
  : { "the view is of another type than its shape": [View, Shape] };
/** The keys of every member of a union. */
type Keys<T> = T extends unknown ? keyof T : never;

/** What a route answers, as Hono's types know it: for views that are written in the route itself. */
export type AnswerOf<
  Routes,
  Path extends keyof ExtractSchema<Routes>,
  Method extends keyof ExtractSchema<Routes>[Path],
> = ExtractSchema<Routes>[Path][Method] extends { output: infer Output } ? Output : never;

/** An instant: ISO 8601 in UTC, with milliseconds. */
export const at = z.iso.datetime();

/** One page of a list; `next_cursor` is null on the last. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.strictObject({ data: z.array(item), next_cursor: cursor });
}

export const cursor = z
  .string()
  .nullable()
  .describe("Give it as `cursor` for the next page; null: this was the last. Its insides change.");
