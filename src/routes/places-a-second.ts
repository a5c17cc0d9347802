import * as z from "zod";

/** A sender's own pace. Meta fixes 20 a second for coexistence numbers (protocol.md 3.5). */
export const placesASecond = z.int().min(1).max(20);
