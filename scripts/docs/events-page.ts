import { eventTypes } from "./event-schemas.ts";
import type { EventTypeView, JsonSchema } from "./event-schemas.ts";

const HEAD = `# Events

Written by \`npm run docs\` from the schemas that the tests hold every event to (\`src/events\`).

Everything that happens to a sender is told as events: by cursor (\`GET /v1/events\`) and to endpoints of yours. The same fact always has the same \`id\`; delivery is at least once, so keep the ids you have seen. \`seq\` counts a sender's events without a gap. Within a \`version\` fields are only added: let unknown ones pass, and unknown types too.

JSON Schemas (2020-12) of whole events: \`GET /v1/event-types\`, or one of them, \`GET /v1/event-types/message.received\`.

## Reading by cursor

\`GET /v1/events?after=&types=&sender=&limit=&wait=\` answers \`data\`, \`next_cursor\` and \`has_more\`.

- \`after\`: \`next_cursor\` of the last page; nothing for the oldest event that is kept; \`now\` for the present end of the log.
- \`types\`, \`sender\`: names with commas between, or the parameter several times. The cursor moves on past what is filtered out.
- \`limit\`: 1 to 500, else 100.
- \`wait\`: seconds, up to 25, to wait where there is nothing new. It ends at the first event. A key may have 20 such calls open; the next is answered with 429.

A sender's events come in the order of \`seq\`; between senders any order can be. One exception: where the operator has moved a number to another database, a reader that was far behind then (so an endpoint that was down) may meet newer events before older ones. Events are kept for 30 days unless the operator chose another time. A cursor from before that is answered with 410 \`cursor_expired\`, which has \`kept_since\` and the \`next_cursor\` to go on with.

## All events

| Field | | |
| --- | --- | --- |
`;

/** The catalogue of events as a page for partners. */
export function eventsPage(): string {
  const types = eventTypes();
  const [first] = types;
  const fields = Object.entries(first?.schema.properties ?? {}).filter(([name]) => name !== "data");
  const envelope = fields.map(([name, schema]) => {
    const kind = name === "type" ? "text" : kindOf(schema);
    return line(`\`${name}\``, kind, schema.description ?? "");
  });
  const contents = types.map(({ type, description, in_cloud_api_format: inCloudApi }) =>
    line(`[${type}](#${type.replace(/[^\w]/g, "")})`, inCloudApi ? "yes" : "no", description),
  );
  return [
    HEAD,
    ...envelope,
    line("`data`", "object", "What is in it depends on the type."),
    "\n## Types\n\nEndpoints in `cloud_api` format get what Meta has a form for.\n",
    "\n| Type | In `cloud_api` format | What it tells |\n| --- | --- | --- |\n",
    ...contents,
    ...types.map(section),
  ].join("");
}

function section({ type, version, description, told, schema, example }: EventTypeView): string {
  const data = schema.properties?.["data"] ?? {};
  return [
    `\n## ${type}\n\n`,
    `${description} ${told}\n\n`,
    version === 1 ? "" : `Version ${version}.\n\n`,
    (data.anyOf ?? [data]).map(tableOf).join("\nor\n\n"),
    `\n\`\`\`json\n${JSON.stringify(example, null, 2)}\n\`\`\`\n`,
  ].join("");
}

function tableOf(schema: JsonSchema): string {
  return `| In \`data\` | | |\n| --- | --- | --- |\n${fieldsOf(schema, "").join("")}`;
}

/** A line for each field; those of nested objects follow theirs. */
function fieldsOf(schema: JsonSchema, path: string): string[] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const presence = required.has(name) ? "" : ", if any";
    const inner = field.items ?? field;
    const below = `${path}${name}${field.items === undefined ? "" : "[]"}.`;
    return [
      line(`\`${path}${name}\``, `${kindOf(field)}${presence}`, field.description ?? ""),
      ...fieldsOf(inner, below),
    ];
  });
}

function kindOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.join(", ");
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(kindOf))].join(" or ");
  if (schema["format"] === "date-time") return "time";
  if (schema.items !== undefined) return `list of ${kindOf(schema.items)}`;
  const types = [schema.type ?? "any"].flat();
  return types.map((type) => TYPE_WORDS[type] ?? type).join(" or ");
}

const TYPE_WORDS: Record<string, string> = { string: "text", integer: "number" };

function line(...cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
}
