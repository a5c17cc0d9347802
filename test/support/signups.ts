import { sessionPath } from "../../src/lib/session-link.ts";
import { call, services } from "./seed.ts";
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

/** A signup session of a partner. @returns its id */
export async function openSession(
  partner: Partner,
  body: Record<string, unknown> = {},
): Promise<string> {
  const response = await partner.post("/v1/signup-sessions", body);
  if (response.status !== 201) throw new Error(await response.text());
  return (await response.json<{ id: string }>()).id;
}

/** Where the owner's page of a session is. */
export function pathOf(session: string): string {
  return sessionPath(services().settings.API_KEY_PEPPER, session);
}

/** The doors of a page's path, and the header that opens them. */
export function doorsAt(page: string): { at: string; key: { "x-tandem-link": string } } {
  const [at = "", proof = ""] = page.split("-");
  return { at, key: { "x-tandem-link": proof } };
}

/** What the page's own script sends. */
export function knock(session: string, door: string, body: unknown, headers = {}) {
  const { at, key } = doorsAt(pathOf(session));
  return call(`${at}/${door}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: OWN_ORIGIN, ...key, ...headers },
    body: JSON.stringify(body),
  });
}

export async function readState(session: string): Promise<PageState> {
  const { at, key } = doorsAt(pathOf(session));
  return (await call(`${at}/state`, { headers: key })).json<PageState>();
}

/** The page's HTML, as a desktop browser gets it. */
export async function readPage(session: string, headers = {}): Promise<string> {
  return (await call(pathOf(session), { headers })).text();
}
