import { Hono } from "hono";
import type { SyncKind } from "../rules/sync-request.ts";
import { refuseSync } from "../rules/sync-request.ts";
import { runContacts } from "../scenarios/contacts-run.ts";
import { runHistory } from "../scenarios/history-run.ts";
import type { World } from "../world.ts";
import { runLater } from "../world.ts";
import { requireNumber } from "./authorize.ts";
import { faulty } from "./faulty.ts";
import { GraphError } from "./graph-error.ts";
import type { GraphEnv } from "./graph-env.ts";
import { readParams } from "./graph-env.ts";

const CONTACTS_AFTER_MS = 50;

/** The two one-shot syncs (protocol.md 1.9); what is asked for starts to come by itself. */
export function smbAppDataRoutes(world: World) {
  return new Hono<GraphEnv>().post(
    "/:phoneId/smb_app_data",
    faulty(world, "smbAppData"),
    async (c) => {
      const business = requireNumber(world, c, c.req.param("phoneId"));
      const params = await readParams(c);
      const kind = params.sync_type;
      if (params.messaging_product !== "whatsapp" || !isSyncKind(kind)) {
        throw new GraphError({
          code: 100,
          details: "messaging_product and a known sync_type are required",
        });
      }
      const { onboarding } = business;
      const refusal = refuseSync(onboarding, kind, world.clock.now());
      if (refusal || !onboarding)
        throw new GraphError(refusal ?? { code: 2593108, details: "Not onboarded" });
      onboarding.spent.add(kind);
      if (kind === "history") {
        runLater(world, business.history.startsAfterMs, () => runHistory(world, business));
      } else {
        runLater(world, CONTACTS_AFTER_MS, () => runContacts(world, business));
      }
      const requestId = crypto.randomUUID();
      onboarding.requests.push(requestId);
      return c.json({ messaging_product: "whatsapp", request_id: requestId });
    },
  );
}

function isSyncKind(kind: unknown): kind is SyncKind {
  return kind === "smb_app_state_sync" || kind === "history";
}
