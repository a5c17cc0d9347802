import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPartner } from "../../scripts/demo/world.ts";
import { TandemClient } from "../../scripts/demo/tandem-client.ts";
import { startGateway } from "../../scripts/gateway.ts";
import { startSimulator } from "../../simulator/simulator.ts";
import { SECRETS } from "./serve-process.ts";
import { freePort } from "./stage.ts";
import type { Gateway } from "../../scripts/gateway.ts";
import type { Business, NewBusiness, Simulator } from "../../simulator/simulator.ts";

/*
 * The signup of a Solution Partner's owners and the doctor, against the simulator with its rules.
 */
const SYSTEM = "system-token-of-the-partner";
const APP_ID = "510000000000001";

let simulator: Simulator;
let gateway: Gateway;
let partner: TandemClient;
let partnerKey: string;
let stateFolder: string;

beforeAll(async () => {
  stateFolder = mkdtempSync(join(tmpdir(), "tandem-signup-"));
  simulator = await startSimulator({ ...SECRETS, systemToken: SYSTEM, log: () => undefined });
  gateway = await startGateway({
    port: await freePort(),
    stateFolder,
    fresh: true,
    graphUrl: simulator.url,
    appId: APP_ID,
    ...SECRETS,
    log: () => undefined,
    vars: {
      META_CONFIG_ID: "610000000000001",
      META_BUSINESS_ID: "720000000000001",
      META_SYSTEM_TOKEN: SYSTEM,
      META_EXTENDED_CREDIT_ID: "570000000000001",
    },
  });
  tickFields();
  ({ partner, partnerKey } = await createPartner(
    new TandemClient(gateway.url, SECRETS.operatorToken),
  ));
});

afterAll(async () => {
  await gateway.stop();
  await simulator.close();
  rmSync(stateFolder, { recursive: true, force: true });
});

function tickFields(fields?: string[]): void {
  simulator.setWebhookUrl(`${gateway.url}/webhooks/meta`, {
    verifyToken: SECRETS.verifyToken,
    ...(fields === undefined ? {} : { fields }),
  });
}

interface Session {
  id: string;
  state: string;
  error: { code: string } | null;
  credit: { state: string } | null;
  webhooks: { name: string; state: string }[] | null;
}

const readSession = (id: string) => partner.get<Session>(`/v1/signup-sessions/${id}`);

/** The owner goes through the popup; the browser posts the code and what the popup said. */
async function finish(business: Business, wabaId: string | null = business.wabaId) {
  const { id } = await partner.post<Session>("/v1/signup-sessions", {});
  const { code } = simulator.issueCode(business);
  const body = { code, ...(wabaId === null ? {} : { waba_id: wabaId }) };
  return partner.post<Session>(`/v1/signup-sessions/${id}/finish`, body);
}

