/** What the compared Workers read of Meta's envelope. */
export interface Envelope {
  entry: {
    changes: { value: { metadata: { phone_number_id: string }; messages?: { id: string }[] } }[];
  }[];
}

let key: Promise<CryptoKey> | undefined;

/** The parsed body of a webhook, or null where the signature does not hold. */
export async function readSigned(request: Request, appSecret: string): Promise<Envelope | null> {
  const body = await request.arrayBuffer();
  const signature = Buffer.from(
    (request.headers.get("x-hub-signature-256") ?? "").replace("sha256=", ""),
    "hex",
  );
  key ??= crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(appSecret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["verify"],
  );
  if (!(await crypto.subtle.verify("HMAC", await key, signature, body))) return null;
  return JSON.parse(new TextDecoder().decode(body)) as Envelope;
}
