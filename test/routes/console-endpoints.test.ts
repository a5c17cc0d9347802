import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { listAudit } from "../../src/database/audit.ts";
import { projectEndpoint } from "../../src/database/endpoints.ts";
import { Endpoint } from "../../src/durable/endpoint.ts";
import { signIn } from "../support/console.ts";
import { readRow, seedEndpoint } from "../support/registered-endpoints.ts";
import { seedPartner } from "../support/seed.ts";

const audit = async () =>
  (await listAudit(env.DB, { after: null, limit: 50 })).filter(({ action }) =>
    action.startsWith("endpoint."),
  );

describe("a partner's endpoints in the console", () => {
  it("are linked from the partner, shown with how they stand, and never with a secret", async () => {
    const partner = await seedPartner();
    const made = await seedEndpoint(partner, {
      url: "https://hooks.example.net/tandem?key=of-the-partner",
      description: "<b>shop</b>",
    });
    const ada = await signIn();
    const at = `/console/partners/${partner.id}`;
    expect(await ada.read(at)).toContain(`href="${at}/endpoints"`);
    const html = await ada.read(`${at}/endpoints`);
    expect(html).toContain("hooks.example.net/tandem");
    expect(html).toContain(made.id);
    expect(html).toContain("healthy");
    expect(html).toContain("&lt;b&gt;shop");
    expect(html).not.toContain("of-the-partner");
    expect(html).not.toContain("whsec_");
  });

  it("are paused, enabled and told again what failed, with a reason that the audit keeps", async () => {
    const partner = await seedPartner();
    const { id } = await seedEndpoint(partner);
    const ada = await signIn();
    const at = `/console/partners/${partner.id}/endpoints`;
    const deed = async (name: string, reason: string) =>
      (await ada.post(`${at}/${id}/${name}`, { reason })).status;
    expect(await deed("pause", "")).toBe(400);
    expect(await readRow(id)).toMatchObject({ state: "enabled" });

    expect(await deed("pause", "asked by phone")).toBe(303);
    expect(await readRow(id)).toMatchObject({ state: "paused", state_reason: "operator" });
    expect(await ada.read(at)).toContain("by an operator");
    const undone = await partner.call("PATCH", `/v1/endpoints/${id}`, { state: "enabled" });
    expect(undone.status).toBe(409);
    expect(await undone.json()).toMatchObject({ reason: "held_by_operator" });
    expect(await readRow(id)).toMatchObject({ state: "paused", state_reason: "operator" });
    expect(await deed("enable", "mended")).toBe(303);
    expect(await readRow(id)).toMatchObject({ state: "enabled", state_reason: null });

    const replay = vi.spyOn(Endpoint.prototype, "replay");
    expect(await deed("retry", "their bug is gone")).toBe(303);
    expect(replay.mock.lastCall?.[0]).toMatchObject({ of: "failed", since: 0, types: null });
    replay.mockRestore();
    expect((await audit()).map(({ action, detail }) => [action, detail])).toEqual([
      ["endpoint.retry", `${id}: their bug is gone`],
      ["endpoint.enable", `${id}: mended`],
      ["endpoint.pause", `${id}: asked by phone`],
    ]);
  });

  it("are told a time again, by UTC and by the API's own rules", async () => {
    const partner = await seedPartner();
    const { id } = await seedEndpoint(partner);
    const ada = await signIn();
    const at = `/console/partners/${partner.id}/endpoints`;
    const ask = async (fields: Record<string, string>) =>
      (await ada.post(`${at}/${id}/replay`, { reason: "their disk failed", ...fields })).status;
    const replay = vi.spyOn(Endpoint.prototype, "replay");
    const since = "2026-11-22T09:00";
    expect(await ask({})).toBe(400);
    expect(await ask({ since: "yesterday" })).toBe(400);
    expect(await ask({ since, until: since })).toBe(400);
    expect(await ask({ since, reason: "" })).toBe(400);
    expect(await audit()).toEqual([]);
    expect(replay).not.toHaveBeenCalled();

    expect(await ask({ since, until: "2026-11-22T10:30" })).toBe(303);
    expect(replay.mock.lastCall?.[0]).toMatchObject({
      of: "range",
      since: Date.UTC(2026, 10, 22, 9),
      until: Date.UTC(2026, 10, 22, 10, 30),
      types: null,
      senders: null,
    });
    replay.mockRestore();
    expect(await audit()).toMatchObject([
      { action: "endpoint.replay", detail: `${id}: their disk failed` },
    ]);
    const { data } = await partner.read<{ data: unknown[] }>(`/v1/endpoints/${id}/replays`);
    expect(data).toHaveLength(1);
    expect(await ada.read(at)).toContain(`${at}/${id}/replay`);
  });

  it("are not reached under another partner's address", async () => {
    const [partner, other] = [await seedPartner(), await seedPartner()];
    const { id } = await seedEndpoint(partner);
    const ada = await signIn();
    const path = `/console/partners/${other.id}/endpoints/${id}/pause`;
    expect((await ada.post(path, { reason: "oops" })).status).toBe(404);
    expect(await readRow(id)).toMatchObject({ state: "enabled" });
    expect(await audit()).toEqual([]);
    expect((await ada.get("/console/partners/partner_none/endpoints")).status).toBe(404);
  });

  it("are on the first page where they were given up or nothing gets through, and only then", async () => {
    const partner = await seedPartner();
    const at = (path: string) => ({ url: `https://hooks.example.net/${path}` });
    const [gone, down] = [
      await seedEndpoint(partner, at("gone")),
      await seedEndpoint(partner, at("down")),
    ];
    const paused = await seedEndpoint(partner, at("paused"));
    await seedEndpoint(partner, at("healthy"));
    await partner.call("PATCH", `/v1/endpoints/${paused.id}`, { state: "disabled" });
    const ada = await signIn();
    expect(await ada.read("/console")).not.toContain("hooks.example.net");

    const failingSince = Date.now() - 60_000;
    const word = { state: "disabled", stateReason: "gone" } as const;
    await projectEndpoint(env.DB, gone.id, { ...word, failingSince: null, lastError: "http_410" });
    await projectEndpoint(env.DB, down.id, { failingSince, lastError: "http_503" });
    const html = await ada.read("/console");
    expect(html).toContain("hooks.example.net/gone");
    expect(html).toContain("it answered 410");
    expect(html).toContain("hooks.example.net/down");
    expect(html).toContain("http_503");
    expect(html).not.toContain("hooks.example.net/paused");
    expect(html).not.toContain("hooks.example.net/healthy");
    expect(html).not.toContain("Every sender sends");
  });
});
