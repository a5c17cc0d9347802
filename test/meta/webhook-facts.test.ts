import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readWebhook } from "../../src/meta/webhook-facts.ts";
import { FIXTURES, fixture, PEOPLE } from "../support/fixtures.ts";
import { change, inbound, textMessage } from "../support/webhooks.ts";
import type { Json } from "../../src/meta/read-json.ts";

const NUMBER = { id: "312000000000071", wabaId: "212000000000071", phone: "420222000071" };
const RECEIVED = 1_795_400_000_000;

const read = (payload: Json) => readWebhook(payload, RECEIVED);

/** The facts of a fixture, without what is the same for all of its field. */
const factsOf = (name: string) => read(fixture(name, NUMBER)).facts;

const { customer: phone, other, bsuid, newbsuid } = PEOPLE;
const both = { phone, bsuid };
const byNumber = { by: "phone_number_id", value: NUMBER.id };
const byWaba = { by: "waba", value: NUMBER.wabaId };

/** What each fixture must read as; `[]` = nothing live in it (history goes another way). */
const EXPECTED: Record<string, object[]> = {
  "messages.text": [
    {
      kind: "message",
      type: "text",
      direction: "inbound",
      origin: "customer",
      customer: { ...both, name: "Lenka Havel" },
      body: { text: { body: "Máte dnes otevřeno?" } },
    },
  ],
  "messages.image": [
    { kind: "message", type: "image", body: { image: { caption: "this shade" } } },
  ],
  "messages.video": [{ kind: "message", type: "video" }],
  "messages.audio": [{ kind: "message", type: "audio", body: { audio: { voice: true } } }],
  "messages.document": [
    { kind: "message", type: "document", body: { document: { filename: "offer.pdf" } } },
  ],
  "messages.sticker": [{ kind: "message", type: "sticker" }],
  "messages.location": [
    { kind: "message", type: "location", body: { location: { latitude: 50.0755 } } },
  ],
  "messages.contacts": [
    {
      kind: "message",
      type: "contacts",
      customer: { name: "Lenka Havel" }, // of the sender, not of the card
      body: { contacts: [{ name: { formatted_name: "Petr Novák" } }] },
    },
  ],
  "messages.reaction": [{ kind: "message", type: "reaction", body: { reaction: { emoji: "🧡" } } }],
  "messages.reaction_removed": [
    { kind: "message", type: "reaction", body: { reaction: { message_id: "wamid.FX-earlier" } } },
  ],
  "messages.interactive_button": [
    {
      kind: "message",
      type: "interactive",
      body: {
        interactive: { button_reply: { id: "slot-14" } },
        context: { id: "wamid.FX-question" },
      },
    },
  ],
  "messages.interactive_list": [
    { kind: "message", body: { interactive: { list_reply: { description: "38 to 40" } } } },
  ],
  "messages.interactive_flow": [
    { kind: "message", body: { interactive: { nfm_reply: { response_json: '{"seats":4}' } } } },
  ],
  "messages.button": [
    { kind: "message", type: "button", body: { button: { payload: "CONFIRM-71" } } },
  ],
  "messages.order": [
    {
      kind: "message",
      type: "order",
      body: { order: { product_items: [{ product_retailer_id: "mug-blue" }] } },
    },
  ],
  "messages.referral": [
    { kind: "message", type: "text", body: { referral: { ctwa_clid: "CLID-fixture-9" } } },
  ],
  "messages.forwarded": [{ kind: "message", body: { context: { forwarded: true } } }],
  "messages.unsupported": [
    {
      kind: "message",
      type: "unsupported",
      body: { unsupported: { type: "poll_creation" }, errors: [{ code: 131051 }] },
    },
  ],
  "messages.unsupported_131060": [
    { kind: "message", type: "unsupported", body: { errors: [{ code: 131060 }] } },
  ],
  "messages.edit": [
    {
      kind: "edit",
      direction: "inbound",
      target: "wamid.FX-typo",
      content: { type: "text", body: { text: { body: "three, not two" } } },
    },
  ],
  "messages.revoke": [{ kind: "revoke", direction: "inbound", target: "wamid.FX-regret" }],
  "messages.bsuid_only": [
    { kind: "message", customer: { bsuid, name: "Quiet Fox", username: "quiet.fox" } },
  ],
  "messages.nul_in_name": [{ kind: "message", customer: { phone, name: "Lenka" } }],
  "messages.group": [{ kind: "raw", field: "messages", reason: "group" }],
  "messages.unknown_type": [{ kind: "raw", field: "messages", reason: "unknown_type" }],
  "messages.errors_only": [{ kind: "raw", field: "messages", reason: "no_items" }],
  "messages.system_number_change": [
    { kind: "customer_change", before: both, after: { phone: other, bsuid: newbsuid } },
  ],
  "messages.system_bsuid_change": [
    { kind: "customer_change", before: { bsuid }, after: { bsuid: newbsuid } },
  ],
  "messages.status_sent": [
    {
      kind: "status",
      status: "sent",
      at: 1_795_300_200_000,
      customer: { phone },
      send: "snd_fixture",
      pricing: { category: "utility" },
    },
  ],
  "messages.status_delivered": [{ kind: "status", status: "delivered", customer: both }],
  "messages.status_read": [{ kind: "status", status: "read" }],
  "messages.status_played": [{ kind: "status", status: "played" }],
  "messages.status_failed": [{ kind: "status", status: "failed", errors: [{ code: 131026 }] }],
  "messages.status_bsuid_only": [{ kind: "status", status: "sent", customer: { bsuid } }],
  "messages.status_group": [{ kind: "raw", reason: "group" }],
  "messages.status_unknown": [{ kind: "raw", reason: "unknown_type" }],
  "smb_message_echoes.text": [
    {
      kind: "message",
      direction: "outbound",
      origin: "app",
      customer: { phone },
      body: { text: { body: "Ano, do šesti." } },
    },
  ],
  "smb_message_echoes.image": [{ kind: "message", direction: "outbound", type: "image" }],
  "smb_message_echoes.edit": [
    {
      kind: "edit",
      direction: "outbound",
      target: "wamid.FX-e1",
      customer: { phone },
      content: { body: { text: { body: "Ano, do sedmi." } } },
    },
  ],
  "smb_message_echoes.revoke": [{ kind: "revoke", direction: "outbound", target: "wamid.FX-e1" }],
  "smb_message_echoes.bsuid_only": [{ kind: "message", customer: { bsuid } }],
  "smb_message_echoes.sole_contact": [{ kind: "message", customer: both }],
  "smb_app_state_sync.add_seconds": [
    {
      kind: "contact",
      at: 1_795_300_400_000,
      removed: false,
      customer: { phone },
      fullName: "Lenka Havel",
      firstName: "Lenka",
    },
  ],
  "smb_app_state_sync.add_milliseconds": [{ kind: "contact", at: 1_795_300_401_500 }],
  "smb_app_state_sync.add_plus_and_spaces": [{ kind: "contact", customer: { phone } }],
  "smb_app_state_sync.add_bsuid_only": [
    { kind: "contact", customer: { bsuid, username: "quiet.fox" } },
  ],
  "smb_app_state_sync.remove": [{ kind: "contact", removed: true, customer: { phone } }],
  "smb_app_state_sync.unknown_type": [{ kind: "raw", reason: "unknown_type" }],
  "account_update.partner_added": [{ kind: "account", event: "PARTNER_ADDED" }],
  "account_update.partner_app_installed": [{ kind: "account", event: "PARTNER_APP_INSTALLED" }],
  "account_update.partner_app_uninstalled": [{ kind: "account", event: "PARTNER_APP_UNINSTALLED" }],
  "account_update.partner_removed": [
    {
      kind: "account",
      event: "PARTNER_REMOVED",
      at: 1_795_300_500_000,
      detail: { disconnection_info: { reason: "COMPANION_INACTIVITY" } },
    },
  ],
  "account_update.account_offboarded": [{ kind: "account", event: "ACCOUNT_OFFBOARDED" }],
  "account_update.account_reconnected": [{ kind: "account", event: "ACCOUNT_RECONNECTED" }],
  "account_update.account_restriction": [{ kind: "account", event: "ACCOUNT_RESTRICTION" }],
  "account_update.ad_account_linked": [{ kind: "account", event: "AD_ACCOUNT_LINKED" }],
  "history.chunk": [],
  "history.follow_up_customer": [],
  "history.follow_up_business": [],
  "history.declined": [],
  "account_alerts.phone_number": [{ kind: "notice", field: "account_alerts" }],
  "phone_number_quality_update.onboarding": [
    { kind: "notice", field: "phone_number_quality_update", at: 1_795_300_601_000 },
  ],
  "message_template_status_update.approved": [
    { kind: "notice", detail: { message_template_id: 1_234_567_890_123_456 } },
  ],
  "user_preferences.stop": [
    { kind: "notice", field: "user_preferences" },
    {
      kind: "preference",
      at: 1_795_300_603_000,
      customer: { phone, bsuid, name: "Lenka Havel" },
      category: "marketing_messages",
      value: "stop",
    },
  ],
  "standby.message": [
    {
      kind: "message",
      key: "m:wamid.FX-sbm",
      standby: true,
      direction: "inbound",
      origin: "customer",
      customer: { ...both, name: "Lenka" },
    },
  ],
  "standby.edit": [{ kind: "edit", standby: true, direction: "inbound", target: "wamid.FX-sbm" }],
  "standby.status": [
    { kind: "status", standby: true, status: "delivered", pricing: { category: "service" } },
  ],
  "standby.echo": [
    {
      kind: "message",
      standby: true,
      at: 1_795_300_604_000,
      direction: "outbound",
      origin: "responder",
      customer: { phone },
      type: "text",
      body: { text: { body: "agent speaking" } },
    },
  ],
  "standby.echo_template": [
    {
      kind: "message",
      origin: "responder",
      customer: { bsuid },
      type: "template",
      body: { template: { name: "autumn_offer" }, context: { message_id: "wamid.FX-sbm" } },
    },
  ],
  "standby.echo_without_body": [
    { kind: "raw", field: "standby", reason: "malformed", raw: { item: { id: "wamid.FX-sbx" } } },
  ],
  "standby.empty": [{ kind: "raw", field: "standby", reason: "no_items" }],
  "messaging_handovers.passed_by_agent": [
    {
      kind: "handover",
      at: 1_795_300_610_000,
      customer: { phone },
      owner: "tandem",
      detail: { control_passed: { metadata: "asked for a person" } },
    },
  ],
  "messaging_handovers.passed_to_agent": [{ kind: "handover", owner: "other" }],
  "messaging_handovers.taken_from_agent": [{ kind: "handover", owner: "tandem" }],
  "messaging_handovers.taken_from_us": [{ kind: "handover", owner: "other" }],
  "messaging_handovers.unknown_type": [
    { kind: "handover", customer: { phone }, detail: { type: "control_shared" } },
  ],
  "messaging_handovers.display_only": [{ kind: "handover", customer: {}, owner: "tandem" }],
  "automatic_events.purchase": [
    {
      kind: "detection",
      wamid: "wamid.FX-ae",
      at: 1_795_300_605_000,
      name: "Purchase",
      ctwaClid: "CLID-fixture-10",
      currency: "EUR",
      value: 990,
    },
  ],
};

