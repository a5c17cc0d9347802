import { Validator } from "@cfworker/json-schema";
import { env } from "cloudflare:workers";
import type { Schema } from "@cfworker/json-schema";
import type { PartnerPost } from "./partner-stub.ts";

/*
 * Holds every answer that the tests see to the OpenAPI document, so that it cannot lie: the status
 * is listed, the body fits. And what was taken (2xx) has to be what the document says one may send.
 */

interface Content {
  [media: string]: { schema?: Schema };
}
interface Operation {
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, { content?: Content }>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<
    string,
    { post: Operation & { parameters: { name: string; required: boolean }[] } }
  >;
  components: { schemas: Record<string, Schema> };
}

interface Known {
  path: RegExp;
  operations: Record<string, Operation>;
}

let document: Document | undefined;
let known: Known[] = [];
const validators = new WeakMap<object, Validator>();

/** @throws Error that says how the document and the gateway differ */
export async function checkAnswer(request: Request, response: Response): Promise<void> {
  const { pathname } = new URL(request.url);
  const where = `${request.method} ${pathname}: ${response.status}`;
  if (!response.headers.has("x-request-id")) throw new Error(`${where} has no x-request-id.`);
  const path = pathname.replace(/^(\/v\d+\.\d+)?(?=\/\d+(\/|$))/, "/v24.0");
  if (!/^\/v(1|24\.0)\//.test(path)) return;
  await open();
  const found = known.find((each) => each.path.test(path.replace(/\/$/, "")));
  const isHead = request.method === "HEAD";
  const operation = found?.operations[isHead ? "get" : request.method.toLowerCase()];
  if (operation === undefined) {
    if ([401, 404, 405, 429].includes(response.status)) return; // no such door
    throw new Error(`${where}: the document has no such door.`);
  }
  const { responses, requestBody } = operation;
  const listed =
    responses[String(response.status)] ?? responses[`${String(response.status)[0] ?? ""}XX`];
  if (listed === undefined) {
    throw new Error(`${where} is not listed; ${await response.clone().text()}`);
  }
  if (!isHead) await checkBody(where, listed.content, response);
  const sent = request.headers.get("content-type") ?? "";
  if (!response.ok || !sent.startsWith("application/json") || request.bodyUsed) return;
  const text = await request.text();
  if (text === "" || text === "{}") return; // a test helper's way of saying nothing
  if (requestBody === undefined) throw new Error(`${where}: the document knows of no body.`);
  const schema = requestBody.content["application/json"]?.schema;
  // A name that the gateway passes over unseen.
  const sentBody: unknown = JSON.parse(text, (name, value: unknown) =>
    name === "__proto__" ? undefined : value,
  );
  if (schema !== undefined) complain(`${where}, what was sent`, schema, sentBody);
}

/**
 * Holds what an endpoint was posted to the document's `webhooks`.
 *
 * @throws Error that says how they differ
 */
export async function checkPost(webhook: string, { headers, body }: PartnerPost): Promise<void> {
  await open();
  const { parameters, requestBody } = document?.webhooks[webhook]?.post ?? {};
  const described = new Map(
    parameters?.map(({ name, required }) => [name.toLowerCase(), required]),
  );
  const given = Object.keys(headers).filter((name) =>
    /^(webhook|tandem|x-hub|user-agent)/.test(name),
  );
  const odd = [
    ...given.filter((name) => !described.has(name)),
    ...[...described.keys()].filter((name) => described.get(name) && !given.includes(name)),
  ];
  if (odd.length > 0)
    throw new Error(`A post's headers are not as the document says: ${odd.join(", ")}`);
  const schema = requestBody?.content["application/json"]?.schema;
  if (schema === undefined) throw new Error(`The document has no webhook ${webhook}.`);
  complain(`A post of ${webhook}`, schema, JSON.parse(body));
}

async function checkBody(where: string, content: Content | undefined, response: Response) {
  const type = (response.headers.get("content-type") ?? "").split(";")[0] ?? "";
  if (content === undefined) {
    const text = await response.clone().text();
    if (text !== "") throw new Error(`${where} should have no body.`);
    return;
  }
  const media = content[type] ?? content["*/*"];
  if (media === undefined) throw new Error(`${where} is ${type}, which is not listed.`);
  if (media.schema === undefined || !/[/+]json$/.test(type)) return;
  complain(where, media.schema, await response.clone().json());
}

function complain(where: string, schema: Schema, value: unknown): void {
  let validator = validators.get(schema);
  if (validator === undefined) {
    const $defs = document?.components.schemas;
    validator = new Validator(pointToDefs({ ...schema, $defs }) as Schema, "2020-12", false);
    validators.set(schema, validator);
  }
  const { valid, errors } = validator.validate(value);
  if (valid) return;
  const lines = errors.map(({ instanceLocation, error }) => `  ${instanceLocation}: ${error}`);
  throw new Error(
    `${where} is not as the document says (npm run docs writes it):\n${lines.join("\n")}\n${JSON.stringify(value).slice(0, 2_000)}`,
  );
}

function pointToDefs(schema: object): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', '"#/$defs/'));
}

async function open(): Promise<void> {
  if (document !== undefined) return;
  const file = await env.ASSETS.fetch("https://gateway.test/openapi.json");
  document = await file.json<Document>();
  known = Object.entries(document.paths).map(([path, operations]) => ({
    path: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{[^}]+\}/g, "[^/]+")}$`),
    operations,
  }));
  // What is written out goes before what is a parameter elsewhere.
  known.sort((left, right) => count(left.path) - count(right.path));
}

function count({ source }: RegExp): number {
  return source.split("[^").length;
}
