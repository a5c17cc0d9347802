import { expect } from "vitest";
import { graph } from "./graph-stub.ts";
import { newNumber, seedPartner } from "./seed.ts";
import type { GraphRequest } from "./graph-stub.ts";
import type { Partner, TestNumber } from "./seed.ts";

export const TOKEN = "EAAGplaintext-business-token";
const APP_ID = "510000000000001";

export interface Session {
  id: string;
  kind: string;
  url: string;
  state: string;
  phone_number: string | null;
  waba_id: string | null;
  phone_number_id: string | null;
  candidates: { phone_number_id: string }[] | null;
  account: Record<string, unknown> | null;
  error: { step: string; code: string; detail: string } | null;
  credit: { state: string; currency: string } | null;
  trail: Record<string, string>[];
}

/** Graph of an account and its numbers, on the phone app unless `onApp` says otherwise. */
export function answerAsMeta(
  { path, method }: GraphRequest,
  account: TestNumber,
  numbers: TestNumber[] = [account],
  onApp: (id: string) => boolean = () => true,
): Response | undefined {
  const { wabaId } = account;
  if (path === "/oauth/access_token") return Response.json({ access_token: TOKEN });
  if (path === "/debug_token") return debugged([wabaId]);
  if (path === `/${wabaId}/phone_numbers`) {
    const data = numbers.map(({ id, phone }) => ({
      id,
      display_phone_number: `+${phone}`,
      verified_name: "The Shop",
    }));
    return Response.json({ data });
  }
  if (path === `/${wabaId}/subscribed_apps`) return Response.json({ success: true });
  if (path === `/${wabaId}` && method === "GET") {
    return Response.json({ id: wabaId, name: "The Shop", currency: "EUR", timezone_id: "58" });
  }
  if (path.endsWith("/smb_app_data")) {
    return Response.json({ messaging_product: "whatsapp", request_id: "req-1" });
  }
  const asked = numbers.find(({ id }) => path === `/${id}`);
  if (asked === undefined) return undefined;
  return Response.json({
    is_on_biz_app: onApp(asked.id),
    platform_type: "CLOUD_API",
    id: asked.id,
  });
}

/** What debug_token says of a token that covers these accounts. */
export function debugged(wabaIds: string[], more: Record<string, unknown> = {}): Response {
  const scope = "whatsapp_business_management";
  const granular = [{ scope, target_ids: wabaIds }];
  return Response.json({
    data: { app_id: APP_ID, is_valid: true, granular_scopes: granular, ...more },
  });
}

/** A partner whose client is about to connect a number, and Graph that lets it. */
export class Signup {
  readonly partner: Partner;
  readonly number: TestNumber;

  constructor(partner: Partner, number: TestNumber) {
    this.partner = partner;
    this.number = number;
  }

  static async begin(number = newNumber()): Promise<Signup> {
    graph.respond((request) => answerAsMeta(request, number));
    return new Signup(await seedPartner(), number);
  }

  async open(body: Record<string, unknown> = {}): Promise<Session> {
    const response = await this.partner.post("/v1/signup-sessions", body);
    expect(response.status, await response.clone().text()).toBe(201);
    return response.json<Session>();
  }

  /** @param body over a code of its own and the number's account; null leaves the account out */
  finish(session: Session, body: { code?: string; waba_id?: string | null } = {}) {
    const { waba_id = this.number.wabaId, code = "code-1" } = body;
    return this.partner.post(`/v1/signup-sessions/${session.id}/finish`, {
      code,
      ...(waba_id === null ? {} : { waba_id }),
    });
  }

  confirm(session: Session, body: Record<string, unknown> = {}) {
    return this.partner.post(`/v1/signup-sessions/${session.id}/confirm`, {
      timezone: "Europe/Berlin",
      ...body,
    });
  }

  read(session: Session): Promise<Session> {
    return this.partner.read<Session>(`/v1/signup-sessions/${session.id}`);
  }

  /** What was asked of Meta about this. */
  calls(path: string): GraphRequest[] {
    return graph.requests.filter((request) => request.path === path);
  }

  get syncs(): unknown[] {
    return this.calls(`/${this.number.id}/smb_app_data`).map(({ body }) => body["sync_type"]);
  }
}

/** From now on Graph answers this path so, until another test. */
export function answer(path: string, respond: (request: GraphRequest) => Response | undefined) {
  graph.respond((request) => (request.path === path ? respond(request) : undefined));
}
