import { listSenders } from "../database/senders.ts";
import { AppError } from "../errors.ts";
import { EVENT_VERSION } from "../events/partner-event.ts";
import { readEventType } from "../events/read-event-types.ts";
import { newId } from "../lib/ids.ts";
import type { StoredEndpoint } from "../database/endpoints.ts";
import type { Attempt } from "../durable/endpoint-types.ts";
import type { EventType } from "../events/type-names.ts";
import type { Services } from "../services.ts";

/** Types that concern the partner itself, not a sender. */
const OF_THE_PARTNER: ReadonlySet<EventType> = new Set(["endpoint.test", "endpoint.disabled"]);

/**
 * Posts a made-up event to an endpoint now, signed like a real one: it stands in no log, has seq 0,
 * and is tried once. Works while the endpoint is paused or disabled.
 *
 * @param type null: `endpoint.test`, which for a `cloud_api` one is an envelope that nobody acts on:
 *   a made-up message would be answered by a bot that is live
 */
export async function testEndpoint(
  services: Services,
  endpoint: StoredEndpoint,
  type: EventType | null,
): Promise<Attempt> {
  const told = type ?? "endpoint.test";
  return services.endpoint(endpoint.id).tryOut({
    id: newId("evt_test"),
    type: told,
    version: EVENT_VERSION,
    sender_id: OF_THE_PARTNER.has(told) ? null : await pickSender(services, endpoint),
    seq: 0,
    at: new Date(services.now()).toISOString(),
    data:
      told === "endpoint.test"
        ? { endpoint_id: endpoint.id, message: "A test: nothing happened to any number." }
        : (await readEventType(services, told)).example.data,
  });
}

/** A sender that the endpoint is told of. @throws AppError conflict where the partner has none */
async function pickSender(services: Services, endpoint: StoredEndpoint): Promise<string> {
  const [first] =
    endpoint.senders ??
    (await listSenders(services.registry, endpoint.partner)).map((each) => each.phoneNumberId);
  if (first !== undefined) return first;
  throw new AppError(
    "conflict",
    "An event of this type is about a sender, and you have none yet: connect one, or test with endpoint.test.",
  );
}
