import type { Services } from "../../../services.ts";
import type { Texts } from "./texts.ts";

/** A new language: one more file like these beside it, and its name here. */
export const LANGUAGES = ["en", "pt-BR"] as const;
type Language = (typeof LANGUAGES)[number];

/** What this isolate has read so far. */
const kept = new Map<Language, Texts>();

/**
 * The session's language, else the first that the browser asks for and we have, else English.
 * Another region of the same language will do: pt-PT reads pt-BR.
 *
 * @param wanted a locale such as pt-BR
 * @param acceptLanguage the request's header
 * @throws Error when the language's asset is not there
 */
export async function pickTexts(
  services: Pick<Services, "readAsset">,
  wanted: string | null,
  acceptLanguage: string | undefined,
): Promise<Texts> {
  const language = pickLanguage(wanted, acceptLanguage);
  // Written by scripts/write-assets.ts.
  const file = `/assets/connect-texts-${language}.json`;
  const texts = kept.get(language) ?? (await services.readAsset<Texts>(file));
  kept.set(language, texts);
  return texts;
}

function pickLanguage(wanted: string | null, acceptLanguage: string | undefined): Language {
  for (const locale of [...(wanted === null ? [] : [wanted]), ...byPreference(acceptLanguage)]) {
    const language =
      LANGUAGES.find((each) => each.toLowerCase() === locale.toLowerCase()) ??
      LANGUAGES.find((each) => languageOf(each) === languageOf(locale));
    if (language !== undefined) return language;
  }
  return "en";
}

function byPreference(header = ""): string[] {
  return header
    .split(",")
    .map((part) => {
      const [locale = "", ...options] = part.trim().split(/\s*;\s*/);
      const q = options.find((option) => option.startsWith("q="))?.slice(2);
      return { locale, q: q === undefined ? 1 : Number(q) };
    })
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
    .map(({ locale }) => locale);
}

function languageOf(locale: string): string {
  return locale.toLowerCase().split("-")[0] ?? "";
}
