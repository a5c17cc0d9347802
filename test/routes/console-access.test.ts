import { env } from "cloudflare:workers";
import { sign } from "hono/utils/jwt/jwt";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { app } from "../../src/app.ts";
import { listAudit } from "../../src/database/audit.ts";

const AUD = "aud-of-the-console";
let team = "";
let teams = 0;
let ours: CryptoKeyPair;
let theirs: CryptoKeyPair;
/** What the team's certs list at present, by key id. */
let listed: Record<string, CryptoKeyPair> = {};
let asked = 0;

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(
    {
      name: "RSASSA-PKCS1-v1_5",
      modulusLength: 2_048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: "SHA-256",
    },
    true,
    ["sign", "verify"],
  ) as Promise<CryptoKeyPair>;
}

function exportKey(key: CryptoKey): Promise<JsonWebKey> {
  return crypto.subtle.exportKey("jwk", key) as Promise<JsonWebKey>;
}

beforeAll(async () => {
  [ours, theirs] = await Promise.all([newKeys(), newKeys()]);
});

beforeEach(() => {
  teams += 1; // keys are remembered by team, longer than a test takes
  team = `https://team${teams}.cloudflareaccess.com`;
  listed = { k1: ours };
  asked = 0;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const url = input instanceof Request ? input.url : String(input);
    if (url !== `${team}/cdn-cgi/access/certs`) throw new Error(`Nobody is to ask ${url}.`);
    asked += 1;
    const keys = await Promise.all(
      Object.entries(listed).map(async ([kid, pair]) => {
        const { n, e } = await exportKey(pair.publicKey);
        return { kty: "RSA", n, e, kid, alg: "RS256", use: "sig" };
      }),
    );
    return Response.json({ keys });
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

const nowS = () => Math.floor(Date.now() / 1_000);

async function tokenOf(
  claims: Record<string, unknown> = {},
  { key = ours, kid = "k1" }: { key?: CryptoKeyPair; kid?: string } = {},
): Promise<string> {
  const jwk = await exportKey(key.privateKey);
  const payload = {
    email: "ada@tandem.example",
    aud: [AUD],
    iss: team,
    iat: nowS(),
    exp: nowS() + 60,
    ...claims,
  };
  return sign(payload, { ...jwk, kid, alg: "RS256" }, "RS256");
}

function visit(token: string | null, path = "/console/audit", init: RequestInit = {}) {
  const request = new Request(`https://gateway.test${path}`, {
    ...init,
    redirect: "manual",
    headers: {
      ...(init.headers as object),
      ...(token === null ? {} : { "cf-access-jwt-assertion": token }),
    },
  });
  return app.fetch(request, { ...env, ACCESS_TEAM_DOMAIN: team, ACCESS_AUD: AUD });
}

describe("the console behind Cloudflare Access", () => {
  it("opens to whom Access vouches for, by their address", async () => {
    const response = await visit(await tokenOf());
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("ada@tandem.example");
  });

  it("names what they do by it in the audit", async () => {
    const response = await visit(await tokenOf(), "/console/partners", {
      method: "POST",
      headers: { origin: "https://gateway.test" },
      body: new URLSearchParams({ name: "Shop" }),
    });
    expect(response.status).toBe(303);
    const [entry] = await listAudit(env.DB, { after: null, limit: 1 });
    expect(entry).toMatchObject({ operator: "ada@tandem.example", action: "partner.create" });
  });

  it("asks for the team's keys once for many visits", async () => {
    for (let count = 0; count < 3; count++) await visit(await tokenOf());
    expect(asked).toBe(1);
  });

  it("takes a key that the team has since", async () => {
    await visit(await tokenOf());
    listed = { k2: theirs };
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    const token = await tokenOf({}, { key: theirs, kid: "k2" });
    expect((await visit(token)).status).toBe(200);
  });

  it.each<[string, Record<string, unknown>]>([
    ["another application", { aud: ["aud-of-another"] }],
    ["another team", { iss: "https://other.cloudflareaccess.com" }],
    ["yesterday", { exp: 1_700_000_000 }],
    ["for ever", { exp: undefined }],
    ["nobody", { email: undefined }],
  ])("stays closed to a token of %s", async (_what, claims) => {
    expect((await visit(await tokenOf(claims))).status).toBe(401);
  });

  it("stays closed to another's key, to no token, and to none at all", async () => {
    expect((await visit(await tokenOf({}, { key: theirs }))).status).toBe(401);
    expect((await visit("not.a.token")).status).toBe(401);
    expect((await visit(null)).status).toBe(401);
  });

  it("has no other door: an operator token opens nothing", async () => {
    const response = await visit(null, "/console/sign-in", {
      method: "POST",
      headers: { origin: "https://gateway.test" },
      body: new URLSearchParams({ token: "test-operator-token" }),
    });
    expect(response.status).toBe(404);
    expect(response.headers.get("set-cookie")).toBeNull();
  });

  it("takes no change that another site sends, though Access vouches for its visitor", async () => {
    const response = await visit(await tokenOf(), "/console/partners", {
      method: "POST",
      headers: { origin: "https://evil.test" },
      body: new URLSearchParams({ name: "Mallory" }),
    });
    expect(response.status).toBe(403);
  });
});
