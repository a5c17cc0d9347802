import { env } from "cloudflare:workers";
import { describe, expect, expectTypeOf, it } from "vitest";
import { readAsset } from "../../src/lib/read-asset.ts";
import { fill } from "../../src/pages/connect/texts/fill.ts";
import en from "../../src/pages/connect/texts/en.json";
import { LANGUAGES, pickTexts } from "../../src/pages/connect/texts/pick-texts.ts";
import ptBR from "../../src/pages/connect/texts/pt-BR.json";
import { services } from "../support/seed.ts";
import type { Texts } from "../../src/pages/connect/texts/texts.ts";

/** A language that lacks a text does not compile here. */
const FOUND: Record<(typeof LANGUAGES)[number], Texts> = { en, "pt-BR": ptBR };

/** Keys of a language that the interface does not know. */
type Beyond<Language, Known> = Language extends string | readonly string[]
  ? never
  : {
      [Key in keyof Language]: Key extends keyof Known
        ? Beyond<Language[Key], NonNullable<Known[Key]>>
        : Key;
    }[keyof Language];

/** Every text by its place, such as "steps.list.qr.meta". */
function textsIn(part: unknown, place: string[] = []): [place: string, text: string][] {
  if (typeof part === "string") return [[place.join("."), part]];
  return Object.entries(part as object).flatMap(([key, value]) => textsIn(value, [...place, key]));
}

const placeholders = (text: string) => (text.match(/\{\w*\}/g) ?? []).toSorted();

describe("the languages of the owner's page", () => {
  it("have no text that the page does not know", () => {
    expectTypeOf<Beyond<typeof en, Texts>>().toBeNever();
    expectTypeOf<Beyond<typeof ptBR, Texts>>().toBeNever();
    const places = textsIn(en).map(([place]) => place);
    for (const texts of Object.values(FOUND)) {
      expect(textsIn(texts).map(([place]) => place)).toEqual(places);
    }
  });

  it.each(LANGUAGES)("say something at every place, with the same placeholders: %s", (language) => {
    const english = new Map(textsIn(en));
    for (const [place, text] of textsIn(FOUND[language])) {
      expect(text.trim(), place).not.toBe("");
      expect(placeholders(text), place).toEqual(placeholders(english.get(place) ?? ""));
    }
  });

  it.each(LANGUAGES)("are the ones that the page reads: %s", async (language) => {
    expect(FOUND[language].lang).toBe(language);
    expect(await pickTexts(services(), language, undefined)).toEqual(FOUND[language]);
  });

  it("are each a file that is named in the list", () => {
    const files = Object.keys(import.meta.glob("../../src/pages/connect/texts/*.json"));
    expect(files.map((path) => path.split("/").at(-1))).toEqual(
      LANGUAGES.map((language) => `${language}.json`),
    );
  });
});

describe("a text with placeholders", () => {
  it("takes values as the texts they are", () => {
    const pattern = "{partner}: {count} of {partner}";
    expect(fill(pattern, { partner: "$& {count}", count: 0 })).toBe("$& {count}: 0 of $& {count}");
  });

  it("is not shown with a hole in it", () => {
    const { title } = FOUND.en;
    // @ts-expect-error A value that the text asks for is missing.
    expect(() => fill(title, {})).toThrow("{partner}");
    expect(() => fill("{toString}", { partner: "Sol" })).toThrow("{toString}");
  });
});

it("an asset that was not deployed is missed by its name", async () => {
  const path = "/assets/connect-texts-eo.json";
  await expect(readAsset(env.ASSETS, path)).rejects.toThrow(path);
});
