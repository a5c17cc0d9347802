import { Hono } from "../lib/hono.ts";
import { AppError } from "../errors.ts";
import { readMediaLink } from "../operations/link-media.ts";
import { openKeptMedia } from "../operations/open-kept-media.ts";
import { browserHeaders } from "./browser-headers.ts";
import { deletedFile, serveMedia, wantedOf } from "./serve-media.ts";
import type { AppContext } from "../env.ts";

/** A partner's page may show the file; a key's own download is for no page. */
const linkHeaders = browserHeaders({ crossOriginResourcePolicy: "cross-origin" });

/** Files by signed link: whoever has it may see the one file, for as long as the link says. */
export const mediaLinkRoutes = new Hono<AppContext>().use(linkHeaders).get("/:token", async (c) => {
  const link = readMediaLink(c.var.services, c.req.param("token"));
  switch (link.kind) {
    case "forged":
      throw new AppError("link_invalid", "Take the link as it was given, whole and unchanged.");
    case "expired":
      throw new AppError("link_expired", "Ask who gave it to you for a new one.");
    case "ok": {
      const file = await openKeptMedia(c.var.services, link.key, wantedOf(c));
      if (file === null) throw deletedFile();
      return serveMedia(file);
    }
  }
});
