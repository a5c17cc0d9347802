import * as z from "zod";
import {
  apiKey,
  auditEntry,
  doctor,
  features,
  newKey,
  partner,
  secrets,
} from "../../routes/shapes/admin.ts";
import { anyEndpoint } from "../../routes/shapes/endpoint.ts";
import { listOf } from "../../routes/shapes/fits.ts";
import { sender } from "../../routes/shapes/sender.ts";
import { GRANT, ROTATION } from "./keys.ts";
import type { Doors } from "../door.ts";

const PARTNER = {
  name: "As owners read it on the page where they connect.",
  logo_url: "https; shown on that page, loaded by the owner's browser. null: none.",
  media_retention_days: "Files of its numbers are deleted after so many days; null: never by age.",
  message_retention_days:
    "Messages of its numbers, with their files, so many days after they were written; null: never by age.",
};

export const operatorDoors: Doors = {
  "POST /v1/admin/partners": {
    id: "createPartner",
    tag: "Operators",
    summary: "Make a partner",
    answers: { 201: partner },
    fields: PARTNER,
    example: { name: "Bakers United", logo_url: null, media_retention_days: 365 },
  },
  "PATCH /v1/admin/partners/:id": {
    id: "changePartner",
    tag: "Operators",
    summary: "Change a partner",
    answers: { 200: partner },
    fields: PARTNER,
    example: { media_retention_days: 90 },
  },
  "DELETE /v1/admin/partners/:id": {
    id: "removePartner",
    tag: "Operators",
    summary: "Remove a partner that has left",
    description:
      "With its keys, endpoints and signups; those under way are ended at Meta. Refused (`senders`) until each of its numbers is erased. Usage and audit are kept.",
    answers: { 204: { description: "It is gone." } },
    problems: ["conflict"],
    words: { confirm: "The partner's id once more.", reason: "Why; kept in the audit." },
  },
  "GET /v1/admin/partners/:id/keys": {
    id: "listPartnerKeys",
    tag: "Operators",
    summary: "List a partner's keys",
    description: "All of them at once, those that ended too: `next_cursor` is null.",
    answers: { 200: listOf(apiKey) },
  },
  "POST /v1/admin/partners/:id/keys": {
    id: "createPartnerKey",
    tag: "Operators",
    summary: "Make a key of a partner",
    description:
      "With every scope, for all senders and without an end, where the body says nothing.",
    answers: { 201: newKey },
    fields: GRANT,
    example: { name: "backend" },
  },
  "PATCH /v1/admin/partners/:id/keys/:key": {
    id: "changePartnerKey",
    tag: "Operators",
    summary: "Change a partner's key",
    answers: { 200: apiKey },
    fields: GRANT,
    example: { scopes: ["read"] },
  },
  "POST /v1/admin/partners/:id/keys/:key/rotate": {
    id: "rotatePartnerKey",
    tag: "Operators",
    summary: "Give a partner's key a new secret",
    description: "The one before goes on for 24 hours unless told.",
    answers: { 200: newKey },
    fields: ROTATION,
    example: { overlap_hours: 0 },
  },
  "DELETE /v1/admin/partners/:id/keys/:key": {
    id: "revokePartnerKey",
    tag: "Operators",
    summary: "End a partner's key",
    description: "The last one too.",
    answers: { 204: { description: "It is ended." } },
  },
  "GET /v1/admin/endpoints": {
    id: "listAllEndpoints",
    tag: "Operators",
    summary: "List everybody's endpoints, and how they stand",
    answers: { 200: listOf(anyEndpoint) },
    words: { partner: "Only of this partner, all at once." },
  },
  "POST /v1/admin/senders": {
    id: "importSender",
    tag: "Operators",
    summary: "Bring a connected number along",
    answers: { 201: sender },
    problems: ["conflict", "meta_unavailable"],
    fields: {
      partner_id: "Whose number it is to be.",
      phone_number_id: "Meta's id of the number.",
      waba_id: "Its WhatsApp Business account.",
      display_phone_number: "The number as people read it.",
      access_token: "Meta's token with access to the account. It is kept sealed.",
      timezone: "IANA name of the owner's time zone.",
      onboarded_at: "When the owner connected it; where left out, as it is known, or now.",
      mps: "Messages a second at most, up to Meta's ceiling of 20.",
    },
    example: {
      partner_id: "partner_0a1b2c3d4e5f6g7h",
      phone_number_id: "106500000000001",
      waba_id: "206500000000001",
      display_phone_number: "+1 555 010 0001",
      access_token: "EAAB…",
      timezone: "America/New_York",
    },
  },
  "GET /v1/admin/doctor": {
    id: "examineGateway",
    tag: "Operators",
    summary: "Is everything in order?",
    answers: { 200: doctor },
    words: { sender: "A number to look at too." },
  },
  "GET /v1/admin/audit": {
    id: "listAudit",
    tag: "Operators",
    summary: "What operators did, and whose content they looked at",
    description:
      "The newest first; kept. The names of the actions, and what each is, are in docs/audit.md.",
    answers: { 200: listOf(auditEntry) },
    words: {
      operator: "Only by this operator.",
      action: "Only of this name, as `sends.hold`; with those that failed.",
      sender: "Only about this number, by its phone_number_id.",
      partner: "Only about this partner, by its id.",
    },
  },
  "GET /v1/admin/secrets": {
    id: "describeSecrets",
    tag: "Operators",
    summary: "How the gateway's secrets stand, and which old ones may go",
    description: "No secret is in the answer, nor anything that it could be found out from.",
    answers: { 200: secrets },
  },
  "GET /v1/features": {
    id: "listFeatures",
    tag: "Public",
    summary: "What changes in the app once its number is connected",
    answers: { 200: features },
    query: z.object({ locale: z.string().optional() }),
    words: { locale: "Such as `pt-BR`; else `Accept-Language` decides." },
  },
};
