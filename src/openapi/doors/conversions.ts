import { conversion } from "../../routes/shapes/conversion.ts";
import { CONVERSION_NAMES } from "../../meta/conversion-names.ts";
import { listOf } from "../../routes/shapes/fits.ts";
import { IDEMPOTENCY } from "./sending.ts";
import type { Doors } from "../door.ts";

export const conversionDoors: Doors = {
  "POST /v1/senders/:id/conversions": {
    id: "reportConversion",
    tag: "Conversions",
    summary: "Report what a customer came to",
    description:
      "Meta counts every report, so each is made once: what nobody can say of stays `unknown` and is not sent again. Say whose it is by `customer`, `ctwa_clid` or `detected_in`. Refused with 409, nothing is stored: `reason` is `no_ad_click`, `sender_not_active` or `no_dataset`.",
    answers: {
      201: {
        description: "Meta said what it made of it: `reported` or `refused`.",
        schema: conversion,
      },
      202: {
        description: "Nobody knows yet, or ever: `intended` or `unknown`.",
        schema: conversion,
      },
    },
    headers: IDEMPOTENCY,
    problems: ["conflict", "idempotency_key_reused", "meta_unavailable", "unavailable"],
    fields: {
      name: `One of Meta's: ${CONVERSION_NAMES.map((name) => `\`${name}\``).join(", ")}.`,
      at: "When it happened, at most 7 days ago; now where left out.",
      customer: "A phone number or a BSUID, any that they ever had: their newest click is taken.",
      ctwa_clid: "The click itself, where you have it from elsewhere.",
      currency: "ISO 4217, beside `value`; a `Purchase` needs both.",
      value: "What it was worth, in `currency`.",
      custom_data: "Plain values of your own, at most 30. Nothing about the person.",
      detected_in: "The wamid of a `conversion.detected` that this answers.",
      test_event_code: "Shows it under Test Events at Meta. It counts all the same.",
    },
    example: {
      name: "Purchase",
      customer: "+15550100001",
      currency: "EUR",
      value: 49.9,
      custom_data: { order_id: "1042" },
    },
  },
  "GET /v1/senders/:id/conversions": {
    id: "listConversions",
    tag: "Conversions",
    summary: "List what was reported",
    description: "The newest report first.",
    answers: { 200: listOf(conversion) },
    words: {
      state: "Only in this state.",
      name: "Only of this name.",
      since: "Reported from then on: ISO 8601 with an offset, or epoch seconds.",
    },
  },
  "GET /v1/senders/:id/conversions/:conversion": {
    id: "readConversion",
    tag: "Conversions",
    summary: "Read one conversion",
    answers: { 200: conversion },
  },
};
