import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMessageRequest } from "../../src/meta/message-body.ts";
import {
  bodyOf,
  GOOD_BODIES,
  GOOD_MARKS,
  interactive,
  replies,
  rows,
  withUnknownFields,
} from "../support/bodies.ts";
import type { BodyFault } from "../../src/meta/message-body.ts";
import type { Json } from "../../src/meta/read-json.ts";

const PHONE = "420777123456";
const good = Object.entries(GOOD_BODIES);

function sendOf(body: Json) {
  const request = readMessageRequest(body);
  if ("fault" in request) throw new Error(request.fault.details);
  if (request.kind !== "send") throw new Error("It was read as a mark.");
  return request;
}

function faultIn(body: Json): BodyFault {
  const request = readMessageRequest(body);
  if (!("fault" in request)) throw new Error("No fault was found.");
  return request.fault;
}

/** Equal to the last byte: nothing reordered, coerced or dropped. */
function expectSame(found: Json, given: Json): void {
  expect(JSON.stringify(found)).toBe(JSON.stringify(given));
}

describe("a good body", () => {
  it.each(good)("goes to Meta as it came: %s", (_name, body) => {
    const before = JSON.stringify(body);
    const request = sendOf(body);
    expect(JSON.stringify(request.body)).toBe(before);
    expect(JSON.stringify(body)).toBe(before);
    expect(request).toMatchObject({
      recipient: PHONE,
      type: body["type"],
      needsWindow: body["type"] !== "template",
      callback: undefined,
    });
  });

  it("takes fields nobody knows along, at every depth", () => {
    for (const [, body] of good) {
      const more = withUnknownFields(body) as Json;
      const request = sendOf(more);
      expect(request.body).toEqual(more);
      expectSame(request.body, more);
    }
  });

  it("may have null or empty text where a field may be left out", () => {
    for (const [, body] of good) {
      for (const nothing of [null, ""]) {
        const more = {
          ...body,
          context: nothing,
          recipient_identity_key_hash: nothing,
          messaging_account_id: nothing,
          recipient_type: nothing,
          recipient: nothing,
          status: nothing,
        };
        expectSame(sendOf(more).body, more);
      }
    }
  });

  it("of interactive kind may have null for each part that may be left out", () => {
    for (const [, body] of good.filter(([each]) => each.startsWith("interactive"))) {
      const content = body["interactive"] as Json;
      const more = { ...body, interactive: { ...content, header: null, footer: null } };
      expectSame(sendOf(more).body, more);
    }
  });

  it("is a text where it names no type, and then says so to Meta", () => {
    const { type: _, ...untyped } = bodyOf("text", { body: "Hello" });
    expect(sendOf(untyped)).toMatchObject({ type: "text", body: { ...untyped, type: "text" } });
    expect(sendOf({ ...untyped, type: null }).body).toEqual({ ...untyped, type: "text" });
  });

  it("may write Meta's words in capitals, as Meta's own enums are", () => {
    const loud = {
      ...GOOD_BODIES["template"],
      messaging_product: "WHATSAPP",
      recipient_type: "INDIVIDUAL",
      type: "TEMPLATE",
    };
    const request = sendOf(loud);
    expect(request).toMatchObject({ type: "template", needsWindow: false });
    expectSame(request.body, loud);
    const list = interactive("LIST", { body: { text: "?" }, action: { button: "Open" } });
    expect(faultIn(list).field).toBe("interactive.action.sections");
  });

  it("may hold its content as JSON text, as Graph takes it too", () => {
    const body = bodyOf(
      "interactive",
      JSON.stringify(GOOD_BODIES["interactive list"]?.["interactive"]),
    );
    expectSame(sendOf(body).body, body);
    const faulty = bodyOf("text", JSON.stringify({ body: "x".repeat(4_097) }));
    expect(faultIn(faulty).field).toBe("text.body");
    expect(faultIn(bodyOf("text", "{Hello")).details).toContain("must be an object");
  });

  it("counts characters as people do: an emoji is one", () => {
    expect(sendOf(bodyOf("text", { body: "🏺".repeat(4_096) })).kind).toBe("send");
    expect(faultIn(bodyOf("text", { body: "🏺".repeat(4_097) }))).toMatchObject({
      details: "text.body has 4097 characters; 4096 are allowed.",
    });
  });

  it("keeps its callback data with us and leaves the rest in place", () => {
    const { text, ...around } = bodyOf("text", { body: "Hello" });
    const request = sendOf({ ...around, biz_opaque_callback_data: "🏺".repeat(512), text });
    expect(request.callback).toBe("🏺".repeat(512));
    expectSame(request.body, { ...around, text });
    expect(sendOf({ ...around, text, biz_opaque_callback_data: null })).toMatchObject({
      callback: undefined,
    });
  });
});

