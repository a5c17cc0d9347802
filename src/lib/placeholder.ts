const DAY_MS = 24 * 3_600_000;
/** For so long after an onboarding the files of its history come (protocol.md 2.3.2), and a day more. */
const FILES_COME_MS = 15 * DAY_MS;

/** The type of a message of the past whose file has not come. */
export const PLACEHOLDER = "media_placeholder";

/** Whether the file of a placeholder may still come: nothing is stored about one, time decides. */
export function stateOfPlaceholder(
  sender: { generation: number },
  now: number,
): "pending" | "unavailable" {
  return now > sender.generation + FILES_COME_MS ? "unavailable" : "pending";
}
