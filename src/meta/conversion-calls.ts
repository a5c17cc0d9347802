import { asText } from "./read-json.ts";
import { requestGraph } from "./graph-request.ts";
import type { GraphOptions } from "./graph-http.ts";
import type { Failed, GraphResult } from "./graph-request.ts";
import type { Json } from "./read-json.ts";

/** What a system user has to be allowed on a dataset; UPLOAD is what events need (protocol.md 5.1). */
const TASKS = ["EDIT", "ANALYZE", "UPLOAD", "ADVERTISE", "AA_ANALYZE"];

/** Graph calls of the Conversions API (protocol.md 5). */
export class ConversionCalls {
  readonly #options: GraphOptions;

  constructor(options: GraphOptions) {
    this.#options = options;
  }

  /** The account's dataset, made where there is none. Repeatable: there is one an account. */
  async ensureDataset(token: string, wabaId: string): Promise<{ dataset: string } | Failed> {
    const result = await requestGraph(this.#options, "POST", `${wabaId}/dataset`, { token });
    const dataset = result.kind === "ok" ? asText(result.body["id"]) : undefined;
    return dataset === undefined ? { failed: result } : { dataset };
  }

  /** Whose token this is. */
  async readOwnId(token: string): Promise<{ user: string } | Failed> {
    const query = { fields: "id" };
    const result = await requestGraph(this.#options, "GET", "me", { token, query });
    const user = result.kind === "ok" ? asText(result.body["id"]) : undefined;
    return user === undefined ? { failed: result } : { user };
  }

  /** Lets a user upload to a dataset. Repeatable. @param token of who may give that */
  assignDataset(token: string, dataset: string, user: string): Promise<GraphResult> {
    const body = { user, tasks: TASKS };
    return requestGraph(this.#options, "POST", `${dataset}/assigned_users`, { token, body });
  }

  /** Reports events. Never repeatable: Meta counts each it gets, whatever its id (protocol.md 5.2). */
  postEvents(token: string, dataset: string, body: Json): Promise<GraphResult> {
    return requestGraph(this.#options, "POST", `${dataset}/events`, { token, body });
  }
}
