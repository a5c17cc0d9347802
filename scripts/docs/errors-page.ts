import { ERROR_MEANINGS, nameOfError } from "../../src/meta/graph-error-meanings.ts";
import { ERROR_CATALOGUE } from "../../src/meta/graph-errors.ts";
import type { CatalogueEntry, ErrorEffect, Retry } from "../../src/meta/graph-errors.ts";

const RETRY: Record<Retry, string> = {
  no: "no",
  soon: "soon, with growing pauses",
  later: "later",
  after_change: "after a change at Meta",
};

const EFFECT: Record<ErrorEffect, string> = {
  none: "",
  close_window: "the window counts as closed",
  verify_access: "paused until the connection is checked",
  block_payment: "blocked: payment",
  block_timezone: "blocked: timezone",
  block_token: "blocked: token",
  block_restricted: "blocked: restricted",
};

const HEAD = `# Meta's errors

Written by \`npm run docs\` from the table the gateway itself decides by (\`src/meta/graph-errors.ts\`).

Branch on \`error.code\`. **Again?** says if the same request can pass later; queued sends (async, bulk) do so by themselves.
**Sender** says what the error does to the number as a whole, beside the one message. A blocked number refuses waiting sends at once with the code that blocked it, keeps queued ones until they expire, and tells it once (\`sender.blocked\`, later \`sender.unblocked\`). It is looked at every 15 minutes, or at \`POST /v1/senders/{id}/recheck\`.
An answer that may hide a message which was taken (a 5xx, no answer) is not an error but **unknown**: 504 with our id and \`is_transient: false\`; see the README.

| Code | Kind | What it means | Again? | Sender | What to do |
| --- | --- | --- | --- | --- | --- |
`;

/** The catalogue of Meta's errors as a page for partners and operators. */
export function errorsPage(): string {
  return HEAD + ERROR_CATALOGUE.map(row).join("\n") + "\n";
}

function row(entry: CatalogueEntry): string {
  const name = nameOfError(entry);
  const cells = [
    name,
    entry.category,
    ERROR_MEANINGS[name],
    entry.verdict === "unknown" ? "unknown with a 5xx, else once" : RETRY[entry.retry],
    EFFECT[entry.effect],
    entry.act,
  ];
  return `| ${cells.join(" | ")} |`;
}
