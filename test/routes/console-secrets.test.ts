import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { noteSecrets } from "../../src/operations/note-secrets.ts";
import { sweepSealed } from "../../src/operations/sweep-sealed.ts";
import { signIn } from "../support/console.ts";
import { seedSender, services } from "../support/seed.ts";
import { passTime, stopClock } from "../support/sends.ts";

it("the console's page of secrets says what each rotation has come to, and shows none", async () => {
  stopClock();
  const { partner } = await seedSender();
  const visitor = await signIn();
  const read = () => visitor.read("/console/secrets");
  const counting = await read();
  expect(counting).toContain("opened and counted five minutes after");
  expect(counting).not.toContain(">yes<");

  await noteSecrets(services());
  passTime(5 * 60_000);
  await sweepSealed(services());
  const [newest, older] = services().vault.kids;
  const counted = await read();
  for (const kid of [newest, older]) expect(counted).toContain(`<code>${kid}</code>`);
  expect(counted).toContain(`Nothing needs ${older}: take it out of TOKEN_KEYS.`);
  expect(counted).toContain(">yes<");
  expect(counted).toContain("No key waits for its next use.");

  const [, id] = partner.key.split("_");
  await env.DB.prepare(`UPDATE api_keys SET digest = '00000000' || substr(digest, 9) WHERE id = ?`)
    .bind(id)
    .run();
  const waiting = await read();
  expect(waiting).toContain("1 keys in force are under a pepper that this gateway does not have");
  expect(waiting).toContain(`tdm_${id}_`);
  const secrets = [env.API_KEY_PEPPER, env.META_APP_SECRET, partner.key].concat(
    ...[env.TOKEN_KEYS, env.OPERATOR_TOKENS].map((list) =>
      list.split(",").map((entry) => entry.slice(entry.indexOf(":") + 1)),
    ),
  );
  for (const secret of secrets) expect(waiting).not.toContain(secret);
});
