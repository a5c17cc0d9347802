import { Hono } from "hono";
import type { Business } from "../businesses.ts";
import { numbersOf } from "../businesses.ts";
import { seesGrant } from "../rules/listing-lag.ts";
import { noAccess } from "../rules/refusal.ts";
import { refuseSender } from "../rules/sender-state.ts";
import { verifyCallback } from "../webhooks/verify-callback.ts";
import type { World } from "../world.ts";
import { covers, requireNumber, requireToken, requireWaba } from "./authorize.ts";
import { faulty } from "./faulty.ts";
import { GraphError } from "./graph-error.ts";
import type { GraphContext, GraphEnv } from "./graph-env.ts";
import { askedFields, readParams, textOf } from "./graph-env.ts";
import { pageOf } from "./paging.ts";

/** Fields that come although nobody asked; `is_on_biz_app` never does (protocol.md 1.8). */
const PHONE_DEFAULTS = [
  "verified_name",
  "display_phone_number",
  "quality_rating",
  "platform_type",
  "throughput",
];
const WABA_DEFAULTS = ["name", "currency", "timezone_id", "message_template_namespace"];

/** The WABA, the number and the media id share one address: `/{id}` (protocol.md 1.8, 3.4). */
export function nodeRoutes(world: World) {
  return new Hono<GraphEnv>()
    .get("/:id", faulty(world, "nodes"), (c) => {
      const id = c.req.param("id");
      const token = requireToken(world, c);
      if (world.businesses.has(id)) return c.json(wabaNode(requireWaba(world, c, id), c));
      if (world.numbers.has(id)) return c.json(phoneNode(world, requireNumber(world, c, id), c));
      const media = world.media.find(id);
      const owner = media && world.businesses.get(media.wabaId);
      const phoneNumberId = c.req.query("phone_number_id");
      const isAsked = !phoneNumberId || phoneNumberId === owner?.phoneNumberId;
      if (!media || !owner || !isAsked || !covers(world, token, owner))
        throw new GraphError(noAccess(id));
      return c.json({
        messaging_product: "whatsapp",
        url: `${world.url}/_media/attachments?mid=${media.id}&hash=${world.media.issueUrl(media.id)}`,
        mime_type: media.mimeType,
        sha256: media.sha256.toString("hex"),
        // Text on this one, number elsewhere: both were seen.
        file_size: media.origin === "webhook" ? String(media.bytes.length) : media.bytes.length,
        id: media.id,
      });
    })
    .post("/:id", faulty(world, "nodes"), async (c) => {
      const id = c.req.param("id");
      const params = await readParams(c);
      if (world.businesses.has(id)) {
        const business = requireWaba(world, c, id);
        const timezoneId = textOf(params.timezone_id);
        if (timezoneId !== undefined && !business.timezoneWritable) {
          throw new GraphError({ code: 100, details: "timezone_id cannot be written here" });
        }
        business.timezoneId = timezoneId ?? business.timezoneId;
        return c.json({ success: true, id });
      }
      const business = requireNumber(world, c, id);
      await setPhoneOverride(world, business, params.webhook_configuration);
      return c.json({ success: true });
    })
    .delete("/:id", faulty(world, "nodes"), (c) => {
      const id = c.req.param("id");
      const token = requireToken(world, c);
      const media = world.media.find(id);
      const owner = media && world.businesses.get(media.wabaId);
      if (!owner || !covers(world, token, owner)) throw new GraphError(noAccess(id));
      world.media.delete(id);
      return c.json({ success: true });
    })
    .get("/:id/phone_numbers", faulty(world, "nodes"), (c) => {
      const business = requireWaba(world, c, c.req.param("id"));
      const numbers = seesGrant(business.lag.phoneNumbers) ? numbersOf(world, business.wabaId) : [];
      const list = numbers.map((number) => phoneNode(world, number, c));
      return c.json(pageOf(world, c, list));
    });
}

async function setPhoneOverride(
  world: World,
  business: Business,
  configuration: unknown,
): Promise<void> {
  const given =
    typeof configuration === "string" ? (JSON.parse(configuration) as unknown) : configuration;
  if (typeof given !== "object" || given === null) return;
  const { override_callback_uri: uri, verify_token: token } = given as Record<string, unknown>;
  if (uri === "") {
    delete business.phoneOverride;
    return;
  }
  business.phoneOverride = await checkOverride(world, uri, token);
}

