import { env } from "cloudflare:workers";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { resolveTo } from "../support/dns-stub.ts";
import { eventually } from "../support/eventually.ts";
import { graph } from "../support/graph-stub.ts";
import { partnerWith } from "../support/keys.ts";
import { HOOK, seedEndpoint } from "../support/registered-endpoints.ts";
import { deliver, importNumber, newNumber, seedSender } from "../support/seed.ts";
import { openSession } from "../support/signups.ts";
import { inbound, textMessage } from "../support/webhooks.ts";
import type { Partner, TestNumber } from "../support/seed.ts";

let owner: Partner;
let own: TestNumber;
let other: TestNumber;
let leaked: Partner;

beforeEach(async () => {
  ({ partner: owner, number: own } = await seedSender());
  other = newNumber();
  await importNumber(owner, other);
  leaked = await partnerWith(owner, { senders: [own.id] });
});

interface Listed {
  data: { event_id: string; sender_id: string }[];
}

/** What `look` comes to find. */
const settled = <T>(look: () => Promise<T | null>): Promise<T> =>
  eventually(async () => {
    const found = await look();
    if (found === null) throw new Error("It did not come to it.");
    return found;
  });

describe("a key for some senders, on an endpoint that was told of more of them before", () => {
  it("sees, retries and replays nothing of the others", async () => {
    const made = await seedEndpoint(owner);
    const at = `/v1/endpoints/${made.id}`;
    await deliver(own, inbound(own, textMessage()));
    await deliver(other, inbound(other, textMessage()));
    const all = await settled(async () => {
      const { data } = await owner.read<Listed>(`${at}/deliveries?type=message.received`);
      return data.length === 2 ? data : null;
    });
    const theirs = all.find(({ sender_id }) => sender_id === other.id)?.event_id ?? "";
    const ours = all.find(({ sender_id }) => sender_id === own.id)?.event_id ?? "";
    expect((await leaked.get(at)).status).toBe(404);
    expect((await owner.call("PATCH", at, { senders: [own.id] })).status).toBe(200);

    const { data } = await leaked.read<Listed>(`${at}/deliveries`);
    expect(new Set(data.map(({ sender_id }) => sender_id))).toEqual(new Set([own.id]));
    expect(await leaked.read<Listed>(`${at}/deliveries?sender=${other.id}`)).toMatchObject({
      data: [],
    });
    expect((await leaked.get(`${at}/deliveries/${theirs}`)).status).toBe(404);
    expect((await leaked.post(`${at}/deliveries/${theirs}/retry`, {})).status).toBe(404);
    expect((await leaked.get(`${at}/deliveries/${ours}`)).status).toBe(200);
    expect((await leaked.post(`${at}/deliveries/${ours}/retry`, {})).status).toBe(202);
    // Its owner still finds what was told.
    expect((await owner.get(`${at}/deliveries/${theirs}`)).status).toBe(200);
  });
});

describe("a key for some senders, on a signup of one of them", () => {
  it("sees none of the account's other numbers", async () => {
    const session = await openSession(owner, { kind: "reauthorise", phone_number_id: own.id });
    const candidate = ({ id, phone }: TestNumber) => ({
      phoneNumberId: id,
      displayPhoneNumber: `+${phone}`,
      verifiedName: "Shop",
    });
    await env.DB.prepare(`UPDATE signup_sessions SET candidates = ? WHERE id = ?`)
      .bind(JSON.stringify([candidate(own), candidate(other)]), session)
      .run();
    const path = `/v1/signup-sessions/${session}`;
    const list = await (await leaked.get("/v1/signup-sessions")).text();
    expect(await leaked.read(path)).toMatchObject({ candidates: [{ phone_number_id: own.id }] });
    expect(list).toContain(own.phone);
    expect(list).not.toContain(other.phone);
    expect((await owner.read<{ candidates: object[] }>(path)).candidates).toHaveLength(2);
  });
});

describe("a key that may not read", () => {
  it("cannot have events told to an address of its own", async () => {
    const blind = await partnerWith(owner, { scopes: ["manage", "send"] });
    const made = await seedEndpoint(owner);
    const refused = await blind.post("/v1/endpoints", { url: HOOK });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ code: "forbidden", reason: "scope" });
    const moved = await blind.call("PATCH", `/v1/endpoints/${made.id}`, { url: `${HOOK}/mine` });
    expect(moved.status).toBe(403);
    expect(
      (await blind.call("PATCH", `/v1/endpoints/${made.id}`, { state: "paused" })).status,
    ).toBe(200);
  });
});

describe("a key that may make keys", () => {
  it("cannot hide one of them: those in force come first, and are few", async () => {
    const hidden = await (
      await owner.post("/v1/keys", { name: "back door", scopes: ["read"] })
    ).json<{ id: string }>();
    const soon = Date.now() + 1_000;
    await env.DB.batch(
      Array.from({ length: 1_100 }, (_, n) =>
        env.DB.prepare(
          `INSERT INTO api_keys (id, partner, digest, scopes, expires_at, created_at)
           VALUES (?, ?, '', '["read"]', ?, ?)`,
        ).bind(`decoy${n}`, owner.id, soon, soon + n),
      ),
    );
    vi.useFakeTimers({ toFake: ["Date"], now: soon + 60_000 });
    const { data } = await owner.read<{ data: { id: string }[] }>("/v1/keys");
    expect(data.map(({ id }) => id)).toContain(hidden.id);
  });

  it("makes no more than a hundred", async () => {
    const name = "one of many";
    const made = async () => (await owner.post("/v1/keys", { name, scopes: ["read"] })).status;
    const left = await env.DB.prepare(
      `SELECT 100 - count(*) AS left FROM api_keys WHERE partner = ?`,
    )
      .bind(owner.id)
      .first<number>("left");
    for (let n = 0; n < (left ?? 0); n += 1) expect(await made()).toBe(201);
    expect(await made()).toBe(409);
    const { data } = await owner.read<{ data: { id: string; name: string }[] }>("/v1/keys");
    const one = data.find((key) => key.name === name)?.id;
    expect((await owner.call("DELETE", `/v1/keys/${one}`)).status).toBe(204);
    expect(await made()).toBe(201);
  });
});

describe("the verification of a receiver", () => {
  it("asks no address that has come to lead inside since it was registered", async () => {
    const made = await seedEndpoint(owner, { format: "cloud_api" });
    let asked = 0;
    graph.alsoServe(
      http.get("https://hooks.example.net/*", () => {
        asked += 1;
        return new HttpResponse("inside");
      }),
    );
    resolveTo({ "hooks.example.net": ["A 10.0.0.7"] });
    const response = await owner.call("PATCH", `/v1/endpoints/${made.id}`, { verify_token: "t" });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ field: "url" });
    expect(asked).toBe(0);
  });
});
