import { conversion } from "../../routes/shapes/conversion.ts";
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
    problems: ["conflict", "idempotency_key_reused", "meta_unavailable"],
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
