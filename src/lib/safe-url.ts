/** Whether events may be posted to an address; why not, in a sentence. */
export function checkUrl(
  url: string,
  network: "public" | "any",
  ownHost: string,
): { ok: true; url: URL } | { ok: false; why: string } {
  const parsed = URL.parse(url);
  if (parsed === null) return { ok: false, why: "This is no URL." };
  if (network === "any") return { ok: true, url: parsed };
  if (parsed.protocol !== "https:") return { ok: false, why: "The URL must begin with https://." };
  if (parsed.host === ownHost) return { ok: false, why: "This is the gateway itself." };
  return { ok: true, url: parsed };
}