describe("every fixture", () => {
  it("has its expectation here", () => {
    expect(FIXTURES).toEqual(Object.keys(EXPECTED).toSorted());
  });

  it.each(FIXTURES)("%s reads as it should", (name) => {
    const facts = factsOf(name);
    expect(facts.map(({ fact }) => fact)).toMatchObject(EXPECTED[name] ?? [{}]);
    expect(facts).toHaveLength(EXPECTED[name]?.length ?? -1);
  });

  it.each(FIXTURES)("%s reads the same from the same body: keys stay", (name) => {
    const again = readWebhook(fixture(name, NUMBER), RECEIVED).facts;
    expect(again).toEqual(factsOf(name));
    const later = readWebhook(fixture(name, NUMBER), RECEIVED + 86_400_000).facts;
    expect(later.map(({ fact }) => fact.key)).toEqual(factsOf(name).map(({ fact }) => fact.key));
  });

  it.each(FIXTURES.filter((name) => /^(messages|smb|standby|user|automatic)/.test(name)))(
    "%s goes to its phone_number_id",
    (name) => {
      for (const { route } of factsOf(name)) expect(route).toEqual(byNumber);
    },
  );

  it.each(FIXTURES.filter((name) => name.startsWith("account_update.")))(
    "%s goes to the WABA it names, never to a partner's portfolio",
    (name) => {
      for (const { route } of factsOf(name)) expect(route).toEqual(byWaba);
    },
  );

  it("survives JSON as it is: what a journal stores is what was read", () => {
    for (const name of FIXTURES) {
      expect(JSON.parse(JSON.stringify(factsOf(name)))).toEqual(factsOf(name));
    }
  });
});

