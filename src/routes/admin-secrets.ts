import { Hono } from "../lib/hono.ts";
import { describeSecrets } from "../operations/describe-secrets.ts";
import { requireOperator } from "./require-operator.ts";
import { iso } from "./views.ts";
import type { SecretsReport } from "../operations/describe-secrets.ts";
import type { AppContext } from "../env.ts";

/** How the gateway's own secrets stand, for operators; none of them is in the answer. */
export const adminSecretRoutes = new Hono<AppContext>()
  .use(requireOperator)
  .get("/", async (c) => c.json(viewSecrets(await describeSecrets(c.var.services))));

function viewSecrets({ tokenKeys, pepper, appSecret, operators, refused }: SecretsReport) {
  return {
    token_keys: {
      in_force_since: iso(tokenKeys.since),
      counted_at: iso(tokenKeys.countedAt),
      counting: tokenKeys.isCounting,
      unopened: tokenKeys.unopened,
      failed: tokenKeys.failed,
      keys: tokenKeys.keys.map(({ kid, state, records, mayBeRemoved }) => ({
        id: kid,
        state,
        records,
        may_be_removed: mayBeRemoved,
      })),
    },
    api_key_pepper: {
      in_force_since: iso(pepper.since),
      keys: pepper.keys,
      previous:
        pepper.previous === null
          ? null
          : {
              links_until: iso(pepper.previous.linksUntil),
              may_be_removed: pepper.previous.mayBeRemoved,
            },
      waiting: pepper.waiting.map(({ id, partner, name, lastUsedAt }) => ({
        id,
        partner_id: partner,
        name,
        last_used_at: iso(lastUsedAt),
      })),
    },
    app_secret: {
      in_force_since: iso(appSecret.since),
      previous:
        appSecret.previous === null
          ? null
          : {
              last_seen_at: iso(appSecret.previous.seenAt),
              may_be_removed: appSecret.previous.mayBeRemoved,
            },
    },
    operators,
    refused: refused.map(({ day, door, count, lastAt }) => ({
      day,
      door,
      count,
      last_at: iso(lastAt),
    })),
  };
}
