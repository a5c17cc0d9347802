import { en } from "./en.ts";
import { ptBR } from "./pt-BR.ts";
import type { Texts } from "./texts.ts";

/** A new language: one more file like these, and its name here. */
const LANGUAGES: readonly Texts[] = [en, ptBR];

/**
 * The session's language, else the first that the browser asks for and we have, else English.
 * Another region of the same language will do: pt-PT reads pt-BR.
 *
 * @param wanted a locale such as pt-BR
 * @param acceptLanguage the request's header
 */
export function pickTexts(wanted: string | null, acceptLanguage: string | undefined): Texts {
  for (const locale of [...(wanted === null ? [] : [wanted]), ...byPreference(acceptLanguage)]) {
    const texts =
      LANGUAGES.find(({ lang }) => lang.toLowerCase() === locale.toLowerCase()) ??
      LANGUAGES.find(({ lang }) => languageOf(lang) === languageOf(locale));
    if (texts !== undefined) return texts;
  }
  return en;
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
