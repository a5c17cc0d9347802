import { generateSpecs, uniqueSymbol } from "hono-openapi";
import * as z from "zod";
import { PROBLEMS } from "../errors.ts";
import { doorName, SCOPE_RULES } from "../routes/scopes.ts";
import { CHECKS } from "../routes/validate.ts";
import { graphError, problem } from "../routes/shapes/problem.ts";
import { cloudApiDoors } from "./doors/cloud-api.ts";
import { conversionDoors } from "./doors/conversions.ts";
import { endpointDoors } from "./doors/endpoints.ts";
import { eventDoors } from "./doors/events.ts";
import { historyDoors } from "./doors/history.ts";
import { keyDoors } from "./doors/keys.ts";
import { messageDoors } from "./doors/messages.ts";
import { operatorDoors } from "./doors/operators.ts";
import { repairDoors } from "./doors/repairs.ts";
import { sendDoors } from "./doors/sending.ts";
import { erasureDoors } from "./doors/erasures.ts";
import { senderDoors } from "./doors/senders.ts";
import { signupDoors } from "./doors/signup.ts";
import { watchingDoors } from "./doors/watching.ts";
import { TAGS } from "./door.ts";
import { jsonOf } from "./json-schema.ts";
import { webhooks } from "./webhooks.ts";
import type { Hono } from "hono";
import type { Checks } from "../routes/validate.ts";
import type { AppContext } from "../env.ts";
import type { ProblemCode } from "../errors.ts";
import type { Answer, Door, Doors } from "./door.ts";
import type { JsonSchema } from "./json-schema.ts";

/** Every door there is. A new resource: its file here, and a line. */
const DOORS: Doors = {
  ...senderDoors,
  ...erasureDoors,
  ...messageDoors,
  ...sendDoors,
  ...eventDoors,
  ...endpointDoors,
  ...conversionDoors,
  ...historyDoors,
  ...signupDoors,
  ...keyDoors,
  ...cloudApiDoors,
  ...operatorDoors,
  ...repairDoors,
  ...watchingDoors,
};

/** Parts of the path and the query that mean the same everywhere. */
const WORDS: Record<string, string> = {
  "/v1/endpoints :id": "The endpoint's id.",
  "/v1/senders :id": "Meta's phone_number_id of the number.",
  "/v1/signup-sessions :id": "The session's id.",
  "/v1/admin/partners :id": "The partner's id.",
  batch: "The batch's id.",
  cursor: "`next_cursor` of the last page, asked for in the same way.",
  conversion: "The conversion's id.",
  customer: "A phone number, however it is punctuated, or a BSUID.",
  direction: "Only these.",
  event: "The event's id.",
  fields: "Which fields Meta answers with, comma between.",
  generation: "An earlier onboarding, as `generations` lists them; the present one unless told.",
  hsm_id: "Only the template with this id of Meta's.",
  key: "The key's id: what stands between `tdm_` and the next `_`.",
  limit: "So many at most.",
  name: "Only templates of this name.",
  order: "By time; `desc`, the newest first, unless told.",
  phone_number_id: "The number through which the file goes; found by itself where left out.",
  phoneNumberId: "Meta's phone_number_id of the number.",
  replay: "The replay's id.",
  send: "Our id of the send: `snd_…`.",
  status: "Only in this state, as Meta calls it.",
  since: "From then on: ISO 8601 with an offset, or epoch seconds.",
  until: "Up to and without that instant, written as for `since`.",
  wamid: "The message's wamid, percent-encoded.",
};

