import { call } from "./seed.ts";
import type { Partner } from "./seed.ts";

export const OWN_ORIGIN = "https://gateway.test";

export interface PageState {
  state: string;
  view: string;
  step: string;
  stamp: string;
  problem: { step: string; code: string } | null;
  progress: { contacts: unknown; history: unknown };
}

/** A signup session of a partner. @returns its id, the key of the owner's page */
export async function openSession(
  partner: Partner,
  body: Record<string, unknown> = {},
): Promise<string> {
  const response = await partner.post("/v1/signup-sessions", body);
  if (response.status !== 201) throw new Error(await response.text());
  return (await response.json<{ id: string }>()).id;
}

/** What the page's own script sends. */
export function knock(session: string, door: string, body: unknown, headers = {}) {
  return call(`/connect/${session}/${door}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: OWN_ORIGIN, ...headers },
    body: JSON.stringify(body),
  });
}

export async function readState(session: string): Promise<PageState> {
  return (await call(`/connect/${session}/state`)).json<PageState>();
}

/** The page's HTML, as a desktop browser gets it. */
export async function readPage(session: string, headers = {}): Promise<string> {
  return (await call(`/connect/${session}`, { headers })).text();
}
