import * as z from "zod";

export const IDEMPOTENCY_KEY_MAX = 255;

/** A key that names one send: the same key and body again is the same send. */
export const idempotencyKey = z.string().min(1).max(IDEMPOTENCY_KEY_MAX);