async function confirm(id: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${gateway.url}/v1/signup-sessions/${id}/confirm`, {
    method: "POST",
    headers: { authorization: `Bearer ${partnerKey}`, "content-type": "application/json" },
    body: JSON.stringify({ timezone: "America/New_York" }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const shop = (input: NewBusiness = {}) => simulator.createBusiness(input);

describe("a signup against Meta's rules", () => {
  it("waits for what is listed late, proves the webhooks, shares the line and sets the zone", async () => {
    const business = shop({ timezoneId: null, lag: { debugToken: 1, phoneNumbers: 5 } });
    const { id, state, error } = await finish(business, null);
    expect({ state, code: error?.code }).toEqual({ state: "waiting", code: "not_listed" });
    await expect
      .poll(
        async () => {
          await partner.post(`/v1/signup-sessions/${id}/resume`, {});
          return (await readSession(id)).state;
        },
        { timeout: 30_000, interval: 1_000 },
      )
      .toBe("awaiting_confirmation");
    const { webhooks } = await readSession(id);
    expect(webhooks?.filter(({ state: each }) => each !== "proven")).toEqual([]);
    expect((await confirm(id)).status).toBe(200);
    expect(await readSession(id)).toMatchObject({
      state: "finished",
      credit: { state: "attached", currency: "USD" },
    });
    expect(business.allocation).toBeDefined();
    expect(business.timezoneId).toBe("7"); // New York in Meta's own table
    expect(business.onboarding?.spent.size).toBe(2);
  });

  it("is sent back while another provider's line pays, and goes on when that is gone", async () => {
    const business = shop({ hasForeignLine: true });
    const { id } = await finish(business);
    expect(await confirm(id)).toMatchObject({ status: 409, body: { reason: "foreign_credit" } });
    expect(await readSession(id)).toMatchObject({ state: "awaiting_confirmation" });
    expect(business.onboarding?.spent.size).toBe(0);
    business.hasForeignLine = false;
    expect((await confirm(id)).status).toBe(200);
    expect(business.allocation).toBeDefined();
  });

  it("spends no sync while a field it needs is not ticked", async () => {
    const business = shop();
    const { id } = await finish(business);
    tickFields(["messages", "smb_message_echoes", "smb_app_state_sync", "account_update"]);
    const refused = await confirm(id);
    expect(refused).toMatchObject({ status: 409, body: { reason: "webhooks_missing" } });
    expect(String(refused.body["detail"])).toContain("history");
    expect(business.onboarding?.spent.size).toBe(0);
    tickFields();
    expect((await confirm(id)).status).toBe(200);
    expect(business.onboarding?.spent.size).toBe(2);
  });

  it("connects although Meta takes no time zone, and says that the owner sets it", async () => {
    const business = shop({ timezoneId: null, timezoneWritable: false });
    const { id } = await finish(business);
    expect((await confirm(id)).status).toBe(200);
    expect(business.timezoneId).toBeNull();
    expect(await readSession(id)).toMatchObject({ state: "finished" });
  });

  it("gives a number a new token without a new onboarding", async () => {
    const business = shop({ tokenLifeMs: 3_600_000 });
    const { id } = await finish(business);
    await confirm(id);
    // Its first flush brings the object's own instant of the state.
    const read = async () => ({
      ...(await partner.get<object>(`/v1/senders/${business.phoneNumberId}`)),
      state_at: null,
    });
    const before = await read();
    const again = await partner.post<Session>("/v1/signup-sessions", {
      kind: "reauthorise",
      phone_number_id: business.phoneNumberId,
    });
    const { code } = simulator.issueCode(business);
    const done = await partner.post<Session>(`/v1/signup-sessions/${again.id}/finish`, { code });
    expect(done.state).toBe("finished");
    expect(business.onboarding?.spent.size).toBe(0); // of the popup's turn: none was asked for
    expect(await read()).toEqual(before);
  });
});

describe("npm run doctor", () => {
  const run = (...flags: string[]) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      execFile(process.execPath, ["scripts/doctor.ts", ...flags], (error, out, err) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, out, err });
      });
    });
  const examine = (...flags: string[]) =>
    run("--url", gateway.url, "--operator-token", SECRETS.operatorToken, ...flags);

  it("ticks everything of a new gateway that is in order, one sender too", async () => {
    const business = shop();
    const { id } = await finish(business);
    await confirm(id);
    const { code, out } = await examine("--sender", business.phoneNumberId);
    expect(out.split("\n").filter((line) => !line.startsWith("✓"))).toEqual([
      // Its keys are younger than the five minutes in which a former deployment may still answer.
      expect.stringMatching(/^\? secret:TOKEN_KEYS .*five minutes after the first start\.$/),
      "",
      expect.stringMatching(/^\d+ in order, 0 missing, 1 could not be looked at\.$/),
      "",
    ]);
    expect(out).toContain("✓ verify_token");
    expect(out).toContain("✓ sender:token");
    expect(code).toBe(0);
  });

  it("exits with 1 and says what to do where a field is not ticked", async () => {
    tickFields(["messages"]);
    const { code, out } = await examine();
    tickFields();
    expect(code).toBe(1);
    expect(out).toMatch(/^✗ field:history .*Tick it in Meta's App Dashboard/m);
  });

  it("tells programs in JSON", async () => {
    const { out } = await examine("--json", "--sender", "310999999999999");
    const report = JSON.parse(out) as { ok: boolean; findings: { name: string; state: string }[] };
    expect(report.ok).toBe(false);
    expect(report.findings.filter(({ state }) => state === "missing")).toMatchObject([
      { name: "sender" },
    ]);
  });

  it("exits with 2 where it is not let in, or nobody answers", async () => {
    expect(await run("--url", gateway.url, "--operator-token", "wrong")).toMatchObject({
      code: 2,
      err: expect.stringContaining("does not know this operator token"),
    });
    const nobody = await run("--url", "http://127.0.0.1:9", "--operator-token", "x");
    expect(nobody.code).toBe(2);
  });
});