const INTRODUCTION = `One WhatsApp number, on the phone and on the API at once: a business keeps its WhatsApp Business app, you get the same number here.

**Two surfaces, one key.** \`/v1\` is Tandem's own. The Cloud API surface is Meta's, so that a WhatsApp SDK works with its base URL pointed here. Both take \`Authorization: Bearer tdm_…\`.

**Shapes.** Names are snake_case, instants ISO 8601 in UTC. A list is \`{data, next_cursor}\`: give the cursor back as it is, its insides are nobody's business; \`null\` means that this was the last page. What may come is added, never changed or taken away: ignore fields you do not know.

**Refusals.** \`application/problem+json\` with a \`code\` that does not change and a \`type\` that leads to [its explanation](/docs/problems); on the Cloud API surface Meta's own error shape.

**Rates.** \`RateLimit\` on every answer to a key says how many calls are left (\`r\`) until a new window begins in \`t\` seconds. It guards against loops and is counted where the call is served, so it is no exact quota; messages are paced by their number.

**Request ids.** Every answer has \`X-Request-Id\`; one that you send (8 to 64 letters, digits, \`.\`, \`_\`, \`-\`, with a letter in it) is taken. Give it to your operator when something is odd.`;

/** The routes that the document is about: those for keys and operators, not pages and Meta's door. */
export function describedRoutes(app: Hono<AppContext>): string[] {
  const keys = app.routes
    .filter(({ method, path }) => method !== "ALL" && /^\/(v1\/|:version)/.test(path))
    .map(keyOf);
  return [...new Set(keys)].sort();
}

/** Routes without a door, and doors without a route. */
export function undescribed(app: Hono<AppContext>): string[] {
  const routes = describedRoutes(app);
  return [
    ...routes.filter((key) => !(key in DOORS)).map((key) => `${key} is not described`),
    ...Object.keys(DOORS)
      .filter((key) => !routes.includes(key))
      .map((key) => `${key} is described and does not exist`),
  ];
}

/**
 * The OpenAPI 3.1 document of an app: paths from its routes, parameters and bodies from the schemas
 * that validate them, the rest from the doors.
 *
 * @throws Error naming what is not described
 */
export async function writeDocument(app: Hono<AppContext>, version: string): Promise<JsonSchema> {
  const missing = undescribed(app);
  if (missing.length > 0) throw new Error(missing.join("\n"));
  const schemas: Record<string, JsonSchema> = {};
  for (const refusal of [problem, graphError]) jsonOf(refusal, "output", schemas);
  for (const [key, door] of Object.entries(DOORS)) {
    const handlers = app.routes.filter((route) => keyOf(route) === key);
    const checks = handlers.flatMap(({ handler }) => checksOf(handler));
    const [route] = handlers;
    if (route === undefined) continue;
    const spec = operationOf(route, door, checks, schemas);
    // hono-openapi reads what is marked so; the mark is made here, and no description is in the Worker.
    Object.assign(handlers.at(-1)?.handler ?? {}, { [uniqueSymbol]: { spec } });
  }
  const made = (await generateSpecs(app, {
    documentation: {
      info: { title: "Tandem", version, description: INTRODUCTION, license: LICENSE },
      servers: [{ url: "/", description: "Where you read this." }],
      security: [{ key: [] }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    },
  })) as unknown as { paths: Record<string, Record<string, { parameters: { name: string }[] }>> };
  const paths = Object.entries(made.paths)
    .map(([path, item]) => [path.replace(/^\/\{version\}/, "/v24.0"), item] as const)
    .sort(([left], [right]) => left.localeCompare(right, "en"));
  // The version is no parameter: one is written out, and any other does.
  for (const operation of paths.flatMap(([, item]) => Object.values(item))) {
    operation.parameters = operation.parameters.filter(({ name }) => name !== "version");
  }
  return {
    ...made,
    paths: Object.fromEntries(paths),
    webhooks: webhooks(schemas),
    components: {
      schemas: sortKeys(schemas),
      headers: HEADERS,
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "A partner's key, `tdm_…`." },
        operator: { type: "http", scheme: "bearer", description: "An operator's token." },
      },
    },
  };
}

const LICENSE = { name: "Apache-2.0", identifier: "Apache-2.0" };