describe("routes of account fields", () => {
  it("are nobody's where a PARTNER_* names no WABA: entry.id is the partner's own portfolio", () => {
    const [fact] = read({
      entry: [
        {
          id: "441",
          time: 1,
          changes: [{ field: "account_update", value: { event: "PARTNER_REMOVED" } }],
        },
      ],
    }).facts;
    expect(fact?.route).toEqual({ by: "none" });
  });

  it.each([
    ["an alert's entity", "account_alerts.phone_number", byNumber],
    [
      "a display number",
      "phone_number_quality_update.onboarding",
      { by: "display", value: NUMBER.phone },
    ],
    ["the WABA", "message_template_status_update.approved", byWaba],
  ])("follow %s", (_, name, route) => {
    expect(factsOf(name).map((fact) => fact.route)).toEqual([route]);
  });

  it("of a handover follow its recipient, by id or else by display number", () => {
    const routeOf = (name: string) => factsOf(name).map(({ route }) => route);
    expect(routeOf("messaging_handovers.passed_by_agent")).toEqual([byNumber]);
    expect(routeOf("messaging_handovers.display_only")).toEqual([
      { by: "display", value: NUMBER.phone },
    ]);
    const nobody = { entry: [{ id: "1", changes: [{ field: "messaging_handovers", value: {} }] }] };
    expect(read(nobody).facts).toMatchObject([{ route: { by: "none" } }]);
  });

  it("of an unknown kind of handover say nothing of the thread", () => {
    expect(factsOf("messaging_handovers.unknown_type")[0]?.fact).not.toHaveProperty("owner");
  });

  it("take an entity id that is a JSON number", () => {
    const value = { entity_type: "PHONE_NUMBER", entity_id: 312_000_000_000_071 };
    const [fact] = read({
      entry: [{ id: "1", changes: [{ field: "account_alerts", value }] }],
    }).facts;
    expect(fact?.route).toEqual(byNumber);
  });

  it("read a display number with plus, spaces and dashes as its digits", () => {
    const value = { display_phone_number: "+420 222-000 071", event: "PIN_CHANGED" };
    const [fact] = read({ entry: [{ id: "1", changes: [{ field: "security", value }] }] }).facts;
    expect(fact?.route).toEqual({ by: "display", value: NUMBER.phone });
  });
});

