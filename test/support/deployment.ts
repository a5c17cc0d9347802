import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { app } from "../../src/app.ts";
import { runSweeps } from "../../src/scheduled.ts";
import { servicesOf } from "../../src/services.ts";
import { checkAnswer } from "./check-answer.ts";
import { sign } from "./webhooks.ts";
import type { Services } from "../../src/services.ts";

/**
 * The gateway as another deployment of it answers: with other secrets, over the same databases,
 * objects and queues. Objects themselves keep the secrets of the tests.
 */
export class Deployment {
  readonly env: Env;

  /** @param secrets over those of the tests; undefined: it has none of that name */
  constructor(secrets: Record<string, string | undefined>) {
    this.env = Object.assign({}, env, secrets);
  }

  get services(): Services {
    return servicesOf(this.env);
  }

  async fetch(path: string, init?: RequestInit): Promise<Response> {
    const context = createExecutionContext();
    const request = new Request(`https://gateway.test${path}`, init);
    const kept = typeof init?.body === "string" ? request.clone() : request;
    const response = await app.fetch(request, this.env, context);
    await checkAnswer(kept, response);
    await waitOnExecutionContext(context);
    return response;
  }

  /** A call with a partner's key, or an operator's token. */
  call(bearer: string, method: string, path: string, body?: unknown): Promise<Response> {
    return this.fetch(path, {
      method,
      headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** The same, where nothing but its answer is of interest. @throws Error unless it is 2xx */
  async read<T>(bearer: string, path: string, method = "GET", body?: unknown): Promise<T> {
    const response = await this.call(bearer, method, path, body);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json<T>();
  }

  /** A webhook that Meta signs with this app secret. */
  webhook(payload: unknown, secret: string): Promise<Response> {
    const body = JSON.stringify(payload);
    const headers = { "x-hub-signature-256": sign(body, secret) };
    return this.fetch("/webhooks/meta", { method: "POST", headers, body });
  }

  /** What the cron does. */
  sweep(): Promise<void> {
    return runSweeps(this.env);
  }
}
