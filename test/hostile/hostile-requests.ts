import { createRandom, hashOf } from "../../simulator/random.ts";
import { pick, STRINGS } from "./hostile-values.ts";
import { bytesOf, joined, treeOf } from "./json-tree.ts";
import { mutate } from "./mutations.ts";
import type { Random } from "../../simulator/random.ts";

interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  example?: unknown;
}

interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  schema?: Schema;
}

interface Operation {
  security?: Record<string, unknown>[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema?: Schema; example?: unknown }> };
}

/** As much of the OpenAPI document as requests are made from. */
export interface ApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/** Who calls: with a key for everything, one that lacks scopes or senders, a wrong one, or none. */
export const CALLERS = ["whole", "reads", "narrow", "wrong", "none"] as const;
export type Caller = (typeof CALLERS)[number];

export interface HostileRequest {
  method: string;
  /** With its query. */
  path: string;
  headers: Record<string, string>;
  body: Uint8Array | null;
  caller: Caller;
  /** Whether an operator's token opens the door. */
  isOperators: boolean;
  recipe: string;
}

export interface RequestOptions {
  document: ApiDocument;
  /** Ids that exist, by the name of the parameter, and under `sender` for each path that begins so. */
  ids: Record<string, readonly string[]>;
  seed: number;
}

/** What a door of these does to what other calls need is done to nothing that is there. */
const ENDS_IT = /^(post .*\/detach|delete \/v1\/endpoints\/\{id\}|delete \/v1\/keys\/\{key\})$/;
const CALLER_CHOICES: readonly Caller[] = [
  ...Array.from({ length: 12 }, () => "whole" as const),
  "reads",
  "narrow",
  "wrong",
  "none",
];
const WORDS = ["id", "type", "true", "whatsapp", "template", "text", "read", "EUR", "2026-11-23"];
const DEEPEST = 6;

/** Makes calls out of the document, each with something wrong in it or nothing at all. */
export class HostileRequests {
  readonly #options: RequestOptions;
  readonly #operations: [method: string, path: string, operation: Operation][];

