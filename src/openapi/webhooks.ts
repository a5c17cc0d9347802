import { event } from "../routes/shapes/event.ts";
import { exampleEvent } from "../events/example-event.ts";
import { jsonOf } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

/** Headers of every post (src/durable/endpoint-letters.ts), in words. */
const HEADERS = {
  "webhook-id": "The event's id: the same at every attempt and replay. Tell repeats by it.",
  "webhook-timestamp": "When this attempt was signed, in unix seconds.",
  "webhook-signature":
    "Standard Webhooks: `v1,` and the base64 of an HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>`, keyed with what the base64 after `whsec_` stands for. Two of them, with a space between, while a secret rotates.",
  "user-agent": "`Tandem/1`.",
  "tandem-attempt": "1 is the first.",
};
const REPLAYED = { "tandem-replay": "`true` where it is told again because somebody asked." };
const CLOUD_HEADERS = {
  "X-Hub-Signature-256":
    "`sha256=` and the hex of an HMAC-SHA256 over the body, keyed with the whole text of the secret; while a secret rotates, of the one before.",
};
const ROTATING = {
  "X-Hub-Signature-256-Next": "While a secret rotates: the same with the new one.",
};

const ANSWERS = {
  "2XX": { description: "You have it. Within 15 seconds; what the body says does not matter." },
  "410": { description: "Never again: the endpoint is disabled." },
  default: {
    description:
      "It is tried again after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h; a redirect is one too.",
  },
};

/** What endpoints are posted, for the document's `webhooks` (OpenAPI 3.1). */
export function webhooks(schemas: Record<string, JsonSchema>): JsonSchema {
  return {
    event: post({
      id: "receiveEvent",
      summary: "An event, at an endpoint in native format",
      description:
        "One event a post, a sender's in the order of its `seq`. It may come again under the same id: answer first, tell repeats by `webhook-id`, and work later.",
      parameters: [...parameters(HEADERS, true), ...parameters(REPLAYED, false)],
      body: {
        schema: jsonOf(event, "output", schemas),
        example: exampleEvent("message.received"),
      },
    }),
    metaWebhook: post({
      id: "receiveMetaWebhook",
      summary: "Meta's own envelope, at an endpoint in cloud_api format",
      description:
        "As Meta posts it to an app: `object`, and in `entry[0].changes[0]` one change with one item, signed as Meta signs. Only what Meta has a form for (`in_cloud_api_format` at `/v1/event-types`). Where it differs from what Meta sent stands in docs/endpoints.md.",
      parameters: [
        ...parameters({ ...HEADERS, ...CLOUD_HEADERS }, true),
        ...parameters({ ...REPLAYED, ...ROTATING }, false),
      ],
      body: { schema: ENVELOPE, example: EXAMPLE_ENVELOPE },
    }),
  };
}

interface Post {
  id: string;
  summary: string;
  description: string;
  parameters: JsonSchema[];
  body: JsonSchema;
}

function post({ id, summary, description, parameters, body }: Post): JsonSchema {
  return {
    post: {
      operationId: id,
      tags: ["Endpoints"],
      summary,
      description,
      security: [],
      parameters,
      requestBody: { required: true, content: { "application/json": body } },
      responses: ANSWERS,
    },
  };
}

function parameters(words: Record<string, string>, required: boolean): JsonSchema[] {
  return Object.entries(words).map(([name, description]) => {
    return { name, in: "header", required, description, schema: { type: "string" } };
  });
}

/** No closer than this: what is in `value` is Meta's. */
const ENVELOPE = {
  type: "object",
  required: ["object", "entry"],
  properties: {
    object: { const: "whatsapp_business_account" },
    entry: {
      type: "array",
      minItems: 1,
      maxItems: 1,
      items: {
        type: "object",
        required: ["id", "changes"],
        properties: {
          id: { type: "string", description: "The WhatsApp Business account." },
          time: { type: "integer", description: "Unix seconds, where Meta has it." },
          changes: {
            type: "array",
            minItems: 1,
            maxItems: 1,
            items: {
              type: "object",
              required: ["field", "value"],
              properties: {
                field: { type: "string", description: "Meta's webhook field." },
                value: { type: "object", description: "Of the form that Meta gives the field." },
              },
            },
          },
        },
      },
    },
  },
};

const EXAMPLE_ENVELOPE = {
  object: "whatsapp_business_account",
  entry: [
    {
      id: "206500000000001",
      changes: [
        {
          field: "messages",
          value: {
            messaging_product: "whatsapp",
            metadata: { display_phone_number: "15550100001", phone_number_id: "106500000000001" },
            contacts: [{ profile: { name: "Ana" }, wa_id: "15550142233" }],
            messages: [
              {
                from: "15550142233",
                id: "wamid.HBgLRVhBTVBMRS1JTgA=",
                timestamp: "1789377300",
                type: "text",
                text: { body: "Is the blue one still there?" },
              },
            ],
          },
        },
      ],
    },
  ],
};
