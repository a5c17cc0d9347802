import * as z from "zod";
import { at, fits } from "./fits.ts";
import { PROBLEMS } from "../../errors.ts";
import type { graphErrorBody } from "../graph-shape.ts";
import type { problemBody, ProblemCode } from "../../errors.ts";

const CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

export const problem = fits<ReturnType<typeof problemBody>>()(
  z.strictObject({
    type: z.string().describe("Where this code is explained."),
    title: z.string().describe("The same words for each problem of this code."),
    status: z.int(),
    detail: z.string().describe("For people: what is wrong here, and what to do."),
    code: z.enum(CODES).describe("For programs: it does not change."),
    field: z.string().optional().describe("What is at fault, as a path in the body or query."),
    reason: z.string().optional().describe("Which of several, where one code has several."),
    kept_since: at.optional().describe("Of `cursor_expired`: events since then are here."),
    next_cursor: z
      .string()
      .optional()
      .describe("Of `cursor_expired`: where the log begins now; go on with it as `after`."),
    request_id: z.string(),
  }),
).meta({
  id: "Problem",
  description: "RFC 9457. Every code is explained at /docs/problems.",
  examples: [
    {
      type: "https://gateway.example/docs/problems#not_found",
      title: PROBLEMS.not_found.title,
      status: 404,
      detail: "There is no sender with this id.",
      code: "not_found",
      request_id: "0d6e4c1a-7c1f-4d54-9f0e-2f0c1a7f1b11",
    },
  ],
});

/** The part that is always there; Meta's own errors, passed on, have more and other fields. */
type OwnError = ReturnType<typeof graphErrorBody>["error"];

export const graphError = fits<{ error: OwnError }>()(
  z.looseObject({
    error: z.looseObject({
      message: z.string(),
      type: z.string().optional(),
      code: z.int().describe("Meta's code; docs/errors.md says what each means and asks for."),
      error_subcode: z.int().optional(),
      error_data: z
        .looseObject({ messaging_product: z.string().optional(), details: z.string().optional() })
        .optional(),
      is_transient: z.boolean().optional().describe("Whether the same call may pass later."),
      fbtrace_id: z.string().optional().describe("Our request id; in an error of Meta's, Meta's."),
    }),
  }),
).meta({
  id: "GraphError",
  description: "An error in Meta's own shape, ours and Meta's alike.",
  examples: [
    {
      error: {
        message: "(#131047) Re-engagement message",
        type: "OAuthException",
        code: 131047,
        error_data: { messaging_product: "whatsapp", details: "The window is closed." },
        is_transient: false,
        fbtrace_id: "0d6e4c1a-7c1f-4d54-9f0e-2f0c1a7f1b11",
      },
    },
  ],
});