  constructor(options: RequestOptions) {
    this.#options = options;
    this.#operations = Object.entries(options.document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, string, Operation] => [
        method,
        path,
        operation,
      ]),
    );
  }

  /** How many doors there are: so many requests try each once. */
  get doors(): number {
    return this.#operations.length;
  }

  make(n: number): HostileRequest {
    const random = createRandom(hashOf(this.#options.seed, "api", n));
    const [method, pattern, operation] = this.#operations[n % this.doors] ?? [];
    if (method === undefined || pattern === undefined || operation === undefined) {
      throw new Error("The document has no doors.");
    }
    const done: string[] = [];
    const door = `${method} ${pattern}`;
    const headers: Record<string, string> = {};
    const query: string[] = [];
    let path = pattern;
    for (const { name, in: place, required, schema = {} } of operation.parameters ?? []) {
      if (place === "path") {
        const value = this.#pathValue(door, name, random);
        path = path.replace(`{${name}}`, encodeURIComponent(value.toWellFormed()));
        continue;
      }
      if (required !== true && random.chance(0.6)) continue;
      const value = this.#textFor(name, schema, random);
      if (place === "header") headers[name] = headerText(value);
      else {
        query.push(`${name}=${encodeURIComponent(value.toWellFormed())}`);
        if (random.chance(0.03)) query.push(`${name}=again`);
      }
    }
    if (random.chance(0.05)) query.push(`unknown=${encodeURIComponent("é".repeat(20))}`);
    if (random.chance(0.02)) query.push("%zz=%ff&&==&");
    const body = this.#body(operation, headers, random, done);
    return {
      method: method.toUpperCase(),
      path: query.length === 0 ? path : `${path}?${query.join("&")}`,
      headers,
      body,
      caller: pick(CALLER_CHOICES, random),
      isOperators: operation.security?.some((each) => "operator" in each) ?? false,
      recipe: `${n}: ${door} ${done.join(", ")}`,
    };
  }

  #pathValue(door: string, name: string, random: Random): string {
    const { ids } = this.#options;
    const key = /\/v1\/(endpoints|signup-sessions|admin\/partners)\/\{id\}/.exec(door)?.[1];
    const known = ids[name === "id" ? (key ?? "sender") : name] ?? [];
    const isSpared = ENDS_IT.test(door);
    if (known.length > 0 && !isSpared && random.chance(0.75)) return pick(known, random);
    // An empty part is another address, and a dot is cut away by whoever writes addresses.
    return pick(
      STRINGS.filter((text) => !/^[./\s]*$/.test(text)),
      random,
    );
  }

  #textFor(name: string, schema: Schema, random: Random): string {
    // Nobody has to wait for the answer.
    if (name === "wait" && random.chance(0.8)) return "0";
    if (random.chance(0.35)) return pick(STRINGS, random);
    const known = this.#options.ids[name];
    if (known !== undefined && known.length > 0 && random.chance(0.5)) return pick(known, random);
    const value = this.#valueOf(schema, random, 0);
    return typeof value === "string" ? value : JSON.stringify(value);
  }

  #body(
    { requestBody }: Operation,
    headers: Record<string, string>,
    random: Random,
    done: string[],
  ): Uint8Array | null {
    const json = requestBody?.content["application/json"];
    if (requestBody !== undefined && json === undefined) return multipart(headers, random);
    if (json === undefined) return null;
    headers["content-type"] = "application/json";
    if (random.chance(0.05)) {
      headers["content-type"] = pick(
        ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/json;"],
        random,
      );
    }
    if (random.chance(0.03)) return new Uint8Array();
    const example = json.example ?? json.schema?.example;
    const value =
      example !== undefined && random.chance(0.5)
        ? example
        : this.#valueOf(json.schema ?? {}, random, 0);
    const whole = [treeOf(value)];
    for (let times = random.int(3); times > 0; times -= 1) {
      done.push(mutate({ parent: whole, at: 0 }, random, WORDS));
    }
    const [root = null] = whole;
    const bytes = bytesOf(root, { escaped: false, space: "" });
    if (!random.chance(0.04)) return bytes;
    done.push("cut");
    return joined([bytes.subarray(0, random.int(bytes.byteLength + 1)), Uint8Array.of(0x80)]);
  }

  /** Something that the schema may be meant to let through. */
  #valueOf(given: Schema, random: Random, depth: number): unknown {
    const schema = this.#resolve(given);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum !== undefined) return pick(schema.enum, random);
    const choices = schema.oneOf ?? schema.anyOf;
    if (choices !== undefined) return this.#valueOf(pick(choices, random), random, depth + 1);
    const type = Array.isArray(schema.type) ? pick(schema.type, random) : schema.type;
    switch (type ?? (schema.properties === undefined ? "any" : "object")) {
      case "object":
        return this.#objectOf(schema, random, depth);
      case "array": {
        const count = Math.min((schema.minItems ?? 0) + random.int(3), depth > DEEPEST ? 0 : 5);
        return Array.from({ length: count }, () =>
          this.#valueOf(schema.items ?? {}, random, depth + 1),
        );
      }
      case "string":
        return this.#stringOf(schema, random);
      case "integer":
      case "number": {
        const { minimum = 0, maximum = 1_000 } = schema;
        const edge = pick([minimum, maximum, minimum - 1, maximum + 1, 0, 0.5], random);
        return random.chance(0.3) ? edge : minimum + random.int(Math.min(maximum - minimum, 1e6));
      }
      case "boolean":
        return random.chance(0.5);
      case "null":
        return null;
      default:
        return pick([null, 1, "text", {}, []], random);
    }
  }

  #objectOf(schema: Schema, random: Random, depth: number): Record<string, unknown> {
    const made: Record<string, unknown> = {};
    for (const [name, each] of Object.entries(schema.properties ?? {})) {
      const isRequired = schema.required?.includes(name) ?? false;
      if (!isRequired && (depth > DEEPEST || random.chance(0.5))) continue;
      const ids = this.#options.ids[name];
      made[name] =
        ids !== undefined && ids.length > 0 && random.chance(0.6)
          ? pick(ids, random)
          : this.#valueOf(each, random, depth + 1);
    }
    if (typeof schema.additionalProperties === "object" && random.chance(0.5)) {
      made["more"] = this.#valueOf(schema.additionalProperties, random, depth + 1);
    }
    return made;
  }

  #stringOf({ format, minLength = 0, maxLength }: Schema, random: Random): string {
    switch (format) {
      case "date-time":
        return new Date(1_795_000_000_000 + random.int(1e9)).toISOString();
      case "date":
        return "2026-11-23";
      case "uri":
        return "https://hooks.example.net/tandem";
      case undefined:
      default: {
        if (maxLength !== undefined && random.chance(0.05)) return "m".repeat(maxLength + 1);
        return random.hex(Math.max(minLength, 1 + random.int(12)));
      }
    }
  }

  #resolve(schema: Schema): Schema {
    const name = schema.$ref?.split("/").at(-1);
    return name === undefined ? schema : (this.#options.document.components.schemas[name] ?? {});
  }
}

/** A form with a file, in whole or in part. */
function multipart(headers: Record<string, string>, random: Random): Uint8Array {
  const boundary = "a-line-between";
  headers["content-type"] = `multipart/form-data; boundary=${boundary}`;
  const field = (name: string, value: string, more = "") =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  const parts = [
    field("messaging_product", random.chance(0.8) ? "whatsapp" : pick(STRINGS, random)),
    field("type", random.chance(0.6) ? "image/png" : pick(STRINGS, random)),
    field("file", "not a picture", `; filename="${random.chance(0.5) ? "a.png" : '"\\'}"`),
  ].filter(() => random.chance(0.9));
  const whole = new TextEncoder().encode(`${parts.join("")}--${boundary}--\r\n`);
  return random.chance(0.2) ? whole.subarray(0, random.int(whole.byteLength)) : whole;
}

/** What HTTP lets into a header: printable ASCII. */
function headerText(value: string): string {
  return value.replaceAll(/[^\u0020-\u007e]/g, "?").trim();
}
