import { listStrangers } from "../database/endpoints.ts";
import { AppError } from "../errors.ts";
import { isEventType } from "../events/type-names.ts";
import type { Services } from "../services.ts";

/** What an endpoint, or a replay, is about; null or left out: everything. */
export interface EventFilter {
  types?: string[] | null | undefined;
  senders?: string[] | null | undefined;
}

/** @throws AppError naming an event type that there is not, or a sender that is not the partner's */
export async function checkEndpointFilter(
  services: Services,
  partner: string,
  { types, senders }: EventFilter,
): Promise<void> {
  const unknown = types?.find((type) => !isEventType(type));
  if (unknown !== undefined) {
    throw new AppError(
      "invalid_request",
      `types: there is no event type ${JSON.stringify(unknown.slice(0, 60))}. All of them are at /v1/event-types.`,
      { field: "types" },
    );
  }
  if (senders === undefined || senders === null) return;
  const [stranger] = await listStrangers(services.registry, partner, senders);
  if (stranger !== undefined) {
    throw new AppError(
      "invalid_request",
      `senders: ${JSON.stringify(stranger.slice(0, 40))} is no sender of yours. Write phone_number_ids, as GET /v1/senders lists them.`,
      { field: "senders" },
    );
  }
}