describe("a field name that Meta misplaced", () => {
  it.each([
    [
      "in the value",
      {
        entry: [
          { id: "1", changes: [{ value: { field: "security", display_phone_number: "1" } }] },
        ],
      },
    ],
    [
      "at the entry",
      {
        entry: [
          { id: "1", field: "security", changes: [{ value: { display_phone_number: "1" } }] },
        ],
      },
    ],
  ])("is found %s", (_, payload) => {
    expect(read(payload).facts).toMatchObject([{ fact: { kind: "notice", field: "security" } }]);
  });
});

describe("bad neighbours", () => {
  const anything = fc.jsonValue({ maxDepth: 3 });

  it("never keep a good message from being read, whatever they are", () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 4 }), fc.nat(4), (neighbours, at) => {
        const good = textMessage({ wamid: "wamid.good" });
        const items = neighbours.toSpliced(at, 0, good as never);
        const { facts } = read(inbound(NUMBER, ...items));
        expect(facts.filter(({ fact }) => fact.key === "m:wamid.good")).toHaveLength(1);
        expect(facts).toHaveLength(items.length);
      }),
    );
  });

  it("are each a fact of their own in every list of every field", () => {
    const lists = [
      ["messages", "messages"],
      ["messages", "statuses"],
      ["smb_message_echoes", "message_echoes"],
      ["smb_app_state_sync", "state_sync"],
    ] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...lists),
        fc.array(anything, { minLength: 1 }),
        ([field, list], items) => {
          const { facts } = read(change(NUMBER, field, { [list]: items }));
          expect(facts).toHaveLength(items.length);
          for (const { fact } of facts) expect(fact.key).toMatch(/^[a-z]+:.+/);
        },
      ),
    );
  });
});

