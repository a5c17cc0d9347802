import { describe, expect, it } from "vitest";
import { NOTICE_WORDS } from "../../src/lib/lifecycle-words.ts";
import { isNoticeField } from "../../src/meta/notice-facts.ts";
import { deliver, seedPartner, seedSender, services } from "../support/seed.ts";
import { accountUpdate, eventsOf } from "../support/sends.ts";
import { senderOf } from "../support/storage.ts";
import type { TestNumber } from "../support/seed.ts";

type Value = Record<string, unknown>;

const TEMPLATE = {
  message_template_id: 4_111_222_333_444_555,
  message_template_name: "pick_up_reminder",
  message_template_language: "pt-BR",
};
const READ_TEMPLATE = { id: "4111222333444555", name: "pick_up_reminder", language: "pt_BR" };
const ABOUT_TEMPLATE = { kind: "template", id: "4111222333444555" };
const AT = 1_793_000_000;
const ISO = new Date(AT * 1000).toISOString();

/** What Meta says under a field, for a number, and what a partner is told of it. */
const NOTICES: [field: string, value: (number: TestNumber) => Value, told: Value][] = [
  [
    "account_alerts",
    ({ id }) => ({
      entity_type: "PHONE_NUMBER",
      entity_id: Number(id),
      alert_info: {
        alert_severity: "CRITICAL",
        alert_status: "ACTIVE",
        alert_type: "PROFILE_PICTURE_LOST",
        alert_description: "The picture is gone.",
      },
    }),
    {
      about: { kind: "number" },
      entity_type: "PHONE_NUMBER",
      severity: "CRITICAL",
      status: "ACTIVE",
      alert: "PROFILE_PICTURE_LOST",
      description: "The picture is gone.",
    },
  ],
  [
    "account_alerts",
    () => ({
      entity_type: "BUSINESS",
      entity_id: "71999",
      alert_severity: "INFORMATIONAL",
      alert_type: "OBA_APPROVED",
    }),
    { about: { kind: "business", id: "71999" }, severity: "INFORMATIONAL", alert: "OBA_APPROVED" },
  ],
  [
    "account_review_update",
    () => ({ decision: "DEFERRED" }),
    { about: { kind: "account" }, decision: "DEFERRED" },
  ],
  [
    "account_settings_update",
    ({ id }) => ({
      timestamp: String(AT),
      type: "phone_number_settings",
      metadata: { phone_number_id: id },
    }),
    { setting: "phone_number_settings", changed_at: ISO },
  ],
  [
    "business_capability_update",
    () => ({
      max_daily_conversations_per_business: "TIER_10K",
      max_phone_numbers_per_business: 30,
      max_phone_numbers_per_waba: 12,
    }),
    {
      about: { kind: "business" },
      max_daily_conversations: "TIER_10K",
      max_phone_numbers_per_business: 30,
      max_phone_numbers_per_account: 12,
    },
  ],
  [
    "business_username_update",
    ({ phone }) => ({ display_phone_number: phone, username: "corner.shop", status: "approved" }),
    { about: { kind: "number" }, username: "corner.shop", status: "approved" },
  ],
  [
    "business_username_updates",
    ({ phone }) => ({ display_phone_number: phone, username: "corner.shop", event: "deleted" }),
    { about: { kind: "number" }, username: "corner.shop", status: "deleted" },
  ],
  [
    "message_template_components_update",
    () => ({ ...TEMPLATE, message_template_element: "Ready at {{1}}" }),
    { about: ABOUT_TEMPLATE, template: READ_TEMPLATE },
  ],
  [
    "message_template_quality_update",
    () => ({ ...TEMPLATE, previous_quality_score: "YELLOW", new_quality_score: "RED" }),
    { about: ABOUT_TEMPLATE, template: READ_TEMPLATE, from: "YELLOW", to: "RED" },
  ],
  [
    "message_template_status_update",
    () => ({
      ...TEMPLATE,
      event: "REJECTED",
      reason: "TAG_CONTENT_MISMATCH",
      message_template_category: "UTILITY",
      rejection_info: { reason: "Reads like an advertisement.", recommendation: "Use marketing." },
      disable_info: { disable_date: AT },
    }),
    {
      about: ABOUT_TEMPLATE,
      template: READ_TEMPLATE,
      event: "REJECTED",
      reason: "TAG_CONTENT_MISMATCH",
      category: "UTILITY",
      rejection: { reason: "Reads like an advertisement.", recommendation: "Use marketing." },
      disabled_at: ISO,
    },
  ],
  [
    "message_template_status_update",
    () => ({ ...TEMPLATE, previous_quality_score: "GREEN", new_quality_score: "YELLOW" }),
    { template: READ_TEMPLATE, from: "GREEN", to: "YELLOW" },
  ],
  [
    "payment_configuration_update",
    () => ({ configuration_name: "till-1", provider_name: "acme", status: "Active" }),
    { about: { kind: "account" }, configuration: "till-1", provider: "acme", status: "Active" },
  ],
  [
    "phone_number_name_update",
    ({ phone }) => ({
      display_phone_number: `+${phone}`,
      decision: "REJECTED",
      requested_verified_name: "Best Shop Ever",
      rejection_reason: "NAME_EMPLOYEE_FORMAT",
    }),
    {
      about: { kind: "number" },
      decision: "REJECTED",
      requested_name: "Best Shop Ever",
      rejection_reason: "NAME_EMPLOYEE_FORMAT",
    },
  ],
  [
    "phone_number_quality_update",
    ({ phone }) => ({
      display_phone_number: phone,
      event: "DOWNGRADE",
      current_limit: "TIER_1K",
      max_daily_conversations_per_business: "TIER_1K",
    }),
    { event: "DOWNGRADE", limit: "TIER_1K", max_daily_conversations: "TIER_1K" },
  ],
  [
    "security",
    ({ phone }) => ({ display_phone_number: phone, event: "PIN_CHANGED", requester: "61001" }),
    { about: { kind: "number" }, event: "PIN_CHANGED", requester: "61001" },
  ],
  [
    "template_category_update",
    () => ({ ...TEMPLATE, previous_category: "UTILITY", new_category: "MARKETING" }),
    { about: ABOUT_TEMPLATE, template: READ_TEMPLATE, from: "UTILITY", to: "MARKETING" },
  ],
  [
    "template_category_update",
    () => ({ ...TEMPLATE, new_category: "UTILITY", correct_category: "MARKETING" }),
    { to: "UTILITY", will_be: "MARKETING" },
  ],
  [
    "user_preferences",
    ({ id }) => ({
      metadata: { phone_number_id: id },
      user_preferences: [
        {
          wa_id: "15550177222",
          user_id: "BR.4411",
          detail: "No more offers",
          category: "marketing_messages",
          value: "stop",
          timestamp: AT,
        },
      ],
    }),
    {
      about: { kind: "customer" },
      preferences: [
        {
          phone: "15550177222",
          bsuid: "BR.4411",
          category: "marketing_messages",
          value: "stop",
          detail: "No more offers",
          changed_at: ISO,
        },
      ],
    },
  ],
];

