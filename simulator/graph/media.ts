import { Hono } from "hono";
import type { World } from "../world.ts";
import { answerError } from "./answer-error.ts";
import { covers, requireNumber, requireToken } from "./authorize.ts";
import { faulty } from "./faulty.ts";
import { GraphError } from "./graph-error.ts";
import type { GraphEnv } from "./graph-env.ts";

/** Uploads (protocol.md 3.4); reading and deleting an id is in nodes.ts. */
export function mediaRoutes(world: World) {
  return new Hono<GraphEnv>().post("/:phoneId/media", faulty(world, "media"), async (c) => {
    const business = requireNumber(world, c, c.req.param("phoneId"));
    const form = await c.req.formData();
    const file = form.get("file");
    if (form.get("messaging_product") !== "whatsapp" || !(file instanceof File)) {
      throw new GraphError({ code: 100, details: "messaging_product and file are required" });
    }
    const given = form.get("type");
    const mimeType = (typeof given === "string" && given.includes("/") ? given : file.type) || "";
    if (!mimeType.includes("/"))
      throw new GraphError({ code: 131053, details: "The type is no MIME type" });
    const bytes = Buffer.from(await file.arrayBuffer());
    return c.json({ id: world.media.add(business.wabaId, "upload", mimeType, bytes).id });
  });
}

/** The bytes behind a link, to the same Bearer only; 404 once the link is 5 minutes old (protocol.md 3.4). */
export function mediaDownloadRoutes(world: World) {
  return new Hono<GraphEnv>()
    .get("/attachments", faulty(world, "mediaDownload"), (c) => {
      const token = requireToken(world, c);
      const media = world.media.open(c.req.query("hash") ?? "");
      const owner = media && world.businesses.get(media.wabaId);
      if (!media || !owner || !covers(world, token, owner)) return c.body(null, 404);
      return c.body(new Uint8Array(media.bytes), 200, { "content-type": media.mimeType });
    })
    .onError(answerError(world));
}