const HEADERS = {
  "X-Request-Id": { description: "Names this call.", schema: { type: "string" } },
  "RateLimit-Policy": {
    description: "Calls (`q`) in a window of `w` seconds.",
    schema: { type: "string", examples: ['"key";q=6000;w=60'] },
  },
  RateLimit: {
    description: "Calls left (`r`) until a new window begins in `t` seconds.",
    schema: { type: "string", examples: ['"key";r=5987;t=42'] },
  },
  "Retry-After": { description: "Seconds.", schema: { type: "integer" } },
};

function operationOf(
  route: { method: string; path: string },
  door: Door,
  checks: Checks[],
  schemas: Record<string, JsonSchema>,
) {
  const of = (target: Checks["target"]) => checks.find((each) => each.target === target);
  const body = of("json");
  const query = of("query")?.schema ?? door.query;
  const bodySchema = body?.schema ?? door.body?.schema;
  const media = door.body?.media ?? "application/json";
  return {
    operationId: door.id,
    tags: [door.tag],
    summary: door.summary,
    ...describe(route, door),
    parameters: [
      ...pathParameters(route.path, door),
      ...(query === undefined ? [] : queryParameters(query, door, schemas)),
      ...Object.entries(door.headers ?? {}).map(([name, description]) => {
        return { name, in: "header", description, schema: { type: "string" } };
      }),
    ],
    ...(bodySchema === undefined
      ? {}
      : {
          requestBody: {
            required: body?.optional !== true,
            content: {
              [media]: {
                schema: withWords(jsonOf(bodySchema, "input", schemas), door),
                ...(door.example === undefined ? {} : { example: door.example }),
              },
            },
          },
        }),
    responses: responsesOf(route, door, { checks, hasBody: bodySchema !== undefined }, schemas),
    ...(door.tag === "Operators" ? { security: [{ operator: [] }] } : {}),
    ...(door.tag === "Public" ? { security: [] } : {}),
  };
}

/** What it is for, and what it takes of a key: that is read off the table that decides it. */
function describe(route: { method: string; path: string }, { description }: Door) {
  const rule = SCOPE_RULES.get(doorName(route));
  if (rule === undefined) return description === undefined ? {} : { description };
  const { scope, wholePartner } = rule;
  const whole = wholePartner ? ", not restricted to senders" : "";
  const takes = `Takes a key with the scope \`${scope}\`${whole}.`;
  return {
    description: description === undefined ? takes : `${description}\n\n${takes}`,
    "x-scope": scope,
    ...(wholePartner ? { "x-whole-partner": true } : {}),
  };
}

/** A body's schema with the door's words. The Worker checks by it, and carries no descriptions. */
function withWords(schema: JsonSchema, { id, fields = {} }: Door): JsonSchema {
  // A body of several kinds has the fields of each.
  const kinds = (schema["oneOf"] ?? [schema]) as { properties?: Record<string, JsonSchema> }[];
  const known = new Set(kinds.flatMap(({ properties = {} }) => Object.keys(properties)));
  const unknown = Object.keys(fields).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new Error(`The body of ${id} has no ${unknown.join(", ")}.`);
  for (const { properties = {} } of kinds) {
    for (const [name, property] of Object.entries(properties)) {
      if (fields[name] !== undefined) property["description"] = fields[name];
    }
  }
  return schema;
}

function pathParameters(path: string, door: Door) {
  const resource = /^\/v1\/(admin\/)?[a-z-]+/.exec(path)?.[0] ?? "";
  const names = [...path.matchAll(/\/:([A-Za-z]+)(\{[^}]*\})?(?=\/|$)/g)];
  return names
    .map(([, name = ""]) => name)
    .filter((name) => name !== "version")
    .map((name) => ({
      name,
      in: "path",
      required: true,
      description: door.words?.[name] ?? WORDS[`${resource} :${name}`] ?? WORDS[name] ?? "",
      schema: name === "edge" ? { enum: ["register", "deregister"] } : { type: "string" },
    }));
}

