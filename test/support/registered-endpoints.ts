import { env } from "cloudflare:workers";
import { http, HttpResponse } from "msw";
import { resolveTo } from "./dns-stub.ts";
import { graph } from "./graph-stub.ts";
import type { Partner } from "./seed.ts";

export const HOOK = "https://hooks.example.net/tandem";

export interface TestEndpoint {
  id: string;
  url: string;
  secret: string;
  state: string;
  state_reason: string | null;
  [field: string]: unknown;
}

/** The name of HOOK leads to the public Internet, and what is posted there is taken. */
export function resolveHook(): void {
  resolveTo({ "hooks.example.net": ["A 93.184.216.34"] });
  graph.alsoServe(http.post("https://hooks.example.net/*", () => new HttpResponse(null)));
}

/** Registers an endpoint through the door; its address leads to the public Internet. */
export async function seedEndpoint(
  partner: Partner,
  body: Record<string, unknown> = {},
): Promise<TestEndpoint> {
  resolveHook();
  const response = await partner.post("/v1/endpoints", { url: HOOK, ...body });
  if (response.status !== 201) throw new Error(await response.text());
  return response.json<TestEndpoint>();
}

/** The endpoint's row, with what no answer shows. */
export function readRow(id: string) {
  return env.DB.prepare(`SELECT * FROM endpoints WHERE id = ?`)
    .bind(id)
    .first<Record<string, string | number | null>>();
}
