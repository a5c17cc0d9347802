import { nameIn, partnerOf, showPartner } from "./partners.tsx";
import { textIn } from "./reason-in.ts";
import { SCOPES } from "../../database/api-keys.ts";
import { AppError } from "../../errors.ts";
import { keyIdOf, newKeyId } from "../../lib/api-key-text.ts";
import { changeApiKey } from "../../operations/change-api-key.ts";
import { createApiKey } from "../../operations/create-api-key.ts";
import { doNoted } from "../../operations/note-audit.ts";
import { revokeApiKey } from "../../operations/revoke-api-key.ts";
import { rotateApiKey } from "../../operations/rotate-api-key.ts";
import { rotationBody } from "../../routes/key-bodies.ts";
import { check } from "../../routes/validate.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";
import type { KeyGrant } from "../../database/api-keys.ts";
import type { Deed } from "../../lib/audit-actions.ts";

/** Answers with the page itself: a key that is shown once has no address to come back to. */
export async function makeKey(c: Context<AppContext>) {
  const { id: partner } = await partnerOf(c);
  const input = { id: newKeyId(), partner, name: await nameIn(c), ...(await grantIn(c)) };
  const { text } = await doing(c, "key.create", input, () => createApiKey(c.var.services, input));
  return showPartner(c, text);
}

/** The secret of the rotated key is shown once, as that of a new one. */
export async function rotateKey(c: Context<AppContext>) {
  const { services } = c.var;
  const input = await keyOf(c);
  const hours = await textIn(c, "overlap_hours");
  const { overlapMs } = check(rotationBody, hours === "" ? {} : { overlap_hours: Number(hours) });
  const { text } = await doing(c, "key.rotate", input, () =>
    rotateApiKey(services, { ...input, overlapMs }, null),
  );
  return showPartner(c, text);
}

export async function changeKey(c: Context<AppContext>) {
  const input = await keyOf(c);
  const grant = await grantIn(c);
  await doing(c, "key.change", input, () => changeApiKey(c.var.services, input, grant, null));
  return c.redirect(`/console/partners/${input.partner}`, 303);
}

export async function revokeKey(c: Context<AppContext>) {
  const input = await keyOf(c);
  await doing(c, "key.revoke", input, () => revokeApiKey(c.var.services, input, null));
  return c.redirect(`/console/partners/${input.partner}`, 303);
}

function doing<T>(
  c: Context<AppContext>,
  action: Deed,
  { partner, id }: { partner: string; id: string },
  deed: () => Promise<T>,
): Promise<T> {
  const { services, operator } = c.var;
  return doNoted(services, { operator, action, partner, detail: keyIdOf(id) }, deed);
}

async function keyOf(c: Context<AppContext>): Promise<{ partner: string; id: string }> {
  return { partner: (await partnerOf(c)).id, id: c.req.param("key") ?? "" };
}

async function grantIn(c: Context<AppContext>): Promise<KeyGrant> {
  const fields = await c.req.parseBody();
  const scopes = SCOPES.filter((scope) => fields[`scope_${scope}`] !== undefined);
  if (scopes.length === 0) {
    throw new AppError("invalid_request", "scopes: choose at least one.", { field: "scopes" });
  }
  const senders = (await textIn(c, "senders")).split(/[\s,]+/).filter((id) => id !== "");
  const day = await textIn(c, "expires_on");
  const expiresAt = day === "" ? null : Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(expiresAt)) {
    throw new AppError("invalid_request", "expires_on: is no day.", { field: "expires_on" });
  }
  return { scopes, senders: senders.length === 0 ? null : [...new Set(senders)], expiresAt };
}
