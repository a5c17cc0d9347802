/** Parameters with which Graph would take other orders than the ones we pass on. */
const CONTROLS = new Set(["access_token", "appsecret_proof", "method", "ids", "batch"]);

/** In any letters, and as a member of a list (`ids[]`). */
function isControl(name: string): boolean {
  return CONTROLS.has(name.toLowerCase().replace(/\[.*$/s, ""));
}

/**
 * What of a partner's query goes on to Graph: all but a token (it would be the partner's Tandem key)
 * and what makes Graph act elsewhere or otherwise than the path says (`method`, `ids`, `batch`).
 */
export function passableQuery(query: Iterable<[string, string]>): [string, string][] {
  return [...query].filter(([name]) => !isControl(name));
}

/** The same for the fields of a JSON body, which Graph reads like a query. */
export function passableBody(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !isControl(name)));
}

/**
 * Graph's answer as JSON text for a partner. Graph puts the access token into its paging addresses:
 * these become ours, so that an SDK follows them with its Tandem key.
 *
 * @param home our own address, without a trailing slash
 * @returns null when the token is still in there: such an answer must not leave
 */
export function withholdToken(answer: unknown, token: string, home: string): string | null {
  const text = JSON.stringify(answer, (_key, value: unknown) =>
    typeof value === "string" && value.includes("access_token=") ? ownAddress(value, home) : value,
  );
  return text.includes(token) || text.includes(encodeURIComponent(token)) ? null : text;
}

function ownAddress(address: string, home: string): string {
  if (!URL.canParse(address)) return address;
  const { pathname, searchParams } = new URL(address);
  searchParams.delete("access_token");
  const query = searchParams.toString();
  return `${home}${pathname}${query === "" ? "" : `?${query}`}`;
}
