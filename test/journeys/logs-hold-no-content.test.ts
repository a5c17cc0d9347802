import { afterEach, expect, it, vi } from "vitest";
import { FIXTURES, fixture, PEOPLE } from "../support/fixtures.ts";
import { asOperator, importNumber, newNumber, seedPartner, services } from "../support/seed.ts";
import { breakObject, historyStored, mendObject, runSql } from "../support/storage.ts";
import { inbound, textMessage, webhook } from "../support/webhooks.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Every text in a fixture that is somebody's: what was said, names, ids that embed a number. */
function secretsOf(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value === "string") {
    if (value.startsWith("wamid.") || /[\s\u0080-\uffff]/.test(value)) found.add(value);
  } else if (Array.isArray(value)) {
    for (const member of value) secretsOf(member, found);
  } else if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) secretsOf(member, found);
  }
  return found;
}

it("invariant 9: logs hold no content, over a whole flow with its failures", async () => {
  const lines: string[] = [];
  for (const level of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, level).mockImplementation((...parts: unknown[]) => {
      lines.push(parts.map(String).join(" "));
    });
  }
  const partner = await seedPartner();
  const number = newNumber();
  const secrets = new Set<string>([
    number.phone,
    partner.key,
    `token-of-${number.id}`,
    "test-operator-token",
    "test-app-secret",
    ...Object.values(PEOPLE),
  ]);
  await importNumber(partner, number);
  for (const name of FIXTURES) {
    const payload = fixture(name, number);
    for (const secret of secretsOf(payload)) secrets.add(secret);
    expect((await webhook(payload)).status).toBe(200);
  }
  await services().phone(number.id).flushed();
  await historyStored(number, 4);

  // What goes wrong must not speak either: a dead fact, an overflow, refusals, a failed send.
  const poison = textMessage({ wamid: "wamid.poison-of-420777123456", body: "do not log me" });
  secrets.add(poison.id).add("do not log me");
  await runSql(
    number,
    `CREATE TRIGGER poison BEFORE INSERT ON messages WHEN NEW.wamid = '${poison.id}'
     BEGIN SELECT RAISE(ABORT, 'do not log me'); END`,
  );
  await webhook(inbound(number, poison));
  await services().phone(number.id).flushed();
  await breakObject(number);
  await webhook(inbound(number, textMessage({ body: "do not log me" })));
  await mendObject(number);
  await webhook(inbound(number, poison), { secret: "wrong" });
  await webhook("{ do not log me");
  await partner.get(`/v1/senders/${PEOPLE.customer}/messages?customer=${PEOPLE.customer}`);
  await partner.post(`/v24.0/${number.id}/messages`, {
    messaging_product: "whatsapp",
    to: PEOPLE.customer,
    type: "text",
    text: { body: "do not log me" },
  });
  await asOperator("/v1/admin/senders", { access_token: "do not log me" });

  expect(lines.length).toBeGreaterThan(50);
  expect(lines.filter((line) => line.includes("flush.dead_fact"))).toHaveLength(1);
  expect(lines.filter((line) => line.includes("webhook.overflowed"))).toHaveLength(1);
  const leaks = lines.filter((line) => [...secrets].some((secret) => line.includes(secret)));
  expect(leaks).toEqual([]);
});
