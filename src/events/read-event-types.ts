import type { PartnerEvent } from "./partner-event.ts";
import type { EventType } from "./type-names.ts";

/** Written by `npm run docs` from src/events, which is more than the Worker should carry. */
const FILE = "/event-types.json";

interface AssetReader {
  readAsset: <T>(path: string) => Promise<T>;
}

/** A type of event as the file tells it; scripts/docs/event-schemas writes it. */
export interface EventTypeView {
  type: EventType;
  version: number;
  description: string;
  told: string;
  in_cloud_api_format: boolean;
  /** JSON Schema of the whole event. */
  schema: Record<string, unknown>;
  example: PartnerEvent;
}

/** Every type of event with its schema. @throws Error when the file is not there */
export function readEventTypes(
  services: AssetReader,
): Promise<{ data: EventTypeView[]; next_cursor: null }> {
  return services.readAsset(FILE);
}

/** One type of event. @throws Error when the file is not there, or lacks it */
export async function readEventType(
  services: AssetReader,
  type: EventType,
): Promise<EventTypeView> {
  const { data } = await readEventTypes(services);
  const found = data.find((each) => each.type === type);
  if (found === undefined) throw new Error(`${FILE} lacks ${type}; npm run docs writes it.`);
  return found;
}
