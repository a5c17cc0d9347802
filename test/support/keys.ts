import { asOperator, call, countAsUsed, Partner } from "./seed.ts";

export interface MadeKey {
  id: string;
  key: string;
  scopes: string[];
  senders: string[] | null;
  expires_at: string | null;
  last_used_at: string | null;
  previous_secret_until: string | null;
  revoked_at: string | null;
}

/** Another key of a partner, made by an operator. */
export async function giveKey(partner: Partner, grant: Record<string, unknown>): Promise<MadeKey> {
  const response = await asOperator(`/v1/admin/partners/${partner.id}/keys`, grant);
  if (response.status !== 201) throw new Error(await response.text());
  const key = await response.json<MadeKey>();
  await countAsUsed(key.id);
  return key;
}

/** The partner as it calls with a key of this kind. */
export async function partnerWith(
  partner: Partner,
  grant: Record<string, unknown>,
): Promise<Partner> {
  return new Partner(partner.id, (await giveKey(partner, grant)).key);
}

/** A call with a key. */
export function callWith(
  key: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  return call(path, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body === undefined || method === "GET" ? {} : { body: JSON.stringify(body) }),
  });
}
