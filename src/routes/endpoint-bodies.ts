import * as z from "zod";
import { EVENT_TYPE_NAMES, isEventType } from "../events/type-names.ts";
import { instant } from "./instant.ts";
import type { DeliveryQuery } from "../durable/endpoint-types.ts";

const DESCRIPTION_MAX = 500;
const LIST_MAX = 1_000;
const OVERLAP_MAX_HOURS = 168;

/** Whether they exist is asked of the registry. */
const senders = z
  .array(z.string().min(1).max(200))
  .min(1, "names no sender: leave it out for all of them")
  .max(LIST_MAX);
const types = z
  .array(z.string().max(200))
  .min(1, "names no event type: leave it out for all of them")
  .max(EVENT_TYPE_NAMES.length);
const at = z.string().pipe(instant);

const settings = {
  url: z.string().trim().min(1).max(2_000),
  description: z.string().trim().max(DESCRIPTION_MAX).nullable(),
  types: types.nullable(),
  senders: senders.nullable(),
  ordered: z.boolean(),
  max_per_second: z.number().int().min(1).max(100).nullable(),
};
const verifyToken = z.string().min(1).max(500).optional();

export const newEndpointBody = z
  .strictObject({
    ...settings,
    description: settings.description.default(null),
    format: z.enum(["native", "cloud_api"]).default("native"),
    types: settings.types.default(null),
    senders: settings.senders.default(null),
    ordered: settings.ordered.default(true),
    max_per_second: settings.max_per_second.default(null),
    since: at.optional(),
    /** "paused": it is told from its beginning once it is enabled. */
    state: z.enum(["enabled", "paused"]).default("enabled"),
    verify_token: verifyToken,
  })
  .refine(({ format, verify_token }) => format === "cloud_api" || verify_token === undefined, {
    path: ["verify_token"],
    message: "only endpoints in cloud_api format are verified: leave it out",
  });

export const endpointChange = z
  .strictObject({ ...settings, state: z.enum(["enabled", "paused", "disabled"]) })
  .partial()
  .extend({ verify_token: verifyToken })
  .refine((change) => Object.keys(change).length > 0, "names nothing to change");

export const rotationBody = z.strictObject({
  overlap_hours: z.number().int().min(0).max(OVERLAP_MAX_HOURS).default(24),
});

export const testBody = z.strictObject({
  type: z
    .string()
    .refine(isEventType, "there is no such event type; all of them are at /v1/event-types")
    .optional(),
});

/** One of the two; a union would name no field of what is wrong. */
export const replayBody = z
  .strictObject({
    failed_since: at.optional(),
    since: at.optional(),
    until: at.optional(),
    types: types.nullable().optional(),
    senders: senders.nullable().optional(),
  })
  .superRefine((body, context) => {
    const fault = (field: string, message: string) =>
      context.addIssue({ code: "custom", path: [field], message });
    if (body.failed_since === undefined && body.since === undefined) {
      fault("since", "say from when: failed_since for what failed, or since for everything");
    }
    if (body.failed_since === undefined) {
      if (body.since !== undefined && body.until !== undefined && body.until <= body.since) {
        fault("until", "is not after since");
      }
      return;
    }
    for (const field of ["since", "until", "types", "senders"] as const) {
      if (body[field] !== undefined) fault(field, "does not go with failed_since");
    }
  });

export const deliveriesQuery = z.object({
  state: z.enum(["waiting", "retrying", "failed", "delivered"]).optional(),
  type: z.string().max(200).optional(),
  sender: z.string().max(200).optional(),
  since: instant.optional(),
  until: instant.optional(),
  cursor: z.string().max(1_000).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

/** What the object is asked for a list of deliveries. */
export function toDeliveryQuery({
  sender: senderId,
  ...rest
}: z.output<typeof deliveriesQuery>): DeliveryQuery {
  const fields = Object.entries({ ...rest, senderId }).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(fields), limit: rest.limit };
}
