import { DurableObject } from "cloudflare:workers";

/** One address of a partner that events are told to: cursor, order, retries, replays. */
export class Endpoint extends DurableObject<Env> {}
