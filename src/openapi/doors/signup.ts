import { confirmed, signupSession } from "../../routes/shapes/signup.ts";
import { listOf } from "../../routes/shapes/fits.ts";
import type { Doors } from "../door.ts";

export const signupDoors: Doors = {
  "POST /v1/signup-sessions": {
    id: "createSignupSession",
    tag: "Signup",
    summary: "Open a signup for an owner",
    description:
      'Send the owner to `url`. With `kind: "reauthorise"` a connected number gets a new token instead.',
    answers: { 201: signupSession },
    problems: ["conflict", "not_found"],
    fields: {
      kind: "`connect` where left out.",
      external_id: "Yours, to know the session again in events.",
      return_url: "Where the page sends the owner at the end.",
      locale: "The page's language, such as `pt-BR`; else the browser's.",
      phone_number: "The number that the owner means to connect, where you know it.",
      phone_number_id: "The connected number that gets a new token.",
    },
    example: {
      external_id: "shop-7",
      phone_number: "+1 555 010 0001",
      return_url: "https://partner.example/connected",
      locale: "en-US",
    },
  },
  "GET /v1/signup-sessions": {
    id: "listSignupSessions",
    tag: "Signup",
    summary: "List signups, newest first",
    answers: { 200: listOf(signupSession) },
  },
  "GET /v1/signup-sessions/:id": {
    id: "readSignupSession",
    tag: "Signup",
    summary: "Read a signup",
    answers: { 200: signupSession },
  },
  "DELETE /v1/signup-sessions/:id": {
    id: "cancelSignupSession",
    tag: "Signup",
    summary: "Cancel a signup",
    answers: { 200: signupSession },
    problems: ["conflict"],
  },
  "POST /v1/signup-sessions/:id/finish": {
    id: "finishSignupSession",
    tag: "Signup",
    summary: "Hand over what Meta's popup gave",
    description:
      "For a popup on a page of your own. The code lives 30 seconds and works once: hand it over at once, and never twice.",
    answers: { 200: signupSession },
    problems: ["conflict", "signup_failed", "meta_unavailable", "unavailable"],
    fields: {
      code: "The popup's code.",
      waba_id: "The account, as the popup's message names it.",
      phone_number_id: "The number, as the popup's message names it.",
    },
    example: { code: "AQD…", waba_id: "206500000000001", phone_number_id: "106500000000001" },
  },
  "POST /v1/signup-sessions/:id/resume": {
    id: "resumeSignupSession",
    tag: "Signup",
    summary: "Go on with a signup that waits for Meta",
    answers: { 200: signupSession },
    problems: ["conflict", "signup_failed", "meta_unavailable", "unavailable"],
  },
  "POST /v1/signup-sessions/:id/confirm": {
    id: "confirmSignupSession",
    tag: "Signup",
    summary: "Confirm the account and connect the number",
    description:
      "Asks Meta for contacts and history, each once per onboarding and within 24 hours, unless `sync` says otherwise.",
    answers: { 200: confirmed },
    problems: ["conflict", "signup_failed", "meta_unavailable", "unavailable"],
    fields: {
      timezone: "IANA name of the owner's time zone.",
      phone_number_id: "Which one, where the session has several `candidates`.",
      sync: "What Meta is asked for: `contacts` and `history`, both where left out.",
      force: "Connects although webhooks are not proven to come, or the credit line is not shared.",
    },
    example: { timezone: "America/New_York", sync: { contacts: true, history: true } },
  },
};
