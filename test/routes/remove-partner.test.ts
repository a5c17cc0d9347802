import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { listAudit } from "../../src/database/audit.ts";
import { openSignup } from "../../src/operations/open-signup.ts";
import { signIn } from "../support/console.ts";
import { erasureRests } from "../support/erasures.ts";
import { graph } from "../support/graph-stub.ts";
import { seedEndpoint } from "../support/registered-endpoints.ts";
import {
  call,
  importNumber,
  newNumber,
  seedPartner,
  seedSender,
  services,
} from "../support/seed.ts";
import { openSession } from "../support/signups.ts";
import type { Partner } from "../support/seed.ts";

let partner: Partner;

beforeEach(async () => {
  partner = await seedPartner();
});

const admin = (method: string, path: string) =>
  call(`/v1/admin${path}`, { method, headers: { authorization: "Bearer test-operator-token" } });

const remove = ({ id }: Partner, confirm = id) =>
  admin("DELETE", `/partners/${id}?confirm=${confirm}&reason=It%20left.`);

async function rowsOf({ id }: Partner): Promise<Record<string, number>> {
  const tables = ["api_keys", "signup_sessions", "datasets", "endpoints"];
  const counts = tables.map(async (table) => {
    const sql = `SELECT count(*) AS n FROM ${table} WHERE partner = ?`;
    return [table, (await env.DB.prepare(sql).bind(id).first<{ n: number }>())?.n ?? -1] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

const audit = async () =>
  (await listAudit(env.DB, { after: null, limit: 50, action: "partner.remove" })).map(
    ({ action, partner: of, detail }) => ({ action, of, detail }),
  );

describe("a partner that has left", () => {
  it("is gone with its keys, endpoints and signups, and nobody else's", async () => {
    const other = await seedSender();
    await seedEndpoint(other.partner);
    await openSession(other.partner);
    const before = await rowsOf(other.partner);
    const { id: endpoint } = await seedEndpoint(partner);
    await openSession(partner);
    expect((await remove(partner)).status).toBe(204);
    expect(await rowsOf(partner)).toEqual({
      api_keys: 0,
      signup_sessions: 0,
      datasets: 0,
      endpoints: 0,
    });
    expect((await partner.get("/v1/senders")).status).toBe(401);
    expect(await services().endpoint(endpoint).replays()).toEqual([]);
    expect(await rowsOf(other.partner)).toEqual(before);
    expect((await other.partner.get("/v1/senders")).status).toBe(200);
    expect((await audit())[0]).toMatchObject({
      action: "partner.remove",
      of: partner.id,
      detail: expect.stringMatching(/^Partner \d+: It left\.$/) as string,
    });
    expect((await remove(partner)).status).toBe(404);
  });

  it("is not removed before its numbers are erased, also those that another took over", async () => {
    const { number } = await seedSender({ partner });
    const taker = await seedPartner();
    await importNumber(taker, number);
    await services().phone(number.id).flushed();
    const refused = await remove(partner);
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({
      reason: "senders",
      detail: expect.stringContaining("0 connected and 1 disconnected") as string,
    });
    expect(await rowsOf(partner)).toMatchObject({ api_keys: 1 });
    const erased = await admin(
      "DELETE",
      `/senders/${number.id}?confirm=${number.id}&partner=${partner.id}`,
    );
    await erasureRests((await erased.json<{ id: string }>()).id);
    expect((await remove(partner)).status).toBe(204);
    const connected = await remove(taker);
    expect(await connected.json()).toMatchObject({
      detail: expect.stringContaining("1 connected and 0 disconnected") as string,
    });
    expect((await audit()).map(({ action }) => action)).toContain("partner.remove.failed");
    const page = await (await signIn()).read("/console/senders?view=former");
    expect(page).toContain("removed");
  });

  it("is not removed without its id once more, nor without a reason", async () => {
    expect((await remove(partner, "partner_other")).status).toBe(400);
    expect((await admin("DELETE", `/partners/${partner.id}?confirm=${partner.id}`)).status).toBe(
      400,
    );
    expect((await partner.get("/v1/senders")).status).toBe(200);
  });

  it("leaves nobody subscribed: a signup under way is ended at Meta", async () => {
    const ended: string[] = [];
    graph.respond(({ method, path }) => {
      if (method !== "DELETE" || !path.endsWith("/subscribed_apps")) return undefined;
      ended.push(path);
      return Response.json({ success: true });
    });
    const session = await openSession(partner);
    const token = await services().vault.seal("a-signup-token", `session|${session}`);
    await env.DB.prepare(
      `UPDATE signup_sessions SET state = 'waiting', token = ?2, waba_id = '7700' WHERE id = ?1`,
    )
      .bind(session, JSON.stringify(token))
      .run();
    expect((await remove(partner)).status).toBe(204);
    expect(ended).toEqual(["/7700/subscribed_apps"]);
  });

  it("is not removed while a number of it is being connected", async () => {
    const session = await openSession(partner);
    await env.DB.prepare(`UPDATE signup_sessions SET state = 'confirming' WHERE id = ?`)
      .bind(session)
      .run();
    const refused = await remove(partner);
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ reason: "signups" });
    expect(await rowsOf(partner)).toMatchObject({ api_keys: 1, signup_sessions: 1 });
  });

  it("begins nothing any more by what another isolate still knows of its key", async () => {
    expect((await remove(partner)).status).toBe(204);
    const given = { externalId: null, returnUrl: null, locale: null, phoneNumber: null };
    await expect(openSignup(services(), { partner: partner.id, ...given })).rejects.toThrow(
      "removed",
    );
    await expect(importNumber(partner, newNumber())).rejects.toThrow("no partner");
  });
});