/** What account_update says beside its event. */
const ACCOUNT: [event: string, value: Value, told: Value][] = [
  [
    "ACCOUNT_RESTRICTION",
    {
      restriction_info: [
        {
          restriction_type: "RESTRICTED_BIZ_INITIATED_MESSAGING",
          expiration: AT,
          remediation: "Wait.",
        },
        { restriction_type: "RESTRICTED_ADD_PHONE_NUMBER_ACTION", expiration: String(AT) },
      ],
    },
    {
      restrictions: [
        { kind: "RESTRICTED_BIZ_INITIATED_MESSAGING", ends_at: ISO, remediation: "Wait." },
        { kind: "RESTRICTED_ADD_PHONE_NUMBER_ACTION", ends_at: ISO },
      ],
    },
  ],
  ["ACCOUNT_VIOLATION", { violation_info: { violation_type: "SCAM" } }, { violation: "SCAM" }],
  [
    "DISABLED_UPDATE",
    { ban_info: { waba_ban_state: "SCHEDULE_FOR_DISABLE", waba_ban_date: "May 3, 2027" } },
    { ban: { state: "SCHEDULE_FOR_DISABLE", date: "May 3, 2027" } },
  ],
  ["BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE", { country: "PT" }, { country: "PT" }],
  [
    "VOLUME_BASED_PRICING_TIER_UPDATE",
    { volume_tier_info: { tier: "25001:50000", region: "Brazil" } },
    { volume_tier: { tier: "25001:50000", region: "Brazil" } },
  ],
];

