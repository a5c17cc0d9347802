import { page } from "./layout.tsx";
import { Confirm, Empty, Table, Time } from "./parts.tsx";
import { textIn } from "./reason-in.ts";
import { listDeadLetters, listUnrouted } from "../../database/left-over.ts";
import { AppError } from "../../errors.ts";
import { noteAudit } from "../../operations/note-audit.ts";
import { redriveDeadLetter, redriveUnrouted } from "../../operations/redrive-left-over.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";
import type { RedriveResult } from "../../operations/redrive-left-over.ts";

/** What failed for good, and what nobody could use yet; never their content. */
export async function showLeftOver(c: Context<AppContext>) {
  const [letters, unrouted] = await Promise.all([
    listDeadLetters(c.var.services.registry),
    listUnrouted(c.env),
  ]);
  return page(
    c,
    { title: "Left over", here: "Left over" },
    <>
      <h1>Left over</h1>
      <h2>Dead letters</h2>
      <p class="hint">
        Work of a queue that failed ten times, and facts that D1 refused. The newest 100. Doing one
        over is safe: what is done already stays done, and what fails again comes back here.
      </p>
      {letters.length === 0 ? (
        <Empty>None: nothing has failed for good.</Empty>
      ) : (
        <Table label="Dead letters">
          <thead>
            <tr>
              <th>When</th>
              <th>From</th>
              <th>Why</th>
              <th>Sender</th>
              <th></th>
            </tr>
          </thead>
          <tbody>
            {letters.map((letter) => (
              <tr>
                <td>
                  <Time at={letter.at} />
                </td>
                <td>{letter.source === "queue" ? "a queue" : "D1"}</td>
                <td>{letter.reason}</td>
                <td>
                  <SenderKey sender={letter.sender} />
                </td>
                <td>
                  <Confirm
                    label="Do it over…"
                    button="Do it over"
                    action="/console/left-over/dead-letter"
                  >
                    <input type="hidden" name="id" value={letter.id} />
                    <p>
                      {letter.source === "queue"
                        ? "Its work is pointed at again."
                        : "The fact goes back to its number. Do this when what D1 refused is mended."}
                    </p>
                  </Confirm>
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
      <h2>Not usable yet</h2>
      <p class="hint">
        Items of webhooks that are kept whole, because nobody knew their number or this version does
        not know their kind. The newest 100. What waits for a number is taken in when that is
        connected.
      </p>
      {unrouted.length === 0 ? (
        <Empty>None: everything Meta sent was understood.</Empty>
      ) : (
        <Table label="Items nobody could use yet">
          <thead>
            <tr>
              <th>When</th>
              <th>Field</th>
              <th>Why</th>
              <th>Sender</th>
              <th></th>
            </tr>
          </thead>
          <tbody>
            {unrouted.map((item) => (
              <tr>
                <td>
                  <Time at={item.at} />
                </td>
                <td>{item.field}</td>
                <td>{item.reason.replaceAll("_", " ")}</td>
                <td>
                  <SenderKey sender={item.sender} />
                </td>
                <td>
                  <Confirm
                    label="Try again…"
                    button="Try again"
                    action="/console/left-over/unrouted"
                  >
                    <input type="hidden" name="id" value={item.id} />
                    <input type="hidden" name="shard" value={item.shard} />
                    <p>
                      It is handed to its number, where that is connected and its kind is known by
                      now.
                    </p>
                  </Confirm>
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </>,
  );
}

export async function doDeadLetterOver(c: Context<AppContext>) {
  const { services, operator } = c.var;
  const id = await textIn(c, "id");
  const detail = id.slice(0, 80);
  await noteAudit(services, { operator, action: "dead_letter.redrive", detail });
  return answer(c, await redriveDeadLetter(services, id));
}

export async function tryUnroutedAgain(c: Context<AppContext>) {
  const { services, operator } = c.var;
  const [id, shard] = [await textIn(c, "id"), await textIn(c, "shard")];
  if (!services.shards.some((name) => name === shard))
    throw new AppError("not_found", "There is no such item.");
  await noteAudit(services, { operator, action: "unrouted.redrive", detail: `in ${shard}` });
  return answer(c, await redriveUnrouted(services, shard, id));
}

function answer(c: Context<AppContext>, result: RedriveResult) {
  if (result.kind === "impossible") throw new AppError("conflict", result.why);
  if (result.kind === "not_found") throw new AppError("not_found", "It is not here any more.");
  return c.redirect("/console/left-over", 303);
}

function SenderKey({ sender }: { sender: number | null }) {
  if (sender === null) return <span class="none">—</span>;
  return <a href={`/console/senders/${sender}`}>{sender}</a>;
}
