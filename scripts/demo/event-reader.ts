import type { DemoEvent, TandemClient } from "./tandem-client.ts";

/** Reads a partner's events by cursor, as a partner's backend does. */
export class EventReader {
  readonly seen: DemoEvent[] = [];
  readonly #client: TandemClient;
  #cursor = "";

  constructor(client: TandemClient) {
    this.#client = client;
  }

  /** What is new since the last call. */
  async read(): Promise<DemoEvent[]> {
    const fresh: DemoEvent[] = [];
    for (;;) {
      const after = this.#cursor === "" ? "" : `&after=${this.#cursor}`;
      const page = await this.#client.get<{ data: DemoEvent[]; next_cursor: string }>(
        `/v1/events?limit=500${after}`,
      );
      // Together: where the next page fails, this one is not asked for again.
      this.#cursor = page.next_cursor;
      this.seen.push(...page.data);
      if (page.data.length === 0) return fresh;
      fresh.push(...page.data);
    }
  }

  /** Reads until `done` says so. @throws Error naming `what` after `timeoutMs` */
  async readUntil(what: string, done: () => boolean, timeoutMs = 60_000): Promise<void> {
    const until = Date.now() + timeoutMs;
    for (;;) {
      await this.read();
      if (done()) return;
      if (Date.now() > until) throw new Error(`Waited ${timeoutMs} ms for ${what}.`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
