import { apiKey, newKey } from "../../routes/shapes/admin.ts";
import { listOf } from "../../routes/shapes/fits.ts";
import type { Doors } from "../door.ts";

/** Of bodies that say what a key may. */
export const GRANT = {
  name: "To tell keys apart.",
  scopes: "What it opens; no scope contains another.",
  senders: "Only these numbers, by phone_number_id; null: all, those to come too.",
  expires_at: "null: it holds until it is revoked.",
};
export const ROTATION = { overlap_hours: "How long the secret before goes on; 0 ends it at once." };

export const keyDoors: Doors = {
  "GET /v1/keys": {
    id: "listKeys",
    tag: "Keys",
    summary: "List your keys",
    description: "All of them at once, those that ended too: `next_cursor` is null.",
    answers: { 200: listOf(apiKey) },
  },
  "POST /v1/keys": {
    id: "createKey",
    tag: "Keys",
    summary: "Make a key",
    description:
      "Never with more than the key that makes it: no other scope, no later end; a hundred in force at most. Its text is in this answer alone.",
    answers: { 201: newKey },
    problems: ["conflict"],
    fields: {
      ...GRANT,
      expires_at: "null: it holds until it is revoked. Left out: as long as the key that makes it.",
    },
    example: { name: "bot", scopes: ["read", "send"], senders: ["106500000000001"] },
  },
  "PATCH /v1/keys/:key": {
    id: "changeKey",
    tag: "Keys",
    summary: "Change a key",
    description: "What is left out stays. Known everywhere within 30 seconds.",
    answers: { 200: apiKey },
    problems: ["conflict"],
    fields: GRANT,
    example: { expires_at: "2027-01-01T00:00:00Z" },
  },
  "POST /v1/keys/:key/rotate": {
    id: "rotateKey",
    tag: "Keys",
    summary: "Give a key a new secret",
    description: "Under the same id; the one before goes on for 24 hours unless told.",
    answers: { 200: newKey },
    fields: ROTATION,
    example: { overlap_hours: 1 },
  },
  "DELETE /v1/keys/:key": {
    id: "revokeKey",
    tag: "Keys",
    summary: "End a key",
    description: "The last key with `manage` for all senders stays: make another one first.",
    answers: { 204: { description: "It is ended." } },
    problems: ["conflict"],
  },
};
