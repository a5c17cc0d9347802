import { describeRefusal } from "./graph-refusals.ts";
import { graphErrorBody } from "./graph-shape.ts";
import type { BatchItemAnswer } from "../operations/send-batch.ts";

/** One item of a batch as it is answered: our id and where it stands, or the error as Meta's own. */
export function answerBatchItem(item: BatchItemAnswer, index: number, requestId: string) {
  switch (item.kind) {
    case "queued":
      return { index, id: item.send, state: "queued" };
    case "known":
      return { index, id: item.view.send, state: item.view.state, replayed: true };
    case "retracted":
      return { index, ...graphErrorBody(describeRefusal({ kind: "failed" }), requestId) };
    case "refused":
    case "faulty":
    case "key_reused":
    case "not_found":
      return { index, ...graphErrorBody(describeRefusal(item), requestId) };
  }
}
