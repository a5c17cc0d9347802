import type * as z from "zod";
import type { ProblemCode } from "../errors.ts";

/*
 * What the OpenAPI document says of each route. The Worker does not load this folder: what a route
 * takes is read off its own validators (routes/validate.ts), the rest stands here.
 */

export const TAGS = {
  Senders: "Connected business numbers: their state, pace, windows and life.",
  Messages: "What was said, both ways; conversations, customers and contacts; files.",
  Sending: "Queued sends: in bulk, one by one, cancelled. Single messages go out by the Cloud API.",
  Events: "What happened, told once per fact and in order per sender.",
  Endpoints:
    "Addresses of yours that events are posted to: signed, in order, again until they are taken.",
  Conversions: "What customers from ads came to, reported to Meta once.",
  History: "Contacts and 180 days of messages, imported once per onboarding.",
  Signup: "Connecting a number: a page for its owner, and what the page does for your own.",
  Keys: "Your own keys: what each may do, for which senders, until when.",
  "Cloud API":
    "Meta's own surface: point a WhatsApp SDK's base URL here. Any version prefix does; the paths below say v24.0. Refusals have Meta's shape and codes.",
  Operators: "Partners, keys, imported numbers, and what was left over. Bearer: an operator token.",
  Public: "No key is asked for.",
} as const;

/** An answer: its shape, or what is not JSON. */
export type Answer =
  | z.ZodType
  | {
      description: string;
      schema?: z.ZodType;
      media?: string;
      example?: unknown;
      /** Another kind of content that may be asked for, as text. */
      orText?: { media: string; example: string };
    };

/** A route, by its method and path as Hono has it: `"GET /v1/senders/:id"`. */
export interface Door {
  /** In generated clients. Unique, camelCase. */
  id: string;
  tag: keyof typeof TAGS;
  summary: string;
  /** Markdown. */
  description?: string;
  answers: { [status: number]: Answer };
  /** Beside what each route can answer (document.ts): key, rate, shape of the request, absence. */
  problems?: readonly ProblemCode[];
  /** A body that no validator of the route shows; `media` where it is not JSON. */
  body?: { schema: z.ZodType; media?: string };
  /** Fields of the body in words, where a name does not say all. */
  fields?: Record<string, string>;
  /** An example of the body. */
  example?: unknown;
  /** A query that no validator of the route shows. */
  query?: z.ZodObject;
  /** Headers it understands, by what they are for. */
  headers?: Record<string, string>;
  /** Parts of the path and the query in words, where the common ones (document.ts) do not do. */
  words?: Record<string, string>;
}

export type Doors = Record<string, Door>;
