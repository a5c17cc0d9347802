import { DeployError } from "./deploy-error.ts";
import { failed } from "./wrangler.ts";
import type { Installation } from "./installation.ts";
import type { Wrangler } from "./wrangler.ts";

/** How an answer may call that a queue has no jurisdiction. */
const NONE = new Set(["default", "null", "none", "undefined"]);

/** The longest there is: a dead letter must outlive a consumer that is broken over a holiday. */
const DEAD_LETTERS_KEPT_S = 14 * 86_400;

/**
 * Makes the queues that are not there.
 *
 * @throws DeployError for one that is there under another jurisdiction, which cannot be changed
 */
export async function makeQueues(
  wrangler: Wrangler,
  { jurisdiction }: Pick<Installation, "jurisdiction">,
  queues: { name: string; isForDeadLetters: boolean }[],
  note: (line: string) => void,
): Promise<void> {
  for (const { name, isForDeadLetters } of queues) {
    const info = ["queues", "info", name];
    const answer = await wrangler.try(info);
    if (answer.code === 0) {
      const is = /^Jurisdiction: (\w+)/m.exec(answer.stdout)?.[1] ?? "";
      if ((NONE.has(is) ? "" : is) !== jurisdiction) {
        throw new DeployError(
          `The queue ${name} is there with the jurisdiction "${is}", this installation has ` +
            `"${jurisdiction}". A queue's is fixed: take another --name, or delete the queue.`,
        );
      }
      note(`${name} is there`);
      continue;
    }
    if (!/does not exist/.test(`${answer.stdout}${answer.stderr}`)) throw failed(info, answer);
    await wrangler.do([
      "queues",
      "create",
      name,
      ...(jurisdiction === "" ? [] : ["--jurisdiction", jurisdiction]),
      ...(isForDeadLetters ? ["--message-retention-period-secs", `${DEAD_LETTERS_KEPT_S}`] : []),
    ]);
    note(`${name} made`);
  }
}
