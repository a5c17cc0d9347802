import { Hono } from "hono";
import type { Business } from "../businesses.ts";
import { refuseCredit } from "../rules/credit-line.ts";
import { noAccess } from "../rules/refusal.ts";
import type { World } from "../world.ts";
import { requireToken } from "./authorize.ts";
import { faulty } from "./faulty.ts";
import { GraphError } from "./graph-error.ts";
import type { GraphContext, GraphEnv } from "./graph-env.ts";
import { readParams, textOf } from "./graph-env.ts";

/** The partner's credit line, shared with accounts and taken back (protocol.md 1.7). */
export function creditRoutes(world: World) {
  return new Hono<GraphEnv>()
    .get("/:portfolioId/extendedcredits", faulty(world, "credit"), (c) => {
      requireSystemToken(world, c);
      if (c.req.param("portfolioId") !== world.settings.partnerPortfolioId)
        throw new GraphError(noAccess(c.req.param("portfolioId")));
      return c.json({ data: [{ id: world.settings.creditId, legal_entity_name: "Partner" }] });
    })
    .post("/:creditId/whatsapp_credit_sharing_and_attach", faulty(world, "credit"), async (c) => {
      requireLine(world, c);
      const params = await readParams(c);
      const wabaId = textOf(params.waba_id) ?? "";
      const business = world.businesses.get(wabaId);
      if (!business?.isShared) throw new GraphError(noAccess(wabaId));
      const refusal = refuseCredit(business, textOf(params.waba_currency));
      if (refusal) throw new GraphError(refusal);
      business.allocation ??= {
        id: `58${world.random.digits(13)}`,
        credentialId: `59${world.random.digits(13)}`,
      };
      return c.json({ allocation_config_id: business.allocation.id, waba_id: wabaId });
    })
    .get("/:creditId/owning_credit_allocation_configs", faulty(world, "credit"), (c) => {
      requireLine(world, c);
      const portfolio = c.req.query("receiving_business_id");
      const data = [...world.businesses.values()].flatMap(({ portfolioId, allocation }) =>
        allocation && portfolioId === portfolio
          ? [{ id: allocation.id, receiving_business: { id: portfolioId } }]
          : [],
      );
      return c.json({ data });
    })
    .get("/:id", async (c, next) => {
      const business = findAllocated(world, c.req.param("id"));
      if (!business?.allocation) return next();
      requireSystemToken(world, c);
      const { id, credentialId } = business.allocation;
      return c.json({ id, receiving_credential: { id: credentialId } });
    })
    .delete("/:id", async (c, next) => {
      const business = findAllocated(world, c.req.param("id"));
      if (!business) return next();
      requireSystemToken(world, c);
      delete business.allocation;
      return c.json({ success: true });
    });
}

function findAllocated(world: World, allocationId: string): Business | undefined {
  return [...world.businesses.values()].find(({ allocation }) => allocation?.id === allocationId);
}

function requireLine(world: World, c: GraphContext): void {
  requireSystemToken(world, c);
  const creditId = c.req.param("creditId") ?? "";
  if (creditId !== world.settings.creditId) throw new GraphError(noAccess(creditId));
}

/** A customer's business token has no say over the partner's money. */
function requireSystemToken(world: World, c: GraphContext): void {
  if (requireToken(world, c) === world.settings.systemToken) return;
  throw new GraphError({ code: 10, details: "This call needs the partner's system user token" });
}
