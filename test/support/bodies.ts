import type { Json } from "../../src/meta/read-json.ts";

/** A message of one type, with all that may stand around the content. */
export function bodyOf(type: string, content: unknown, around: Json = {}): Json {
  return {
    messaging_product: "whatsapp",
    recipient_type: "individual",
    to: "+420 777 123 456",
    type,
    [type]: content,
    ...around,
  };
}

export const interactive = (type: string, parts: Json) => bodyOf("interactive", { type, ...parts });

/** Buttons with these labels, told apart by their place. */
export const replies = (...titles: string[]) =>
  titles.map((title, at) => ({ type: "reply", reply: { id: `b${at}`, title } }));

export const rows = (count: number, prefix = "r") =>
  Array.from({ length: count }, (_, at) => ({ id: `${prefix}${at}`, title: `Row ${at}` }));

const header = { type: "text", text: "Kiln no. 4" };
const body = { text: "The glaze is dry. When shall we fire?" };
const footer = { text: "Pottery Lane" };
const context = { message_id: "wamid.quoted" };

/** A body of each kind that Meta documents, with every field that may stand in it. */
export const GOOD_BODIES: Record<string, Json> = {
  text: bodyOf(
    "text",
    { body: "Two mugs are ready: https://pots.example/42", preview_url: true },
    {
      context,
      recipient_identity_key_hash: "k3y",
      messaging_account_id: 210000000000001,
    },
  ),
  "image by id": bodyOf("image", { id: "810000000000042", caption: "Before firing" }, { context }),
  "image by link": bodyOf("image", { link: "https://pots.example/a.png", caption: "" }),
  "video with a numeric id": bodyOf("video", { id: 810000000000043, caption: "The wheel" }),
  audio: bodyOf("audio", { id: "810000000000044", voice: true }),
  document: bodyOf("document", {
    link: "http://pots.example/price.pdf",
    filename: "price.pdf",
    caption: "Prices",
  }),
  sticker: bodyOf("sticker", { id: "810000000000045" }),
  "location with text": bodyOf("location", {
    latitude: "50.0875",
    longitude: "-14.4213",
    name: "Workshop",
    address: "Pottery Lane 7",
  }),
  "location with numbers": bodyOf("location", { latitude: 50.0875, longitude: 0 }),
  contacts: bodyOf("contacts", [
    {
      addresses: [
        {
          street: "Pottery Lane 7",
          city: "Brno",
          state: "JM",
          zip: "60200",
          country: "Czechia",
          country_code: "CZ",
          type: "WORK",
        },
      ],
      birthday: "1981-02-28",
      emails: [{ email: "clay@pots.example", type: "WORK" }],
      name: {
        formatted_name: "Dr. Ada K. Clay Jr.",
        first_name: "Ada",
        last_name: "Clay",
        middle_name: "K.",
        suffix: "Jr.",
        prefix: "Dr.",
      },
      org: { company: "Pots", department: "Glaze", title: "Potter" },
      phones: [{ phone: "+420 777 999 888", type: "CELL", wa_id: "420777999888" }],
      urls: [{ url: "https://pots.example", type: "WORK" }],
    },
    { name: { formatted_name: "Kiln" } },
  ]),
  reaction: bodyOf("reaction", { message_id: "wamid.liked", emoji: "🏺" }),
  "reaction taken back": bodyOf("reaction", { message_id: "wamid.liked", emoji: "" }),
  "interactive button": interactive("button", {
    header: { type: "image", image: { id: "810000000000046" } },
    body,
    footer,
    action: { buttons: replies("Today", "Tomorrow", "Never") },
  }),
  "interactive list": interactive("list", {
    header,
    body: { text: "b".repeat(4096) },
    footer,
    action: {
      button: "Days",
      sections: [
        { title: "This week", rows: [{ id: "mon", title: "Monday", description: "From nine" }] },
        { title: "Next week", rows: rows(9) },
      ],
    },
  }),
  "interactive list of one section": interactive("list", {
    body,
    action: { button: "Days", sections: [{ rows: rows(10) }] },
  }),
  "interactive cta_url": interactive("cta_url", {
    header: { type: "document", document: { link: "https://pots.example/p.pdf" } },
    body,
    footer,
    action: {
      name: "cta_url",
      parameters: { display_text: "Order", url: "https://pots.example/order" },
    },
  }),
  "interactive location request": interactive("location_request_message", {
    body,
    action: { name: "send_location" },
  }),
  "interactive flow by id": interactive("flow", {
    header: { type: "video", video: { link: "https://pots.example/v.mp4" } },
    body,
    footer,
    action: {
      name: "flow",
      parameters: {
        flow_message_version: "3",
        flow_id: "990000000000001",
        flow_cta: "Book a place at the wheel",
        mode: "draft",
        flow_token: "t-1",
        flow_action: "navigate",
        flow_action_payload: { screen: "WHEN", data: { days: ["mon", "tue"] } },
      },
    },
  }),
  "interactive flow by name": interactive("flow", {
    body,
    action: {
      name: "flow",
      parameters: {
        flow_message_version: 3,
        flow_name: "booking",
        flow_cta: "Book",
        flow_action: "data_exchange",
      },
    },
  }),
  "interactive request_contact_info": interactive("request_contact_info", {
    body,
    action: { name: "request_contact_info" },
  }),
  "interactive product": interactive("product", {
    action: { catalog_id: "77", product_retailer_id: "mug-1" },
  }),
  "interactive product_list": interactive("product_list", {
    header,
    body,
    footer,
    action: {
      catalog_id: "77",
      sections: [{ title: "Mugs", product_items: [{ product_retailer_id: "mug-1" }] }],
    },
  }),
  "interactive catalog_message": interactive("catalog_message", {
    body,
    action: {
      name: "catalog_message",
      parameters: { thumbnail_product_retailer_id: "mug-1" },
    },
  }),
  "interactive address_message": interactive("address_message", {
    body,
    action: { name: "address_message", parameters: { country: "IN", values: { city: "Pune" } } },
  }),
  "interactive carousel": interactive("carousel", {
    body,
    action: {
      cards: [0, 1].map((at) => ({
        card_index: at,
        type: "cta_url",
        header: { type: "image", image: { link: `https://pots.example/${at}.png` } },
        action: { name: "cta_url", parameters: { display_text: "See", url: "https://p.example" } },
      })),
    },
  }),
  "interactive of a kind to come": interactive("hologram", { depth: [1, 2] }),
  template: bodyOf("template", {
    name: "kiln_ready",
    language: { code: "en_US", policy: "deterministic" },
    components: [
      { type: "header", parameters: [{ type: "document", document: { id: "81" } }] },
      {
        type: "body",
        parameters: [
          { type: "text", parameter_name: "first_name", text: "Ada" },
          {
            type: "currency",
            currency: { fallback_value: "12 Kč", code: "CZK", amount_1000: 12000 },
          },
          { type: "date_time", date_time: { fallback_value: "on Monday" } },
        ],
      },
      {
        type: "button",
        sub_type: "url",
        index: "0",
        parameters: [{ type: "text", text: "orders/42" }],
      },
      {
        type: "button",
        sub_type: "quick_reply",
        index: 1,
        parameters: [{ type: "payload", payload: "stop" }],
      },
      {
        type: "button",
        sub_type: "copy_code",
        index: 2,
        parameters: [{ type: "coupon_code", coupon_code: "CLAY10" }],
      },
      {
        type: "button",
        sub_type: "flow",
        index: 3,
        parameters: [{ type: "action", action: { flow_token: "t-2" } }],
      },
      { type: "limited_time_offer", parameters: [{ type: "limited_time_offer" }] },
    ],
  }),
  "template with a place and a carousel": bodyOf("template", {
    name: "open_days",
    language: { code: "cs" },
    components: [
      {
        type: "HEADER",
        parameters: [
          {
            type: "location",
            location: { latitude: "50", longitude: "14", name: "Workshop", address: "Lane 7" },
          },
        ],
      },
      {
        type: "carousel",
        cards: [0, 1].map((at) => ({
          card_index: at,
          components: [
            {
              type: "header",
              parameters: [{ type: "image", image: { link: "https://pots.example/i.png" } }],
            },
            {
              type: "button",
              sub_type: "quick_reply",
              index: 0,
              parameters: [{ type: "payload", payload: `card-${at}` }],
            },
          ],
        })),
      },
    ],
  }),
  "template without placeholders": bodyOf("template", {
    name: "hello_there",
    language: { code: "en" },
  }),
  "a type to come": bodyOf("hologram", { id: "1" }),
  "a type to come with a list": bodyOf("holograms", [{ id: "1" }]),
};

/** Read marks, with and without the typing sign. */
export const GOOD_MARKS: Record<string, Json> = {
  read: { messaging_product: "whatsapp", status: "read", message_id: "wamid.read" },
  typing: {
    messaging_product: "whatsapp",
    status: "read",
    message_id: "wamid.read",
    typing_indicator: { type: "text" },
  },
};

/** The body with fields that nobody knows in each of its objects, whatever the depth. */
export function withUnknownFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withUnknownFields);
  if (typeof value !== "object" || value === null) return value;
  return {
    a_new_field: { deep: [1, null, { deeper: "" }] },
    ...Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, withUnknownFields(inner)]),
    ),
    "1": "a key that JavaScript puts first",
  };
}
