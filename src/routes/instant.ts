import * as z from "zod";

const isoTime = z.iso.datetime({ offset: true });

/** An instant of a query: ISO 8601 with an offset, or epoch seconds. Comes out as epoch ms. */
export const instant = z.string().transform((text, context) => {
  if (/^\d{1,11}$/.test(text)) return Number(text) * 1000;
  const at = isoTime.safeParse(text).success ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  context.addIssue({
    code: "custom",
    message:
      "is no instant: write 2026-11-22T09:00:00Z (with Z or an offset; + is %2B), or epoch seconds",
  });
  return z.NEVER;
});
