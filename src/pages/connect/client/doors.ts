/** The page's state as our doors answer it. */
export interface PageState {
  state: string;
  view: string;
  stamp: string;
  progress: { contacts: Bar | null; history: Bar | null };
}

export interface Bar {
  percent: number | null;
  figure: string;
  text: string;
  tone: string;
}

/** What a door said: its answer, a refusal in words, or that nothing came back. */
export type Answer<T> =
  | { kind: "ok"; body: T }
  | { kind: "refused"; status: number; detail: string }
  | { kind: "offline" };

/** One session's doors, by its link. */
export interface Doors {
  /** `/connect/{session}` */
  path: string;
  /** Opens them. In no address: those are written down on their way, by Cloudflare at least. */
  proof: string;
}

/** @param link the last part of the page's own: `{session}-{proof}` */
export function doorsOf(link: string): Doors {
  const [session = "", proof = ""] = link.split("-");
  return { path: `/connect/${session}`, proof };
}

/** One of our own doors. @throws TypeError when nothing came back */
export function knock({ path, proof }: Doors, door: string, body?: object): Promise<Response> {
  return fetch(`${path}/${door}`, {
    credentials: "omit",
    cache: "no-store",
    headers: {
      "x-tandem-link": proof,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
}

/** Asks for the state, or tells something. */
export async function ask<T = PageState>(
  doors: Doors,
  door: "state" | "number" | "event" | "finish" | "confirm",
  body?: object,
): Promise<Answer<T>> {
  try {
    const response = await knock(doors, door, body);
    const answer = (await response.json()) as T & { detail?: string };
    return response.ok
      ? { kind: "ok", body: answer }
      : { kind: "refused", status: response.status, detail: answer.detail ?? "" };
  } catch {
    return { kind: "offline" };
  }
}