function queryParameters(query: z.ZodType, door: Door, schemas: Record<string, JsonSchema>) {
  const { properties = {}, required = [] } = jsonOf(query, "input", schemas) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    required: required.includes(name),
    description: door.words?.[name] ?? WORDS[name] ?? description ?? "",
    schema,
  }));
}

function responsesOf(
  { path }: { path: string },
  door: Door,
  asked: { checks: Checks[]; hasBody: boolean },
  schemas: Record<string, JsonSchema>,
) {
  const headers = headersOf(door);
  const answers = Object.entries(door.answers).map(([status, answer]) => [
    status,
    { ...answerOf(answer, schemas), headers },
  ]);
  if (door.tag === "Cloud API") {
    const schema = { $ref: "#/components/schemas/GraphError" };
    const content = { "application/json": { schema } };
    return Object.fromEntries([
      ...answers,
      [
        "4XX",
        {
          description: "Refused, by Tandem or by Meta: `error.code` says why.",
          headers: { ...headers, "Retry-After": { $ref: "#/components/headers/Retry-After" } },
          content,
        },
      ],
      [
        "5XX",
        { description: "It failed; `is_transient` says if it may be repeated.", headers, content },
      ],
    ]) as Record<string, JsonSchema>;
  }
  const byStatus = Map.groupBy(problemsOf(path, door, asked), (code) => PROBLEMS[code].status);
  const problems = [...byStatus].map(([status, codes]) => [
    String(status),
    {
      description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(" "),
      headers:
        status === 429
          ? { ...headers, "Retry-After": { $ref: "#/components/headers/Retry-After" } }
          : headers,
      content: {
        "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
      },
    },
  ]);
  return Object.fromEntries([...answers, ...problems]) as Record<string, JsonSchema>;
}

/** What any route of its kind can answer, and what the door says beside. */
function problemsOf(
  path: string,
  door: Door,
  { checks, hasBody }: { checks: Checks[]; hasBody: boolean },
): ProblemCode[] {
  const isKeyed = door.tag !== "Public" && door.tag !== "Operators";
  const codes: ProblemCode[] = [
    ...(checks.length > 0 || hasBody ? (["invalid_request"] as const) : []),
    ...(hasBody ? (["body_too_large"] as const) : []),
    ...(door.tag === "Public" ? [] : (["unauthorized", "too_many_requests"] as const)),
    ...(isKeyed ? (["forbidden"] as const) : []),
    ...(path.includes("/:") ? (["not_found"] as const) : []),
    ...(door.problems ?? []),
    "internal",
  ];
  return [...new Set(codes)].sort((left, right) => PROBLEMS[left].status - PROBLEMS[right].status);
}

function headersOf(door: Door) {
  const names = ["X-Request-Id"];
  if (door.tag !== "Public" && door.tag !== "Operators")
    names.push("RateLimit-Policy", "RateLimit");
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function answerOf(answer: Answer, schemas: Record<string, JsonSchema>): JsonSchema {
  if (!("description" in answer) || answer instanceof z.ZodType) {
    const schema = jsonOf(answer, "output", schemas);
    const description = answer.meta()?.description ?? "As asked for.";
    return { description, content: { "application/json": { schema } } };
  }
  const { description, schema, media = "application/json", example, orText } = answer;
  if (schema === undefined) return { description };
  return {
    description,
    content: {
      [media]: {
        schema: jsonOf(schema, "output", schemas),
        ...(example === undefined ? {} : { example }),
      },
      ...(orText && {
        [orText.media]: { schema: { type: "string" }, example: orText.example },
      }),
    },
  };
}

function checksOf(handler: unknown): Checks[] {
  const checks = (handler as { [CHECKS]?: Checks })[CHECKS];
  return checks === undefined ? [] : [checks];
}

function keyOf({ method, path }: { method: string; path: string }): string {
  return `${method} ${path.length > 1 ? path.replace(/\/$/, "") : path}`;
}

function sortKeys<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(record).sort(([left], [right]) => left.localeCompare(right, "en")),
  );
}
