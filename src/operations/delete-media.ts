import { forgetUpload } from "../database/outgoing-media.ts";
import { answerOf } from "./graph-answer.ts";
import { findMedia } from "./find-media.ts";
import type { Services } from "../services.ts";
import type { GraphAnswer } from "./graph-answer.ts";
import type { MediaInput } from "./find-media.ts";

/**
 * Deletes a file at Meta. It is looked up first: only what is a file of this number may be deleted
 * by an id that could name anything the token reaches.
 */
export async function deleteMedia(services: Services, input: MediaInput): Promise<GraphAnswer> {
  const found = await findMedia(services, input);
  if (found.kind !== "found") return found;
  const relayed = await services.graph.relay(found.token, "DELETE", input.media, {
    query: [["phone_number_id", found.phoneNumberId]],
  });
  const answer = answerOf(services, relayed, found.token, true);
  if (answer.kind === "answered" && answer.status === 200) {
    await forgetUpload(services.registry, input.partner, input.media);
  }
  return answer;
}
