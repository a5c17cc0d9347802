import { z } from "zod";
import { ROLES } from "../rules/thread-control.ts";

/** What the live functions take; the control API checks its JSON with the same schemas. */
const phone = z.string().regex(/^\+?\d{7,15}$/);
const at = { timestampMs: z.number().optional() };
const mediaTypes = ["image", "video", "audio", "document", "sticker"] as const;

export const customerWritesSchema = z.strictObject({
  /** Phone of the customer; by default the business's first one. */
  from: phone.optional(),
  type: z
    .enum(["text", ...mediaTypes, "location", "contacts", "button", "interactive"])
    .default("text"),
  /** Text, or the caption of a medium. */
  body: z.string().optional(),
  /** Size of the file that comes with it; by default a small one. */
  bytes: z
    .number()
    .int()
    .min(1)
    .max(128 * 1_024 * 1_024)
    .optional(),
  /** The whole part under its type's name, instead of a made-up one. */
  part: z.record(z.string(), z.unknown()).optional(),
  /** The phone is withheld: no `from`, no `wa_id`. */
  bsuidOnly: z.boolean().optional(),
  groupId: z.string().optional(),
  referral: z.record(z.string(), z.unknown()).optional(),
  /** wamid of the message that this one quotes. */
  context: z.strictObject({ id: z.string() }).optional(),
  /** Of an `unavailable-message` whose content comes after all. */
  wamid: z.string().optional(),
  ...at,
});

export const customerComesByAdSchema = z.strictObject({
  from: phone.optional(),
  body: z.string().default("I saw your ad"),
  headline: z.string().default("Half price this week"),
  /** An ad in Status: its referral has no `ctwa_clid`. */
  isInStatus: z.boolean().default(false),
  bsuidOnly: z.boolean().optional(),
  ...at,
});

export const automaticEventSchema = z.strictObject({
  /** The message that began the thread; by default the newest that came by an ad. */
  wamid: z.string().optional(),
  name: z.enum(["LeadSubmitted", "Purchase"]).default("LeadSubmitted"),
  currency: z.string().optional(),
  value: z.number().optional(),
  ...at,
});

export const ownerWritesSchema = z.strictObject({
  to: phone.optional(),
  type: z.enum(["text", ...mediaTypes, "edit", "revoke"]).default("text"),
  body: z.string().optional(),
  /** Which echo an edit or a revoke is about. */
  originalWamid: z.string().optional(),
  bsuidOnly: z.boolean().optional(),
  /** wamid of the message that this one quotes. */
  context: z.strictObject({ id: z.string() }).optional(),
  ...at,
});

export const customerEditsSchema = z.strictObject({
  from: phone.optional(),
  originalWamid: z.string(),
  body: z.string(),
  bsuidOnly: z.boolean().optional(),
  ...at,
});

export const customerRevokesSchema = z.strictObject({
  from: phone.optional(),
  originalWamid: z.string(),
  bsuidOnly: z.boolean().optional(),
  ...at,
});

export const customerReactsSchema = z.strictObject({
  from: phone.optional(),
  to: z.string(),
  /** null takes the reaction back: no `emoji` on the wire. */
  emoji: z.string().nullable().default("\u{1F44D}"),
  bsuidOnly: z.boolean().optional(),
  ...at,
});

export const unavailableMessageSchema = z.strictObject({ from: phone.optional(), ...at });

export const customerMovesSchema = z.strictObject({
  from: phone.optional(),
  newPhone: phone,
  ...at,
});

export const customerRotatesSchema = z.strictObject({ from: phone.optional(), ...at });

export const messageStatusSchema = z.strictObject({
  wamid: z.string(),
  customer: phone.optional(),
  status: z.enum(["sent", "delivered", "read", "played", "failed"]),
  ...at,
});

export const changeContactSchema = z.strictObject({
  phone: phone.optional(),
  action: z.enum(["add", "remove"]).default("add"),
  name: z.string().optional(),
  /** The phone is withheld: only the BSUID says whose contact it is. */
  bsuidOnly: z.boolean().optional(),
  /** Timestamp in milliseconds and not in seconds: both were seen (protocol.md 2.4). */
  isInMs: z.boolean().optional(),
  ...at,
});

export const accountUpdateSchema = z.strictObject({
  event: z.string(),
  /** Further fields of the value, as Meta names them. */
  extra: z.record(z.string(), z.unknown()).optional(),
  /** entry.time in simulated epoch ms; by default now. */
  saidAtMs: z.number().optional(),
  /** A word that comes late, or again: only told, nothing changes at Meta. */
  isLate: z.boolean().optional(),
});

export const removePartnerSchema = z.strictObject({
  /** False: the webhook is about another partner, access stays. */
  really: z.boolean().default(true),
  reason: z.string().optional(),
  initiatedBy: z.enum(["USER", "SYSTEM"]).optional(),
  /** entry.time in simulated epoch ms; by default now. */
  saidAtMs: z.number().optional(),
});

export const openWindowSchema = z.strictObject({
  customer: phone.optional(),
  /** Simulated epoch ms; by default 24 h from now. */
  closesAt: z.number().optional(),
});

export const blockSendsSchema = z.strictObject({
  /** Refuse every send with this code; null ends it. */
  code: z.number().int().nullable(),
});

const role = z.enum(ROLES);

export const responderTakesSchema = z.strictObject({
  customer: phone.optional(),
  /** Of the responder that answers from now on. */
  role: role.default("ai_agent"),
});

export const responderWritesSchema = z.strictObject({
  to: phone.optional(),
  type: z.enum(["text", ...mediaTypes]).default("text"),
  body: z.string().optional(),
  ...at,
});

export const responderPassesSchema = z.strictObject({
  customer: phone.optional(),
  metadata: z.string().max(2_000).optional(),
  /** What was said so far, in the agent's words. */
  summary: z.string().optional(),
});

export type ResponderTakes = z.input<typeof responderTakesSchema>;
export type ResponderWrites = z.input<typeof responderWritesSchema>;
export type ResponderPasses = z.input<typeof responderPassesSchema>;
export type CustomerComesByAd = z.input<typeof customerComesByAdSchema>;
export type AutomaticEvent = z.input<typeof automaticEventSchema>;
export type CustomerWrites = z.input<typeof customerWritesSchema>;
export type OwnerWrites = z.input<typeof ownerWritesSchema>;
export type CustomerEdits = z.input<typeof customerEditsSchema>;
export type CustomerRevokes = z.input<typeof customerRevokesSchema>;
export type CustomerReacts = z.input<typeof customerReactsSchema>;
export type UnavailableMessage = z.input<typeof unavailableMessageSchema>;
export type CustomerMoves = z.input<typeof customerMovesSchema>;
export type CustomerRotates = z.input<typeof customerRotatesSchema>;
export type MessageStatus = z.input<typeof messageStatusSchema>;
export type ChangeContact = z.input<typeof changeContactSchema>;
export type AccountUpdate = z.input<typeof accountUpdateSchema>;
export type RemovePartner = z.input<typeof removePartnerSchema>;
export type OpenWindow = z.input<typeof openWindowSchema>;
export type BlockSends = z.input<typeof blockSendsSchema>;