describe("buttons of a kind to come", () => {
  it("may hold anything, even what has no text", () => {
    const odd = { type: "dial", reply: { id: { toString: null } } };
    const body = interactive("button", { body: { text: "?" }, action: { buttons: [odd, odd] } });
    expectSame(sendOf(body).body, body);
  });
});

describe("a mark", () => {
  it.each(Object.entries(GOOD_MARKS))("goes to Meta as it came: %s", (_name, body) => {
    expect(readMessageRequest(body)).toEqual({ kind: "mark", body });
    const more = withUnknownFields({ ...body, to: PHONE, recipient_type: "individual" }) as Json;
    const request = readMessageRequest(more);
    if (!("kind" in request)) throw new Error(request.fault.details);
    expect(request.kind).toBe("mark");
    expectSame(request.body, more);
  });
});

describe("a recipient", () => {
  const text = { body: "Hello" };
  it.each<[string, unknown]>([
    ["digits", "420777123456"],
    ["a plus", "+420777123456"],
    ["spaces, brackets and dashes", "+420 (777) 123-456"],
    ["a number", 420777123456],
  ])("may be written with %s", (_name, to) => {
    expect(sendOf(bodyOf("text", text, { to })).recipient).toBe(PHONE);
  });

  it.each(["US.13491208655302741918", "CZ.ENT.a1B2"])("may be a BSUID: %s", (recipient) => {
    const body = bodyOf("text", text, { to: undefined, recipient });
    expect(sendOf(body).recipient).toBe(recipient);
  });

  it("is `to` where both stand, as with Meta, whatever `recipient` says", () => {
    const body = bodyOf("text", text, { recipient: "not looked at" });
    expect(sendOf(body).recipient).toBe(PHONE);
  });
});

const oneButton = { buttons: replies("Yes") };
const question = { text: "Shall we?" };
const button = (action: unknown, parts: Json = {}) =>
  interactive("button", { body: question, action, ...parts });
const list = (sections: unknown, parts: Json = {}) =>
  interactive("list", { body: question, action: { button: "Open", sections }, ...parts });
const ctaUrl = (parameters: unknown, name = "cta_url") =>
  interactive("cta_url", { body: question, action: { name, parameters } });
const flow = (parameters: Json) =>
  interactive("flow", {
    body: question,
    action: {
      name: "flow",
      parameters: { flow_message_version: "3", flow_id: "1", flow_cta: "Go", ...parameters },
    },
  });
const template = (components: unknown) =>
  bodyOf("template", { name: "n", language: { code: "en" }, components });
const parameter = (value: unknown) => template([{ type: "body", parameters: [value] }]);
const contact = (more: Json) => bodyOf("contacts", [{ name: { formatted_name: "Ada" }, ...more }]);
const mark = (more: Json) => ({ messaging_product: "whatsapp", status: "read", ...more });
const hello = { body: "Hello" };
const long = (length: number) => "x".repeat(length);

type Case = [name: string, body: Json, code: number, field: string, piece: string];

