import { readFileSync } from "node:fs";
import { Validator } from "@cfworker/json-schema";
import { expect, it } from "vitest";
import { eventTypes, eventTypesFile } from "../../scripts/docs/event-schemas.ts";
import { eventsPage } from "../../scripts/docs/events-page.ts";
import { exampleEvent } from "../../src/events/example-event.ts";
import { EVENT_TYPES, eventSchema } from "../../src/events/index.ts";
import { EVENT_TYPE_NAMES } from "../../src/events/type-names.ts";
import { toCloudEnvelope } from "../../src/meta/cloud-envelope.ts";
import type { Schema } from "@cfworker/json-schema";

it("docs/events.md and public/event-types.json are what the schemas say today (npm run docs)", () => {
  expect(readFileSync("docs/events.md", "utf8")).toBe(eventsPage());
  expect(readFileSync("public/event-types.json", "utf8")).toBe(eventTypesFile());
});

it("every type that has a name has a definition, and no other", () => {
  expect(Object.keys(EVENT_TYPES).toSorted()).toEqual([...EVENT_TYPE_NAMES].toSorted());
});

it("every example is what its schemas promise, the printed one too, and no bare object is", () => {
  for (const { type, schema, example } of eventTypes()) {
    const printed = new Validator(schema as Schema, "2020-12", false);
    expect({ type, error: eventSchema(type).safeParse(example).error }).toEqual({ type });
    expect({ type, errors: printed.validate(example).errors }).toEqual({ type, errors: [] });
    expect(printed.validate({ ...example, type: "of.no.type" }).valid).toBe(false);
    expect(printed.validate({ ...example, seq: -1 }).valid).toBe(false);
  }
});

it("lets fields pass that a later version of us adds, while the tests do not", () => {
  const settled = eventTypes().find(({ type }) => type === "send.settled");
  const later = { ...settled?.example, added: 1 };
  expect(new Validator(settled?.schema as Schema, "2020-12").validate(later).valid).toBe(true);
  expect(eventSchema("send.settled").safeParse(later).success).toBe(false);
});

it.each(EVENT_TYPE_NAMES)("%s is said to be told in cloud_api format if it is", (type) => {
  const sender = { wabaId: "206", displayPhoneNumber: "+1 555 010 0001", phoneNumberId: "310" };
  const envelope = toCloudEnvelope(exampleEvent(type), sender, (media) => `https://${media}`);
  expect(EVENT_TYPES[type].inCloudApi).toBe(envelope !== null);
});

it("describes every field, down to the innermost", () => {
  const bare: string[] = [];
  const look = (schema: Record<string, unknown>, path: string) => {
    const properties = (schema["properties"] ?? {}) as Record<string, Record<string, unknown>>;
    for (const [name, field] of Object.entries(properties)) {
      const at = `${path}.${name}`;
      if (field["description"] === undefined && name !== "data") bare.push(at);
      look(field, at);
      look((field["items"] ?? {}) as Record<string, unknown>, `${at}[]`);
    }
    for (const each of (schema["anyOf"] ?? []) as Record<string, unknown>[]) look(each, path);
  };
  for (const { type, schema } of eventTypes()) look(schema, type);
  expect(bare).toEqual([]);
});