const pick = (words: string) => fc.constantFrom(...words.split(" "));

describe("who a fact is about", () => {
  const system = (from: string, after: Record<string, unknown>) => ({
    ...textMessage({ from }),
    type: "system",
    system: { type: "user_changed_user_id", body: "changed", ...after },
  });
  const soleFact = (item: unknown) => read(inbound(NUMBER, item)).facts.map(({ fact }) => fact);

  it("is never a phone made of a BSUID's digits, in whatever field and case it comes", () => {
    expect(soleFact(textMessage({ from: bsuid }))).toMatchObject([{ customer: { bsuid } }]);
    expect(soleFact(textMessage({ from: bsuid.toLowerCase() }))).toMatchObject([
      { kind: "raw", reason: "no_customer" },
    ]);
    expect(soleFact(system(bsuid, { user_id: newbsuid }))).toMatchObject([
      { before: { bsuid }, after: { bsuid: newbsuid } },
    ]);
    expect(soleFact(system(phone, { wa_id: newbsuid }))).toMatchObject([
      { before: { phone }, after: { bsuid: newbsuid } },
    ]);
  });
});

describe("readWebhook", () => {
  /** JSON that looks like Meta's more often than chance would have it. */
  const names = pick(
    "object entry changes field value messages statuses metadata phone_number_id id from to type " +
      "text timestamp history contacts message_echoes state_sync contact action event waba_info " +
      "system edit revoke original_message_id message profile user_id time standby sender recipient " +
      "control_passed control_taken new_owner_role",
  );
  const words = fc.oneof(
    pick(
      "messages smb_message_echoes smb_app_state_sync account_update history security text edit " +
        "standby messaging_handovers control_passed " +
        "revoke system contact add 420777123456 wamid.X CZ.1 1795300000 9999999999999999 " +
        "constructor __proto__",
    ),
    fc.constantFrom("", "\0"),
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 7, withCrossShrink: true },
      fc.oneof(words, fc.double(), fc.constantFrom(null, true, -1, 1e21)),
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(names, tie("tree"), { maxKeys: 6 }),
    ),
  }));
  const payloads = fc.oneof(
    fc.dictionary(names, tree),
    fc.record({
      entry: fc.array(
        fc.record({
          id: words,
          changes: fc.array(fc.record({ field: words, value: fc.dictionary(names, tree) }), {
            minLength: 1,
          }),
        }),
        { minLength: 1 },
      ),
    }),
  ) as fc.Arbitrary<Json>;

  it("never throws, and accounts for every change, on any JSON object", () => {
    fc.assert(
      fc.property(payloads, (payload) => {
        const { facts, hasHistory } = read(JSON.parse(JSON.stringify(payload)) as Json);
        expect(facts.length > 0 || hasHistory).toBe(true);
        for (const { fact } of facts) {
          expect(fact.key).toMatch(/^[a-z]+:.+/);
          if ("at" in fact) {
            expect(Number.isInteger(fact.at)).toBe(true);
            expect(() => new Date(fact.at ?? 0).toISOString()).not.toThrow();
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([["a word"], [["a list"]]])(
    "keeps a change whose value is no object word for word: %j",
    (value) => {
      const payload = { entry: [{ id: "1", changes: [{ field: "messages", value }] }] };
      expect(JSON.stringify(read(payload).facts)).toContain(JSON.stringify(value));
    },
  );

  it("gives a fact or more for every change of any envelope", () => {
    const changes = fc.array(fc.tuple(words, tree), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(changes, (pairs) => {
        const live = pairs.filter(([field]) => field !== "history");
        const { facts } = read({
          entry: [{ id: "1", changes: live.map(([field, value]) => ({ field, value })) }],
        });
        expect(facts.length).toBeGreaterThanOrEqual(Math.max(1, live.length));
      }),
      { numRuns: 300 },
    );
  });
});
