import * as z from "zod";
import { at, fits } from "./fits.ts";
import type { adminRoutes } from "../admin.ts";
import type { viewAttempt, viewDelivery, viewReplay, viewStanding } from "../endpoint-views.ts";
import type { viewEndpoint } from "../endpoint-views.ts";
import type { endpointRoutes } from "../endpoints.ts";
import type { AnswerOf } from "./fits.ts";

const fields = {
  id: z.string(),
  url: z.string(),
  description: z.string().nullable(),
  format: z
    .enum(["native", "cloud_api"])
    .describe("`native`: one event a post; `cloud_api`: Meta's own webhook envelope."),
  types: z.array(z.string()).nullable().describe("Only events of these types; null: of all."),
  senders: z.array(z.string()).nullable().describe("Only of these phone_number_ids; null: of all."),
  ordered: z
    .boolean()
    .describe("A sender's events one after the other, by `seq`; else as many at once as go."),
  max_per_second: z.int().nullable().describe("Posts a second at most; null: as you answer."),
  state: z
    .enum(["enabled", "paused", "disabled", "removing"])
    .describe("Only `enabled` is told. Enabled again, it goes on from where it was."),
  state_reason: z
    .enum(["gone", "failing", "partner", "operator"])
    .nullable()
    .describe("`gone`: it answered 410; `failing`: for 5 days; else who did it."),
  state_at: at,
  failing_since: at.nullable().describe("Since then nothing gets through."),
  last_error: z.string().nullable().describe("Why the last failed, such as `http_500`."),
  previous_secret_until: at
    .nullable()
    .describe("Until then posts are signed with the secret before the rotation as well."),
  created_at: at,
};

const EXAMPLE = {
  id: "endpoint_4f7k2m9q8t1v5w3z",
  url: "https://shop.example/hooks/tandem",
  description: "The shop's bot",
  format: "native",
  types: ["message.received", "send.settled"],
  senders: null,
  ordered: true,
  max_per_second: null,
  state: "enabled",
  state_reason: null,
  state_at: "2026-11-22T09:00:00.000Z",
  failing_since: null,
  last_error: null,
  previous_secret_until: null,
  created_at: "2026-11-22T09:00:00.000Z",
} as const;

export const endpoint = fits<ReturnType<typeof viewEndpoint>>()(z.strictObject(fields)).meta({
  id: "Endpoint",
  description: "An address of yours that events are posted to.",
  examples: [EXAMPLE],
});

const secret = z
  .string()
  .describe("Posts are signed with it: `whsec_` and base64 of 32 bytes. Shown this once.");

export const newEndpoint = fits<AnswerOf<typeof endpointRoutes, "/", "$post">>()(
  z.strictObject({ ...fields, secret }),
).meta({ id: "NewEndpoint", examples: [{ ...EXAMPLE, secret: "whsec_…" }] });

export const newSecret = fits<AnswerOf<typeof endpointRoutes, "/:id/rotate-secret", "$post">>()(
  z.strictObject({ id: z.string(), secret, previous_secret_until: at.nullable() }),
).meta({ id: "NewEndpointSecret" });

export const attempt = fits<ReturnType<typeof viewAttempt>>()(
  z.strictObject({
    attempt: z.int().describe("1 is the first."),
    at,
    ms: z.int().describe("Until the status came, or patience ended."),
    status: z.int().nullable().describe("Of HTTP; null: none came."),
    failure: z
      .string()
      .nullable()
      .describe(
        "null: it was taken. Else `http_<status>`, `redirect`, `timeout`, `refused_address`, `connection`.",
      ),
    answer: z.string().nullable().describe("How the answer's body begins: 1,000 bytes of it."),
    replay: z.boolean().describe("It was told again because somebody asked."),
  }),
).meta({
  id: "Attempt",
  description: "One post to an endpoint.",
  examples: [
    {
      attempt: 1,
      at: "2026-11-22T09:12:41.000Z",
      ms: 84,
      status: 500,
      failure: "http_500",
      answer: "database is away",
      replay: false,
    },
  ],
});

const standing = {
  ...fields,
  health: z
    .enum(["healthy", "down"])
    .nullable()
    .describe(
      "`down`: nothing gets through, and it is tried now and then with the oldest event owed. null, like the figures below: it could not be asked now.",
    ),
  owed: z
    .int()
    .nullable()
    .describe("Events between where it is and the newest, those that it does not want too."),
  retrying: z.int().nullable().describe("Events with a retry to come."),
  failed: z.int().nullable().describe("Events that were given up; replay them."),
  forgotten: z
    .strictObject({
      positions: z.int().describe("How many places of the log it passed over unread."),
      at: at.describe("When that was found out last."),
    })
    .nullable()
    .describe(
      "What the log had forgotten before it was told, because it was away for longer than events are kept; null: nothing.",
    ),
  held_up: z
    .strictObject({
      reason: z.enum(["dns_unavailable", "secret_unreadable", "not_posted"]),
      since: at,
    })
    .nullable()
    .describe(
      "What of the gateway's own keeps it from being told anything: its resolver, a secret that does not open, or its storage. It uses up no event's schedule and disables nothing.",
    ),
  last_success_at: at.nullable(),
  last_failure: attempt.nullable(),
  next_attempt_at: at.nullable(),
};

export const endpointStanding = fits<ReturnType<typeof viewStanding>>()(
  z.strictObject(standing),
).meta({ id: "EndpointStanding", description: "An endpoint, and how it stands." });

export const anyEndpoint = fits<
  AnswerOf<typeof adminRoutes, "/endpoints", "$get">["data"][number]
>()(z.strictObject({ ...standing, partner_id: z.string() })).meta({ id: "AnyEndpoint" });

export const delivery = fits<ReturnType<typeof viewDelivery>>()(
  z.strictObject({
    event_id: z.string(),
    type: z.string().describe("Of the event."),
    sender_id: z.string().nullable(),
    seq: z.int(),
    state: z
      .enum(["waiting", "retrying", "failed", "delivered"])
      .describe(
        "`waiting`: its sender's later events wait with it; `retrying`: they go on without it; `failed`: given up.",
      ),
    next_attempt_at: at.nullable(),
    attempts: z.array(attempt).describe("Oldest first."),
  }),
).meta({ id: "Delivery", description: "What became of one event at one endpoint." });

export const retried = fits<
  AnswerOf<typeof endpointRoutes, "/:id/deliveries/:event/retry", "$post">
>()(z.strictObject({ event_id: z.string(), state: z.literal("retrying") }));

export const replay = fits<ReturnType<typeof viewReplay>>()(
  z.strictObject({
    id: z.string(),
    of: z.enum(["failed", "range"]).describe("What was given up, or whatever the log has."),
    state: z
      .enum(["running", "done", "cancelled"])
      .describe("`cancelled`: nothing more of it is told."),
    told: z.int().describe("Told again so far."),
    taken: z.int().describe("Of them, those that you took."),
    created_at: at,
    ended_at: at.nullable(),
  }),
).meta({ id: "Replay" });