const FAULTS: Record<string, Case[]> = {
  "of the request": [
    ["no product", { to: PHONE }, 100, "messaging_product", 'must be "whatsapp"'],
    [
      "another product",
      bodyOf("text", hello, { messaging_product: "sms" }),
      100,
      "messaging_product",
      "whatsapp",
    ],
    [
      "a product that is no text",
      bodyOf("text", hello, { messaging_product: ["whatsapp"] }),
      100,
      "messaging_product",
      "whatsapp",
    ],
    [
      "a group",
      bodyOf("text", hello, { recipient_type: "group" }),
      131009,
      "recipient_type",
      "groups are not available",
    ],
    [
      "an unknown recipient type",
      bodyOf("text", hello, { recipient_type: "crowd" }),
      131009,
      "recipient_type",
      'must be "individual"',
    ],
    ["no recipient", bodyOf("text", hello, { to: null }), 131008, "to", "is missing"],
    [
      "a BSUID in to",
      bodyOf("text", hello, { to: "US.13491208655302741918" }),
      131009,
      "to",
      'goes into "recipient"',
    ],
    ["words in to", bodyOf("text", hello, { to: "the shop" }), 131009, "to", "not a phone number"],
    ["no digit in to", bodyOf("text", hello, { to: "+" }), 131009, "to", "with country code"],
    ["too many digits in to", bodyOf("text", hello, { to: "1".repeat(16) }), 131009, "to", "phone"],
    ["a list in to", bodyOf("text", hello, { to: [PHONE] }), 131009, "to", "phone number"],
    [
      "a phone in recipient",
      bodyOf("text", hello, { to: undefined, recipient: PHONE }),
      131009,
      "recipient",
      'goes into "to"',
    ],
    [
      "a BSUID without its country",
      bodyOf("text", hello, { to: "", recipient: "13491208655302741918" }),
      131009,
      "recipient",
      "BSUID",
    ],
    [
      "a type that is no text",
      bodyOf("text", hello, { type: 7 }),
      131009,
      "type",
      'such as "text"',
    ],
    [
      "a type that is no name",
      bodyOf("text", hello, { type: "+420 777" }),
      131009,
      "type",
      "not the name of a type",
    ],
    ["no content", bodyOf("image", undefined), 131008, "image", "has its content under that name"],
    [
      "content of another type",
      bodyOf("text", hello, { type: "image" }),
      131008,
      "image",
      'the type is "image", but there is "text"',
    ],
    [
      "content and no type",
      { ...bodyOf("image", { id: "1" }), type: undefined },
      131008,
      "text",
      'say type "image"',
    ],
    [
      "no content of an unknown type",
      bodyOf("hologram", null),
      131008,
      "hologram",
      "has its content",
    ],
    [
      "a type that objects inherit",
      bodyOf("text", hello, { type: "constructor" }),
      131008,
      "constructor",
      "is missing",
    ],
    [
      "text as content of an unknown type",
      bodyOf("hologram", "boo"),
      131009,
      "hologram",
      "must be an object or a list",
    ],
    [
      "a context without id",
      bodyOf("text", hello, { context: {} }),
      131008,
      "context.message_id",
      "the message to quote",
    ],
    [
      "a context that is text",
      bodyOf("text", hello, { context: "wamid.1" }),
      131009,
      "context",
      "must be an object",
    ],
    [
      "long callback data",
      bodyOf("text", hello, { biz_opaque_callback_data: long(513) }),
      131009,
      "biz_opaque_callback_data",
      "has 513 characters; 512 are allowed",
    ],
    [
      "callback data that is a number",
      bodyOf("text", hello, { biz_opaque_callback_data: 42 }),
      131009,
      "biz_opaque_callback_data",
      "must be text",
    ],
    [
      "an identity hash that is an object",
      bodyOf("text", hello, { recipient_identity_key_hash: {} }),
      131009,
      "recipient_identity_key_hash",
      "must be text",
    ],
  ],
  "of a mark": [
    ["no message", mark({}), 131008, "message_id", "to mark as read"],
    ["another status", mark({ status: "seen", message_id: "w" }), 131009, "status", 'be "read"'],
    ["a status that is no text", mark({ status: true }), 131009, "status", 'must be "read"'],
    [
      "a typing sign without type",
      mark({ message_id: "w", typing_indicator: {} }),
      131008,
      "typing_indicator.type",
      "is missing",
    ],
    [
      "a message in it, which would go around the pace",
      { ...bodyOf("text", hello), ...mark({ message_id: "w" }) },
      100,
      "status",
      "send two requests",
    ],
    [
      "a message as JSON text in it",
      { ...bodyOf("text", JSON.stringify(hello)), ...mark({ message_id: "w" }) },
      100,
      "status",
      "send two requests",
    ],
    [
      "a message of an unknown type in it",
      { ...bodyOf("hologram", {}), ...mark({ message_id: "w" }) },
      100,
      "status",
      "send two requests",
    ],
  ],
  "of a text": [
    ["no body", bodyOf("text", {}), 131008, "text.body", "is missing"],
    ["an empty body", bodyOf("text", { body: "" }), 131008, "text.body", "is missing"],
    ["a body that is a list", bodyOf("text", { body: [] }), 131009, "text.body", "must be text"],
    ["no object", bodyOf("text", "Hello"), 131009, "text", "must be an object"],
    [
      "a preview that is neither yes nor no",
      bodyOf("text", { body: "a", preview_url: "maybe" }),
      131009,
      "text.preview_url",
      "must be true or false",
    ],
  ],
  "of media": [
    ["neither id nor link", bodyOf("image", { caption: "a" }), 131008, "image.id", "or link"],
    [
      "both id and link",
      bodyOf("video", { link: "https://a.example", id: 1 }),
      131009,
      "video.link",
      "one of the two",
    ],
    ["an id that is an object", bodyOf("sticker", { id: {} }), 131009, "sticker.id", "be text"],
    [
      "a link that is no web address",
      bodyOf("document", { link: "ftp://a.example" }),
      131009,
      "document.link",
      "http://",
    ],
    [
      "a long caption",
      bodyOf("image", { id: "1", caption: long(1_025) }),
      131009,
      "image.caption",
      "has 1025 characters; 1024 are allowed",
    ],
    [
      "two faults, of which the first is named",
      bodyOf("image", { caption: long(1_025), link: "a.example" }),
      131009,
      "image.link",
      "must be an address",
    ],
    [
      "a caption on audio",
      bodyOf("audio", { id: "1", caption: "a" }),
      131009,
      "audio.caption",
      "not allowed here",
    ],
    [
      "a caption on a sticker",
      bodyOf("sticker", { id: "1", caption: "a" }),
      131009,
      "sticker.caption",
      "not allowed here",
    ],
    [
      "voice that is neither yes nor no",
      bodyOf("audio", { id: "1", voice: "loud" }),
      131009,
      "audio.voice",
      "true or false",
    ],
    [
      "a filename that is a list",
      bodyOf("document", { id: "1", filename: ["a"] }),
      131009,
      "document.filename",
      "must be text",
    ],
  ],
  "of a location": [
    ["no latitude", bodyOf("location", { longitude: 1 }), 131008, "location.latitude", "missing"],
    [
      "a longitude in words",
      bodyOf("location", { latitude: 1, longitude: "east" }),
      131009,
      "location.longitude",
      "must be a number",
    ],
    [
      "a name that is an object",
      bodyOf("location", { latitude: 1, longitude: 2, name: {} }),
      131009,
      "location.name",
      "must be text",
    ],
  ],
  "of contacts": [
    ["an object", bodyOf("contacts", {}), 131009, "contacts", "must be a list"],
    ["nobody", bodyOf("contacts", []), 131009, "contacts", "has 0 entries; 1 to 257"],
    [
      "too many",
      bodyOf(
        "contacts",
        Array.from({ length: 258 }, () => 0),
      ),
      131009,
      "contacts",
      "has 258 entries",
    ],
    [
      "one without a name",
      bodyOf("contacts", [{ name: { formatted_name: "A" } }, {}]),
      131008,
      "contacts[1].name",
      "is missing",
    ],
    [
      "a name without the shown one",
      bodyOf("contacts", [{ name: { first_name: "A" } }]),
      131008,
      "contacts[0].name.formatted_name",
      "is missing",
    ],
    [
      "a birthday in words",
      contact({ birthday: "28 Feb" }),
      131009,
      "contacts[0].birthday",
      "YYYY",
    ],
    ["phones that are no list", contact({ phones: {} }), 131009, "contacts[0].phones", "a list"],
    [
      "a phone that is an object",
      contact({ phones: [{ phone: "1" }, { phone: {} }] }),
      131009,
      "contacts[0].phones[1].phone",
      "must be text",
    ],
    [
      "a city that is a list",
      contact({ addresses: [{ city: [] }] }),
      131009,
      "contacts[0].addresses[0].city",
      "must be text",
    ],
    ["an org that is text", contact({ org: "Pots" }), 131009, "contacts[0].org", "an object"],
  ],
  "of a reaction": [
    ["no message", bodyOf("reaction", { emoji: "🏺" }), 131008, "reaction.message_id", "missing"],
    [
      "no emoji",
      bodyOf("reaction", { message_id: "w" }),
      131008,
      "reaction.emoji",
      "take the reaction back",
    ],
  ],
  "of an interactive message": [
    ["no type", bodyOf("interactive", {}), 131008, "interactive.type", "is missing"],
    ["no object", bodyOf("interactive", "button"), 131009, "interactive", "must be an object"],
    [
      "a body that is text, of an unknown kind",
      interactive("hologram", { body: "Boo" }),
      131009,
      "interactive.body",
      "must be an object",
    ],
    [
      "a header without type",
      button(oneButton, { header: { text: "A" } }),
      131008,
      "interactive.header.type",
      "is missing",
    ],
    [
      "a text header without text",
      button(oneButton, { header: { type: "text" } }),
      131008,
      "interactive.header.text",
      "is missing",
    ],
    [
      "a long header",
      button(oneButton, { header: { type: "text", text: long(61) } }),
      131009,
      "interactive.header.text",
      "has 61 characters; 60 are allowed",
    ],
    [
      "a header without its file",
      button(oneButton, { header: { type: "image" } }),
      131008,
      "interactive.header.image",
      "is missing",
    ],
    [
      "a header's file both uploaded and linked",
      button(oneButton, { header: { type: "video", video: { id: 1, link: "https://a.example" } } }),
      131009,
      "interactive.header.video.link",
      "one of the two",
    ],
    [
      "no body",
      interactive("button", { action: oneButton }),
      131008,
      "interactive.body",
      "is missing",
    ],
    [
      "an empty body",
      button(oneButton, { body: { text: "" } }),
      131008,
      "interactive.body.text",
      "is missing",
    ],
    [
      "a long footer",
      button(oneButton, { footer: { text: long(61) } }),
      131009,
      "interactive.footer.text",
      "60 are allowed",
    ],
    [
      "a footer without text",
      button(oneButton, { footer: {} }),
      131008,
      "interactive.footer.text",
      "is missing",
    ],
  ],
  "of buttons": [
    ["no action", button(undefined), 131008, "interactive.action", "is missing"],
    [
      "a long body",
      button(oneButton, { body: { text: long(1_025) } }),
      131009,
      "interactive.body.text",
      "has 1025 characters; 1024 are allowed",
    ],
    ["none", button({ buttons: [] }), 131009, "interactive.action.buttons", "1 to 3"],
    [
      "four",
      button({ buttons: replies("a", "b", "c", "d") }),
      131009,
      "interactive.action.buttons",
      "has 4 entries; 1 to 3 are allowed",
    ],
    [
      "one without type",
      button({ buttons: [{ reply: { id: "a", title: "A" } }] }),
      131008,
      "interactive.action.buttons[0].type",
      "is missing",
    ],
    [
      "one without reply",
      button({ buttons: [{ type: "reply" }] }),
      131008,
      "interactive.action.buttons[0].reply",
      "is missing",
    ],
    [
      "a long label",
      button({ buttons: replies("Yes", "No", long(24)) }),
      131009,
      "interactive.action.buttons[2].reply.title",
      "interactive.action.buttons[2].reply.title has 24 characters; 20 are allowed.",
    ],
    [
      "a long id",
      button({ buttons: [{ type: "reply", reply: { id: long(257), title: "A" } }] }),
      131009,
      "interactive.action.buttons[0].reply.id",
      "has 257 characters; 256 are allowed",
    ],
    [
      "two of one id",
      button({
        buttons: [
          { type: "reply", reply: { id: 1, title: "A" } },
          { type: "reply", reply: { id: "1", title: "B" } },
        ],
      }),
      131009,
      "interactive.action.buttons[1].reply.id",
      "give every button its own id",
    ],
    [
      "two of one label",
      button({ buttons: replies("Yes", "No", "Yes") }),
      131009,
      "interactive.action.buttons[2].reply.title",
      "its own title",
    ],
  ],
  "of a list": [
    [
      "a header with a picture",
      list([{ rows: rows(1) }], { header: { type: "image", image: { id: 1 } } }),
      131009,
      "interactive.header.type",
      'must be "text"',
    ],
    [
      "a long body",
      list([{ rows: rows(1) }], { body: { text: long(4_097) } }),
      131009,
      "interactive.body.text",
      "4096 are allowed",
    ],
    [
      "no button",
      interactive("list", { body: question, action: { sections: [{ rows: rows(1) }] } }),
      131008,
      "interactive.action.button",
      "opens the list",
    ],
    [
      "a long button",
      interactive("list", { body: question, action: { button: long(21), sections: [] } }),
      131009,
      "interactive.action.button",
      "20 are allowed",
    ],
    ["no sections", list(null), 131008, "interactive.action.sections", "is missing"],
    [
      "eleven sections",
      list(Array.from({ length: 11 }, (_, at) => ({ title: `S${at}`, rows: rows(1, `s${at}`) }))),
      131009,
      "interactive.action.sections",
      "has 11 entries; 1 to 10",
    ],
    [
      "two sections of which one has no title",
      list([{ title: "A", rows: rows(1) }, { rows: rows(1, "s") }]),
      131008,
      "interactive.action.sections[1].title",
      "needed where there are several",
    ],
    [
      "a long section title",
      list([{ title: long(25), rows: rows(1) }]),
      131009,
      "interactive.action.sections[0].title",
      "24 are allowed",
    ],
    [
      "a section without rows",
      list([{ title: "A" }]),
      131008,
      "interactive.action.sections[0].rows",
      "is missing",
    ],
    [
      "a section of no rows",
      list([{ title: "A", rows: [] }]),
      131009,
      "interactive.action.sections[0].rows",
      "has 0 entries",
    ],
    [
      "eleven rows in a section",
      list([{ rows: rows(11) }]),
      131009,
      "interactive.action.sections[0].rows",
      "has 11 entries",
    ],
    [
      "eleven rows in all",
      list([
        { title: "A", rows: rows(6, "a") },
        { title: "B", rows: rows(5, "b") },
      ]),
      131009,
      "interactive.action.sections",
      "has 11 rows in all; 10 are allowed",
    ],
    [
      "a row without id",
      list([{ rows: [...rows(1), { title: "A" }] }]),
      131008,
      "interactive.action.sections[0].rows[1].id",
      "is missing",
    ],
    [
      "a long row id",
      list([{ rows: [{ id: long(201), title: "A" }] }]),
      131009,
      "interactive.action.sections[0].rows[0].id",
      "200 are allowed",
    ],
    [
      "a long row title",
      list([{ rows: [{ id: "a", title: long(25) }] }]),
      131009,
      "interactive.action.sections[0].rows[0].title",
      "24 are allowed",
    ],
    [
      "a long row description",
      list([{ rows: [{ id: "a", title: "A", description: long(73) }] }]),
      131009,
      "interactive.action.sections[0].rows[0].description",
      "72 are allowed",
    ],
    [
      "two rows of one id, in two sections",
      list([
        { title: "A", rows: rows(2) },
        { title: "B", rows: rows(1) },
      ]),
      131009,
      "interactive.action.sections[1].rows[0].id",
      "give every row its own id",
    ],
  ],
  "of other interactive kinds": [
    [
      "a cta_url of another action",
      ctaUrl({ display_text: "A", url: "https://a.example" }, "open"),
      131009,
      "interactive.action.name",
      'must be "cta_url"',
    ],
    [
      "a cta_url without parameters",
      ctaUrl(undefined),
      131008,
      "interactive.action.parameters",
      "is missing",
    ],
    [
      "a long cta_url label",
      ctaUrl({ display_text: long(21), url: "https://a.example" }),
      131009,
      "interactive.action.parameters.display_text",
      "20 are allowed",
    ],
    [
      "a cta_url without address",
      ctaUrl({ display_text: "A" }),
      131008,
      "interactive.action.parameters.url",
      "is missing",
    ],
    [
      "a location request of another action",
      interactive("location_request_message", { body: question, action: { name: "ask" } }),
      131009,
      "interactive.action.name",
      'must be "send_location"',
    ],
    [
      "a location request without body",
      interactive("location_request_message", { action: { name: "send_location" } }),
      131008,
      "interactive.body",
      "is missing",
    ],
    [
      "a contact request of another action",
      interactive("request_contact_info", { body: question, action: { name: "ask" } }),
      131009,
      "interactive.action.name",
      'must be "request_contact_info"',
    ],
    [
      "a flow that is not named",
      flow({ flow_id: "" }),
      131008,
      "interactive.action.parameters.flow_id",
      "or flow_name instead",
    ],
    [
      "a flow named twice",
      flow({ flow_name: "booking" }),
      131009,
      "interactive.action.parameters.flow_name",
      "one of the two",
    ],
    [
      "a flow without version",
      flow({ flow_message_version: null }),
      131008,
      "interactive.action.parameters.flow_message_version",
      '"3"',
    ],
    [
      "a flow without label",
      flow({ flow_cta: undefined }),
      131008,
      "interactive.action.parameters.flow_cta",
      "is missing",
    ],
    [
      "a flow's screen that is a list",
      flow({ flow_action_payload: { screen: [] } }),
      131009,
      "interactive.action.parameters.flow_action_payload.screen",
      "must be text",
    ],
    [
      "a flow's empty data",
      flow({ flow_action_payload: { screen: "A", data: {} } }),
      131009,
      "interactive.action.parameters.flow_action_payload.data",
      "leave it out",
    ],
  ],
  "of a template": [
    ["no name", bodyOf("template", {}), 131008, "template.name", "is missing"],
    ["no language", bodyOf("template", { name: "n" }), 131008, "template.language", "its code"],
    [
      "a language that is text",
      bodyOf("template", { name: "n", language: "en" }),
      131009,
      "template.language",
      "must be an object",
    ],
    [
      "a language without code",
      bodyOf("template", { name: "n", language: {} }),
      131008,
      "template.language.code",
      "is missing",
    ],
    ["components that are no list", template({}), 131009, "template.components", "must be a list"],
    ["a component without type", template([{}]), 131008, "template.components[0].type", "missing"],
    [
      "parameters that are no list",
      template([{ type: "body", parameters: {} }]),
      131009,
      "template.components[0].parameters",
      "must be a list",
    ],
    [
      "a parameter without type",
      parameter({ text: "A" }),
      131008,
      "template.components[0].parameters[0].type",
      "is missing",
    ],
    [
      "a parameter of empty text",
      parameter({ type: "text", text: "" }),
      131008,
      "template.components[0].parameters[0].text",
      "is missing",
    ],
    [
      "a parameter without its file",
      parameter({ type: "image", image: {} }),
      131008,
      "template.components[0].parameters[0].image.id",
      "is missing",
    ],
    [
      "an amount without currency",
      parameter({ type: "currency", currency: { fallback_value: "1", amount_1000: 1 } }),
      131008,
      "template.components[0].parameters[0].currency.code",
      "is missing",
    ],
    [
      "a place without longitude",
      parameter({ type: "location", location: { latitude: 1 } }),
      131008,
      "template.components[0].parameters[0].location.longitude",
      "is missing",
    ],
    [
      "a button without kind",
      template([{ type: "button", index: 0 }]),
      131008,
      "template.components[0].sub_type",
      "is missing",
    ],
    [
      "a button without index",
      template([{ type: "button", sub_type: "url" }]),
      131008,
      "template.components[0].index",
      "is missing",
    ],
    [
      "a button whose index is a word",
      template([{ type: "button", sub_type: "url", index: "first" }]),
      131009,
      "template.components[0].index",
      "must be a number",
    ],
    [
      "a fault in a card",
      template([{ type: "carousel", cards: [{ card_index: 0, components: [{}] }] }]),
      131008,
      "template.components[0].cards[0].components[0].type",
      "is missing",
    ],
  ],
};

