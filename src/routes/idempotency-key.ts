import * as z from "zod";
import { AppError } from "../errors.ts";

export const IDEMPOTENCY_KEY_MAX = 255;

/** A key that names one send: the same key and body again is the same send. */
export const idempotencyKey = z.string().min(1).max(IDEMPOTENCY_KEY_MAX);

/** The key of a call, from its header. @throws AppError naming the header */
export function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined || idempotencyKey.safeParse(header).success) return header;
  throw new AppError(
    "invalid_request",
    `Idempotency-Key must have 1 to ${IDEMPOTENCY_KEY_MAX} characters.`,
    { field: "Idempotency-Key" },
  );
}
