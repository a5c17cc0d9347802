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

/** One of our own doors. @param path "/connect/{session}/…" */
export async function ask<T = PageState>(path: string, body?: object): Promise<Answer<T>> {
  try {
    const response = await fetch(path, {
      credentials: "omit",
      cache: "no-store",
      ...(body === undefined
        ? {}
        : {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(body),
          }),
    });
    const answer = (await response.json()) as T & { detail?: string };
    return response.ok
      ? { kind: "ok", body: answer }
      : { kind: "refused", status: response.status, detail: answer.detail ?? "" };
  } catch {
    return { kind: "offline" };
  }
}
