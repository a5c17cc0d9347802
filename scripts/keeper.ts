import { randomBytes } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { V4WorkerOptions } from "miniflare";
import type { Job, Statement } from "./workers/keeper-job.ts";

const NAME = "keeper";

/** The gateway's cron and databases from outside of its runtime (workers/keeper.ts). */
export class Keeper {
  readonly #token = randomBytes(16).toString("hex");
  /** Asked for each time: a runtime that starts anew (a machine that slept) is elsewhere. */
  #whereabouts: ((name: string) => Promise<URL>) | undefined;

  /** The Worker to run beside the gateway's, with its databases. */
  options(
    contents: string,
    { name, compatibilityDate, d1Databases }: V4WorkerOptions,
  ): V4WorkerOptions {
    return {
      name: NAME,
      modules: [{ type: "ESModule", path: `${NAME}.js`, contents }],
      compatibilityDate,
      compatibilityFlags: ["service_binding_extra_handlers"], // `scheduled` of a service
      bindings: { KEEPER_TOKEN: this.#token },
      serviceBindings: { GATEWAY: name ?? "" },
      d1Databases,
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    };
  }

  /** @param whereabouts of a Worker by its name, while the runtime is up */
  reach(whereabouts: (name: string) => Promise<URL>): void {
    this.#whereabouts = whereabouts;
  }

  /** @throws Error when a sweep of all broke the call */
  async sweep(): Promise<void> {
    await this.#ask({ do: "cron" });
  }

  /** One transaction. @returns the rows of each statement. @throws Error what D1 says */
  batch(binding: string, statements: Statement[]): Promise<Record<string, unknown>[][]> {
    return this.#ask({ do: "batch", binding, statements });
  }

  /** Every shard gets every table: the same SQL files, in order, once each. */
  async migrate(binding: string, folder: string): Promise<void> {
    const files = readdirSync(folder).filter((name) => name.endsWith(".sql"));
    const [, done = []] = await this.batch(binding, [
      statement("CREATE TABLE IF NOT EXISTS d1_migrations (name TEXT PRIMARY KEY, at INTEGER)"),
      statement("SELECT name FROM d1_migrations"),
    ]);
    const known = new Set(done.map(({ name }) => name));
    for (const name of files.filter((file) => !known.has(file)).sort()) {
      const parts = readFileSync(join(folder, name), "utf8").split("--> statement-breakpoint");
      const statements = parts.map((sql) => sql.trim()).filter((sql) => sql !== "");
      await this.batch(binding, [
        ...statements.map((sql) => statement(sql)),
        statement("INSERT INTO d1_migrations (name, at) VALUES (?, ?)", name, Date.now()),
      ]);
    }
  }

  async #ask<T>(job: Job): Promise<T> {
    if (this.#whereabouts === undefined) throw new Error("The runtime is not up yet.");
    const response = await fetch(await this.#whereabouts(NAME), {
      method: "POST",
      headers: { authorization: this.#token },
      body: JSON.stringify(job),
    });
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as T;
  }
}

export function statement(sql: string, ...values: unknown[]): Statement {
  return { sql, values };
}