/** Asks the new address for its challenge before it counts (protocol.md 1.6). */
export async function checkOverride(
  world: World,
  uri: unknown,
  verifyToken: unknown,
): Promise<string> {
  if (typeof uri !== "string" || uri.length > 200) {
    throw new GraphError({
      code: 100,
      details: "override_callback_uri is a URL of at most 200 characters",
    });
  }
  const { ok, problem } = await verifyCallback(world, uri, textOf(verifyToken) ?? "");
  if (!ok)
    throw new GraphError({ code: 2200, details: `Callback verification failed: ${problem}` });
  return uri;
}

function pick(
  all: Record<string, unknown>,
  c: GraphContext,
  defaults: string[],
): Record<string, unknown> {
  const wanted = askedFields(c) ?? new Set(defaults);
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => name === "id" || wanted.has(name)),
  );
}

function wabaNode(business: Business, c: GraphContext): Record<string, unknown> {
  const all = {
    id: business.wabaId,
    name: `${business.verifiedName} account`,
    currency: business.currency ?? undefined,
    timezone_id: business.timezoneId ?? undefined,
    country: business.country,
    message_template_namespace: `ns_${business.wabaId}`,
    account_review_status: "APPROVED",
    business_verification_status: "not_verified",
    ownership_type: "CLIENT_OWNED",
    primary_funding_id: business.hasForeignLine
      ? `59${business.portfolioId}`
      : business.allocation?.credentialId,
    owner_business_info: { id: business.portfolioId, name: business.verifiedName },
    health_status: healthOf(business),
  };
  return pick(all, c, WABA_DEFAULTS);
}

function phoneNode(world: World, business: Business, c: GraphContext): Record<string, unknown> {
  const overrides = {
    phone_number: business.phoneOverride,
    whatsapp_business_account: business.wabaOverride,
    application: world.app.callbackUrl,
  };
  const onboardedAt = business.onboarding?.startedAt;
  const all = {
    id: business.phoneNumberId,
    display_phone_number: formatPhone(business.displayPhoneNumber),
    verified_name: business.verifiedName,
    status: business.isOffboarded ? "DISCONNECTED" : "CONNECTED",
    quality_rating: "GREEN",
    code_verification_status: "VERIFIED",
    name_status: "APPROVED",
    platform_type: "CLOUD_API",
    ...(askedFields(c)?.has("is_on_biz_app")
      ? { is_on_biz_app: business.isOnBizApp && seesGrant(business.lag.isOnBizApp) }
      : {}),
    throughput: { level: "STANDARD" },
    webhook_configuration: overrides,
    account_mode: "LIVE",
    is_official_business_account: false,
    last_onboarded_time:
      onboardedAt === undefined ? undefined : new Date(onboardedAt).toISOString(),
    whatsapp_business_manager_messaging_limit: "TIER_2K",
    country_dial_code: business.displayPhoneNumber.slice(0, 1),
    health_status: healthOf(business),
  };
  return pick(all, c, PHONE_DEFAULTS);
}

/** Graph shows numbers formatted, webhooks bare (protocol.md 6, row 9). */
function formatPhone(digits: string): string {
  const american = /^1(\d{3})(\d{3})(\d{4})$/.exec(digits);
  return american ? `+1 ${american[1]}-${american[2]}-${american[3]}` : `+${digits}`;
}

function healthOf(business: Business): Record<string, unknown> {
  const refusal = refuseSender(business);
  const verdict = refusal ? "BLOCKED" : "AVAILABLE";
  const errors = refusal
    ? {
        errors: [
          {
            error_code: refusal.code,
            error_description: refusal.details,
            possible_solution: "See the error's own page",
          },
        ],
      }
    : {};
  return {
    can_send_message: verdict,
    entities: [
      {
        entity_type: "PHONE_NUMBER",
        id: business.phoneNumberId,
        can_send_message: business.isOffboarded ? "BLOCKED" : "AVAILABLE",
      },
      { entity_type: "WABA", id: business.wabaId, can_send_message: verdict, ...errors },
      { entity_type: "BUSINESS", id: business.portfolioId, can_send_message: "AVAILABLE" },
    ],
  };
}
