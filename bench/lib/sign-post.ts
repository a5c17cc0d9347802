import { createHmac } from "node:crypto";
import type { PreparedPost } from "./post.ts";

/** A webhook's body, signed as Meta signs it, ready to be posted. */
export function signPost(payload: unknown, appSecret: string): PreparedPost {
  const body = Buffer.from(JSON.stringify(payload));
  const signature = createHmac("sha256", appSecret).update(body).digest("hex");
  return {
    body,
    headers: {
      "content-type": "application/json",
      "content-length": String(body.length),
      "x-hub-signature-256": `sha256=${signature}`,
    },
  };
}
