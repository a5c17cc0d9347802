import { DurableObject } from "cloudflare:workers";
import type {
  Attempt,
  Delivery,
  DeliveryPage,
  DeliveryQuery,
  EndpointConfig,
  EndpointFigures,
  Replay,
  ReplayOrder,
} from "./endpoint-types.ts";
import type { PartnerEvent } from "../events/view-event.ts";

/** Holds the seam's place until the engine is merged: it keeps what it is told, and posts nothing. */
export class Endpoint extends DurableObject<Env> {
  configure(config: EndpointConfig): void {
    this.ctx.storage.kv.put("config", config);
  }

  async remove(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }

  ring(_shard: string): void {}

  figures(): EndpointFigures {
    const config = this.ctx.storage.kv.get<EndpointConfig>("config");
    return {
      health: "healthy",
      failingSince: null,
      lastSuccessAt: null,
      lastFailure: null,
      reached: config?.from ?? {},
      retrying: 0,
      failed: 0,
      nextAttemptAt: null,
    };
  }

  tryOut(_event: PartnerEvent): Attempt {
    const failure = "connection";
    return { n: 1, at: Date.now(), ms: 0, status: null, failure, answer: null, replay: false };
  }

  deliveries(_query: DeliveryQuery): DeliveryPage {
    return { deliveries: [], next: null };
  }

  delivery(_event: string): Delivery | null {
    return null;
  }

  retry(_event: string): boolean {
    return false;
  }

  replay({ id, of }: ReplayOrder): Replay {
    const known = this.replays().find((each) => each.id === id);
    if (known !== undefined) return known;
    const now = Date.now();
    const replay: Replay = {
      id,
      of,
      state: "done",
      told: 0,
      taken: 0,
      createdAt: now,
      endedAt: now,
    };
    this.ctx.storage.kv.put("replays", [replay, ...this.replays()]);
    return replay;
  }

  replays(): Replay[] {
    return this.ctx.storage.kv.get<Replay[]>("replays") ?? [];
  }
}
