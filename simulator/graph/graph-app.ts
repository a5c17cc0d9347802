import { Hono } from "hono";
import { realNow } from "../clock.ts";
import { noAccess } from "../rules/refusal.ts";
import type { World } from "../world.ts";
import { answerError } from "./answer-error.ts";
import { GraphError } from "./graph-error.ts";
import { creditRoutes } from "./credit-lines.ts";
import { datasetRoutes } from "./datasets.ts";
import type { GraphEnv } from "./graph-env.ts";
import { mediaRoutes } from "./media.ts";
import { messageRoutes } from "./messages.ts";
import { templateRoutes } from "./message-templates.ts";
import { nodeRoutes } from "./nodes.ts";
import { oauthRoutes } from "./oauth.ts";
import { registrationRoutes } from "./registration.ts";
import { smbAppDataRoutes } from "./smb-app-data.ts";
import { subscribedAppsRoutes } from "./subscribed-apps.ts";
import { subscriptionRoutes } from "./subscriptions.ts";
import { threadControlRoutes } from "./thread-control.ts";

/** The Graph API under any version prefix, one file a noun, every "no" in Meta's envelope. */
export function graphApp(world: World) {
  return new Hono<GraphEnv>()
    .use(async (c, next) => {
      c.set("arrivedAt", realNow());
      await next();
    })
    .route("/", oauthRoutes(world))
    .route("/", messageRoutes(world))
    .route("/", smbAppDataRoutes(world))
    .route("/", subscribedAppsRoutes(world))
    .route("/", subscriptionRoutes(world))
    .route("/", mediaRoutes(world))
    .route("/", templateRoutes(world))
    .route("/", registrationRoutes(world))
    .route("/", threadControlRoutes(world))
    .route("/", creditRoutes(world))
    .route("/", datasetRoutes(world))
    .route("/", nodeRoutes(world))
    .all("*", (c) => {
      throw new GraphError(noAccess(c.req.path), 404);
    })
    .onError(answerError(world));
}
