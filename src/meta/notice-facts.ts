import { asObject, asObjects, asText, asTime } from "./read-json.ts";
import type { Json } from "./read-json.ts";

/** What a notice is about, as far as Meta says; `account` is the WABA. */
export interface NoticeAbout {
  kind: "number" | "account" | "business" | "customer" | "template";
  id?: string;
}

/** An account-level fact in our shape, as partners are told it; absent values are left out. */
export interface Notice {
  about: NoticeAbout;
  [name: string]: unknown;
}

type Reader = (value: Json) => Notice;

const QUALITY = "message_template_quality_update";
const NUMBER: NoticeAbout = { kind: "number" };
const ACCOUNT: NoticeAbout = { kind: "account" };
const BUSINESS: NoticeAbout = { kind: "business" };

/** The fields of an account that change no state of ours (protocol.md 2.9), each by its reader. */
const FIELDS: Record<string, Reader> = {
  account_alerts: (value) => {
    // Meta's samples have these at either level.
    const info = asObject(value["alert_info"]) ?? value;
    const entity = asText(value["entity_type"]);
    const about = entity === "PHONE_NUMBER" ? NUMBER : entity === "BUSINESS" ? BUSINESS : ACCOUNT;
    return {
      about: withId(about, value["entity_id"]),
      entity_type: entity,
      severity: asText(info["alert_severity"]),
      status: asText(info["alert_status"]),
      alert: asText(info["alert_type"]),
      description: asText(info["alert_description"]),
    };
  },
  account_review_update: (value) => ({ about: ACCOUNT, decision: asText(value["decision"]) }),
  account_settings_update: (value) => ({
    about: NUMBER,
    setting: asText(value["type"]),
    changed_at: isoOf(asTime(value["timestamp"])),
  }),
  business_capability_update: (value) => ({
    about: BUSINESS,
    // A count in the samples, TIER_… in the tables: told as text.
    max_daily_conversations: asText(value["max_daily_conversations_per_business"]),
    max_phone_numbers_per_business: asCount(value["max_phone_numbers_per_business"]),
    max_phone_numbers_per_account: asCount(value["max_phone_numbers_per_waba"]),
  }),
  business_username_update: readUsername,
  business_username_updates: readUsername,
  message_template_components_update: readTemplate,
  message_template_quality_update: (value) => ({
    ...readTemplate(value),
    from: asText(value["previous_quality_score"]),
    to: asText(value["new_quality_score"]),
  }),
  message_template_status_update: (value) => {
    const rejection = asObject(value["rejection_info"]);
    const disabled = asObject(value["disable_info"]);
    const other = asObject(value["other_info"]);
    return {
      ...readTemplate(value),
      event: asText(value["event"]),
      // Where there is none, Meta writes the word.
      reason: asText(value["reason"]) === "NONE" ? undefined : asText(value["reason"]),
      category: asText(value["message_template_category"]),
      rejection:
        rejection === undefined
          ? undefined
          : {
              reason: asText(rejection["reason"]),
              recommendation: asText(rejection["recommendation"]),
            },
      disabled_at: isoOf(asTime(disabled?.["disable_date"])),
      description: asText(other?.["description"]),
    };
  },
  payment_configuration_update: (value) => ({
    about: ACCOUNT,
    configuration: asText(value["configuration_name"]),
    provider: asText(value["provider_name"]),
    status: asText(value["status"]),
  }),
  phone_number_name_update: (value) => ({
    about: NUMBER,
    decision: asText(value["decision"]),
    requested_name: asText(value["requested_verified_name"]),
    rejection_reason: asText(value["rejection_reason"]),
  }),
  phone_number_quality_update: (value) => ({
    about: NUMBER,
    event: asText(value["event"]),
    limit: asText(value["current_limit"]),
    max_daily_conversations: asText(value["max_daily_conversations_per_business"]),
  }),
  security: (value) => ({
    about: NUMBER,
    event: asText(value["event"]),
    requester: asText(value["requester"]),
  }),
  template_category_update: (value) => ({
    ...readTemplate(value),
    from: asText(value["previous_category"]),
    to: asText(value["new_category"]),
    will_be: asText(value["correct_category"]),
  }),
  user_preferences: (value) => ({
    about: { kind: "customer" },
    preferences: asObjects(value["user_preferences"]).map((each) => ({
      phone: asText(each["wa_id"]),
      bsuid: asText(each["user_id"]),
      category: asText(each["category"]),
      value: asText(each["value"]),
      detail: asText(each["detail"]),
      changed_at: isoOf(asTime(each["timestamp"])),
    })),
  }),
};

/** Whether a field of the account is one that we know. */
export function isNoticeField(field: string): boolean {
  return Object.hasOwn(FIELDS, field);
}

/** What a field of the account says, typed; only for a field that is known. */
export function readNotice(field: string, value: Json): Notice {
  const notice = FIELDS[field]?.(value) ?? { about: ACCOUNT };
  // Meta's own sample of a quality update comes under the name of the status update.
  const isQuality = value["new_quality_score"] !== undefined;
  return isQuality ? { ...notice, ...FIELDS[QUALITY]?.(value) } : notice;
}

/** What an account_update says beside its event (protocol.md 2.8). */
export function readAccountNotice(value: Json): Notice {
  const waba = asObject(value["waba_info"]);
  const ban = asObject(value["ban_info"]);
  const violation = asObject(value["violation_info"]);
  const disconnection = asObject(value["disconnection_info"]);
  const tier = asObject(value["volume_tier_info"]);
  const restrictions = asObjects(value["restriction_info"]).map((each) => ({
    kind: asText(each["restriction_type"]),
    ends_at: isoOf(asTime(each["expiration"])),
    remediation: asText(each["remediation"]),
  }));
  return {
    about: withId(ACCOUNT, waba?.["waba_id"]),
    event: asText(value["event"]),
    ban_state: asText(ban?.["waba_ban_state"]),
    ban:
      ban === undefined
        ? undefined
        : { state: asText(ban["waba_ban_state"]), date: asText(ban["waba_ban_date"]) },
    restrictions: restrictions.length === 0 ? undefined : restrictions,
    violation: asText(violation?.["violation_type"]),
    disconnection:
      disconnection === undefined
        ? undefined
        : {
            reason: asText(disconnection["reason"]),
            initiated_by: asText(disconnection["initiated_by"]),
          },
    country: asText(value["country"]),
    volume_tier: tier,
  };
}

function readTemplate(value: Json): Notice {
  return {
    about: withId({ kind: "template" }, value["message_template_id"]),
    template: {
      // A number of 16 digits in JSON: as text it survives every reader.
      id: asText(value["message_template_id"]),
      name: asText(value["message_template_name"]),
      // Seen as en-US and en_US.
      language: asText(value["message_template_language"])?.replace("-", "_"),
    },
  };
}

function readUsername(value: Json): Notice {
  return {
    about: NUMBER,
    username: asText(value["username"]),
    status: asText(value["status"]) ?? asText(value["event"]),
  };
}

function withId(about: NoticeAbout, id: unknown): NoticeAbout {
  const text = asText(id);
  return text === undefined ? about : { ...about, id: text };
}

function asCount(value: unknown): number | undefined {
  const count = Number(asText(value));
  return Number.isInteger(count) ? count : undefined;
}

function isoOf(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