describe.each(Object.entries(FAULTS))("a fault %s", (_group, cases) => {
  it.each(cases)("is named: %s", (_name, body, code, field, piece) => {
    const fault = faultIn(body);
    expect(fault).toMatchObject({ code, field });
    expect(fault.details.startsWith(`${field} `)).toBe(true);
    expect(fault.details).toContain(piece);
    expect(fault.details.endsWith(".")).toBe(true);
  });
});

/** Puts a value in the place of one of a body's, whichever the number falls on. */
function changeAt(body: Json, [at, value]: [number, unknown]): Json {
  const places: [Json, string][] = [];
  const walk = (inner: unknown): void => {
    if (typeof inner !== "object" || inner === null) return;
    for (const key of Object.keys(inner)) {
      places.push([inner as Json, key]);
      walk((inner as Json)[key]);
    }
  };
  walk(body);
  const place = places[at % places.length];
  if (place !== undefined) place[0][place[1]] = value;
  return body;
}

describe("any body", () => {
  const word = fc.string({ minLength: 1, maxLength: 20, unit: "binary" });
  const json = fc.jsonValue({ maxDepth: 4 });
  /** What only stands there beside: names that no schema has. */
  const extras = fc.dictionary(fc.stringMatching(/^x_[a-z]{1,6}$/), json, { maxKeys: 3 });
  const beside = <T extends Json>(value: fc.Arbitrary<T>) =>
    fc.tuple(extras, value, extras).map(([before, inner, after]) => ({
      ...before,
      ...inner,
      ...after,
    }));
  const sent = (type: string, content: fc.Arbitrary<Json>) =>
    beside(content.map((inner) => bodyOf(type, inner)));

  it("that is a valid text goes to Meta byte for byte", () => {
    const text = beside(
      fc.record(
        {
          body: fc.string({ minLength: 1, maxLength: 4_096, unit: "binary" }),
          preview_url: fc.boolean(),
        },
        { requiredKeys: ["body"] },
      ),
    );
    fc.assert(fc.property(sent("text", text), (body) => expectSame(sendOf(body).body, body)));
  });

  it("that is a valid interactive message goes to Meta byte for byte", () => {
    const parts = beside(
      fc.record({
        type: fc.constant("button"),
        body: beside(fc.record({ text: word })),
        action: beside(
          fc.record({
            buttons: fc
              .uniqueArray(word, { minLength: 1, maxLength: 3 })
              .map((titles) => replies(...titles)),
          }),
        ),
      }),
    );
    fc.assert(
      fc.property(sent("interactive", parts), (body) => expectSame(sendOf(body).body, body)),
    );
  });

  it("is read or refused, and never throws, whatever stands in place of whatever", () => {
    const strange = fc.oneof(
      json,
      fc.constantFrom<unknown>("reply", "list", "flow", "carousel", "__proto__", "read", [], {}),
      fc
        .constantFrom("toString", "valueOf", "toJSON", "__proto__", "constructor", "length")
        .map((name) => JSON.parse(`{"${name}":null,"type":"button"}`) as unknown),
    );
    const bodies = fc.constantFrom(...Object.values(GOOD_BODIES), ...Object.values(GOOD_MARKS));
    const changes = fc.array(fc.tuple(fc.nat(), strange), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(bodies, changes, (body, list) => {
        const request = readMessageRequest(list.reduce(changeAt, structuredClone(body)));
        expect("fault" in request || "kind" in request).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it("with a fault is answered without a word of what it says", () => {
    const secret = "s3cret-4711";
    const planted = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(planted);
      if (typeof value === "string" && value !== "") return `${secret}${value}`;
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) =>
          key === "type" || key === "name" ? [key, inner] : [key, planted(inner)],
        ),
      );
    };
    for (const [, body] of Object.values(FAULTS).flat()) {
      const { messaging_product, type, recipient_type, status, to, ...rest } = body;
      for (const recipient of [to, secret]) {
        const told = readMessageRequest({
          messaging_product,
          recipient_type,
          status,
          type,
          ...(planted(rest) as Json),
          to: recipient,
        });
        if ("fault" in told) expect(told.fault.details).not.toContain(secret);
      }
      expect(faultIn(body).details).not.toContain(PHONE);
    }
  });

  it("full of faults is refused at its first, however long it is", () => {
    const components = Array.from({ length: 100_000 }, () => ({ type: "button" }));
    expect(faultIn(template(components)).field).toBe("template.components[0].sub_type");
    expect(faultIn(button({ buttons: components })).details).toContain("has 100000 entries");
  });
});
