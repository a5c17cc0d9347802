import { Hono } from "hono";
import type { Media } from "../media-store.ts";
import { refuseUpload } from "../rules/media-size.ts";
import type { World } from "../world.ts";
import { answerError } from "./answer-error.ts";
import { covers, requireNumber, requireToken } from "./authorize.ts";
import { faulty } from "./faulty.ts";
import { GraphError } from "./graph-error.ts";
import type { GraphContext, GraphEnv } from "./graph-env.ts";
import { readParams } from "./graph-env.ts";

/** Uploads (protocol.md 3.4); reading and deleting an id is in nodes.ts. */
export function mediaRoutes(world: World) {
  return new Hono<GraphEnv>().post("/:phoneId/media", faulty(world, "media"), async (c) => {
    const business = requireNumber(world, c, c.req.param("phoneId"));
    // Fields beside the file may stand in the query, as everywhere at Graph.
    const { messaging_product: product, type: given, file } = await readParams(c);
    if (product !== "whatsapp" || !(file instanceof File)) {
      throw new GraphError({ code: 100, details: "messaging_product and file are required" });
    }
    const mimeType = (typeof given === "string" && given.includes("/") ? given : file.type) || "";
    if (!mimeType.includes("/"))
      throw new GraphError({ code: 131053, details: "The type is no MIME type" });
    const refusal = refuseUpload(mimeType, file.size);
    if (refusal) throw new GraphError(refusal);
    const bytes = Buffer.from(await file.arrayBuffer());
    return c.json({ id: world.media.add(business.wabaId, "upload", mimeType, bytes).id });
  });
}

/** The whole file, or the one range that is asked for. */
function serve(c: GraphContext, { bytes, mimeType }: Media): Response {
  const headers = { "content-type": mimeType, "accept-ranges": "bytes" };
  const range = /^bytes=(\d+)-(\d*)$/.exec(c.req.header("range") ?? "");
  if (!range) return c.body(new Uint8Array(bytes), 200, headers);
  const from = Number(range[1]);
  const to = Math.min(range[2] ? Number(range[2]) : bytes.length, bytes.length - 1);
  if (from > to) return c.body(null, 416, { "content-range": `bytes */${bytes.length}` });
  const contentRange = `bytes ${from}-${to}/${bytes.length}`;
  const part = new Uint8Array(bytes.subarray(from, to + 1));
  return c.body(part, 206, { ...headers, "content-range": contentRange });
}

/** The bytes behind a link, to the same Bearer only; 404 once the link is 5 minutes old (protocol.md 3.4). */
export function mediaDownloadRoutes(world: World) {
  return new Hono<GraphEnv>()
    .get("/attachments", faulty(world, "mediaDownload"), (c) => {
      const token = requireToken(world, c);
      const media = world.media.open(c.req.query("hash") ?? "");
      const owner = media && world.businesses.get(media.wabaId);
      if (!media || !owner || !covers(world, token, owner)) return c.body(null, 404);
      return serve(c, media);
    })
    .onError(answerError(world));
}
