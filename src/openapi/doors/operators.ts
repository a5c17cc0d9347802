import * as z from "zod";
import {
  deadLetter,
  doctor,
  features,
  newKey,
  partner,
  unrouted,
} from "../../routes/shapes/admin.ts";
import { listOf } from "../../routes/shapes/fits.ts";
import { sender } from "../../routes/shapes/sender.ts";
import type { Doors } from "../door.ts";

export const operatorDoors: Doors = {
  "POST /v1/admin/partners": {
    id: "createPartner",
    tag: "Operators",
    summary: "Make a partner",
    answers: { 201: partner },
    example: { name: "Bakers United", logo_url: null, media_retention_days: 365 },
  },
  "PATCH /v1/admin/partners/:id": {
    id: "changePartner",
    tag: "Operators",
    summary: "Change a partner",
    answers: { 200: partner },
    example: { media_retention_days: 90 },
  },
  "POST /v1/admin/partners/:id/keys": {
    id: "createPartnerKey",
    tag: "Operators",
    summary: "Make a key of a partner",
    answers: { 201: newKey },
    example: { name: "backend" },
  },
  "POST /v1/admin/senders": {
    id: "importSender",
    tag: "Operators",
    summary: "Bring a connected number along",
    answers: { 201: sender },
    problems: ["conflict", "meta_unavailable"],
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
  "GET /v1/admin/unrouted": {
    id: "listUnrouted",
    tag: "Operators",
    summary: "The newest 100 items that nobody could use",
    answers: { 200: listOf(unrouted) },
  },
  "GET /v1/admin/dead-letters": {
    id: "listDeadLetters",
    tag: "Operators",
    summary: "The newest 100 things that failed for good",
    answers: { 200: listOf(deadLetter) },
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
