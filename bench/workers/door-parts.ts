/*
 * What the door does with a large body, part by part: reading it (/read), its signature (/hmac),
 * one put into a bucket (/put). Row 4 holds the whole door against them.
 */

interface DoorPartsEnv {
  META_APP_SECRET: string;
  ARCHIVE: R2Bucket;
}

let key: Promise<CryptoKey> | undefined;
let puts = 0;

export default {
  async fetch(request, env) {
    const body = await request.arrayBuffer();
    switch (new URL(request.url).pathname) {
      case "/read":
        return new Response(null, { status: body.byteLength > 0 ? 200 : 400 });
      case "/hmac":
        return new Response(null, { status: (await isSigned(request, body, env)) ? 200 : 401 });
      case "/put":
        await env.ARCHIVE.put(`bodies/${Date.now()}-${puts++}`, body);
        return new Response(null, { status: 200 });
      default:
        return new Response(null, { status: 404 });
    }
  },
} satisfies ExportedHandler<DoorPartsEnv>;

function isSigned(request: Request, body: ArrayBuffer, env: DoorPartsEnv): Promise<boolean> {
  key ??= crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(env.META_APP_SECRET),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["verify"],
  );
  const header = request.headers.get("x-hub-signature-256") ?? "";
  const signature = Buffer.from(header.replace("sha256=", ""), "hex");
  return key.then((imported) => crypto.subtle.verify("HMAC", imported, signature, body));
}
