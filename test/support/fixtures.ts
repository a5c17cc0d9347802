/// <reference types="vite/types/importMeta.d.ts" />
import type { TestNumber } from "./seed.ts";

const FILES = import.meta.glob<string>("../fixtures/webhooks/*.json", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** Who the fixtures are about; their texts carry these names with an @. */
export const PEOPLE = {
  customer: "420777123456",
  other: "420777999888",
  bsuid: "CZ.50000000000000000041",
  newbsuid: "CZ.50000000000000000042",
} as const;

const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1, -".json".length);

/** Every fixture's text by its name, with the people still to be filled in. */
export const FIXTURE_TEXTS: ReadonlyMap<string, string> = new Map(
  Object.entries(FILES).map(([path, text]) => [nameOf(path), text]),
);

/** Every fixture by name, such as `messages.text`. */
export const FIXTURES = Object.keys(FILES).map(nameOf).toSorted();

/** A webhook body as it would come for this number. */
export function fixture(name: string, number: TestNumber): Record<string, unknown> {
  const text = FILES[`../fixtures/webhooks/${name}.json`];
  if (text === undefined) throw new Error(`There is no fixture ${name}.`);
  const names = { ...PEOPLE, number: number.id, waba: number.wabaId, business: number.phone };
  return JSON.parse(
    text.replaceAll(/@([a-z]+)/g, (_, key: string) => names[key as keyof typeof names]),
  ) as Record<string, unknown>;
}