describe("account.notice", () => {
  it.each(NOTICES)(
    "tells %s with its values typed, and as they came",
    async (field, value, told) => {
      const { partner, number } = await seedSender();
      const said = value(number);
      const notice = {
        object: "whatsapp_business_account",
        entry: [{ id: number.wabaId, time: AT, changes: [{ field, value: said }] }],
      };
      await deliver(number, notice);
      await deliver(number, notice); // Meta's retry
      const events = await eventsOf(partner, number, "account.notice");
      expect(events).toHaveLength(1);
      expect(events[0]?.at).toBe(ISO);
      expect(events[0]?.data).toMatchObject({
        field,
        known: true,
        ...told,
        value: said,
        words: NOTICE_WORDS[field],
      });
      expect((await partner.read<{ state: string }>(`/v1/senders/${number.id}`)).state).toBe(
        "active",
      );
    },
  );

  it.each(ACCOUNT)("tells what %s says beside its name", async (event, value, told) => {
    const { partner, number } = await seedSender();
    await accountUpdate(number, event, { detail: value });
    const [notice] = await eventsOf(partner, number, "account.notice");
    expect(notice?.data).toMatchObject({ field: "account_update", known: true, event, ...told });
  });

  it("tells an event of the account that is new to us as one that is not known", async () => {
    const { partner, number } = await seedSender();
    await accountUpdate(number, "ACCOUNT_POLISHED", { detail: { gloss: 7 } });
    const [notice] = await eventsOf(partner, number, "account.notice");
    expect(notice?.data).toMatchObject({
      field: "account_update",
      known: false,
      event: "ACCOUNT_POLISHED",
      value: { gloss: 7 },
    });
  });

  it("has words for every field that is known, and a reader for every field with words", () => {
    const outside = new Set(["messaging_handovers", "tandem_connection"]);
    for (const field of Object.keys(NOTICE_WORDS)) {
      expect([field, isNoticeField(field)]).toEqual([field, !outside.has(field)]);
    }
    for (const [field] of NOTICES) expect(NOTICE_WORDS).toHaveProperty(field);
  });
});

describe("a notice", () => {
  type Page = { data: Value[]; next_cursor: string | null };
  const said = (number: TestNumber, field: string, value: Value, time?: number) => ({
    object: "whatsapp_business_account",
    entry: [
      { id: number.wabaId, ...(time === undefined ? {} : { time }), changes: [{ field, value }] },
    ],
  });

  it("is kept as it was told, once, and stays when events are forgotten", async () => {
    const { partner, number } = await seedSender();
    const quality = { display_phone_number: number.phone, event: "FLAGGED" };
    // Without a time of its own: its repeat comes at another.
    const webhook = said(number, "phone_number_quality_update", quality);
    await deliver(number, webhook);
    await deliver(number, webhook);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await deliver(number, webhook);
    const [event] = await eventsOf(partner, number, "account.notice");
    const { shard } = await senderOf(number);
    await services().shard(shard).prepare(`DELETE FROM events`).run();
    const { data } = await partner.read<Page>(`/v1/senders/${number.id}/notices`);
    expect(data).toEqual([{ id: event?.id, at: event?.at, ...event?.data }]);
    expect(data[0]).toMatchObject({ field: "phone_number_quality_update", event: "FLAGGED" });
  });

  it("is listed newest first, in pages, by field and by template", async () => {
    const { partner, number } = await seedSender();
    const path = `/v1/senders/${number.id}/notices`;
    for (const [place, event] of ["PENDING", "APPROVED", "PAUSED"].entries()) {
      const value = { ...TEMPLATE, event };
      await deliver(number, said(number, "message_template_status_update", value, AT + place));
    }
    const other = { ...TEMPLATE, message_template_id: 77, event: "REJECTED" };
    await deliver(number, said(number, "message_template_status_update", other, AT + 3));
    await deliver(number, said(number, "security", { event: "PIN_CHANGED" }, AT + 4));
    await accountUpdate(number, "ACCOUNT_VIOLATION");
    const events = async (query: string) =>
      (await partner.read<Page>(`${path}?${query}`)).data.map(({ event }) => event);

    const first = await partner.read<Page>(`${path}?limit=4`);
    const second = await partner.read<Page>(`${path}?limit=4&cursor=${first.next_cursor}`);
    expect([...first.data, ...second.data].map(({ event }) => event)).toEqual([
      "ACCOUNT_VIOLATION",
      "PIN_CHANGED",
      "REJECTED",
      "PAUSED",
      "APPROVED",
      "PENDING",
    ]);
    expect(second.next_cursor).toBeNull();
    expect(await events("template=4111222333444555")).toEqual(["PAUSED", "APPROVED", "PENDING"]);
    expect(await events("field=security")).toEqual(["PIN_CHANGED"]);
    expect(await events("field=none")).toEqual([]);
    const stranger = await seedPartner();
    expect((await stranger.get(path)).status).toBe(404);
  });
});
