import * as z from "zod";
import { page } from "./layout.tsx";
import { SAID } from "./left-over-actions.ts";
import { Badge, Confirm, count, Empty, Figure, Table, Time } from "./parts.tsx";
import {
  countLettersBySource,
  findDeadLetter,
  LETTER_SOURCES,
  listDeadLetters,
} from "../../database/dead-letters.ts";
import { countUnroutedByReason, listUnrouted } from "../../database/unrouted.ts";
import { AppError } from "../../errors.ts";
import { readCursor, writeCursor } from "../../lib/cursor.ts";
import { describeLetter } from "../../operations/describe-letter.ts";
import { isUnderWay } from "../../routes/left-over-views.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";
import type { DeadLetter, LetterSource } from "../../database/dead-letters.ts";
import type { Unrouted } from "../../database/unrouted.ts";

const LIMIT = 50;
const cursor = z
  .string()
  .transform(readCursor)
  .pipe(z.object({ at: z.number(), id: z.string() }))
  .nullable()
  .catch(null);
const tally = z.coerce.number().int().min(0).catch(0);
const query = z.object({
  source: z.enum(LETTER_SOURCES).nullable().catch(null),
  why: z.string().max(100).nullable().catch(null),
  letters: cursor,
  items: cursor,
  said: z
    .enum(Object.keys(SAID) as [keyof typeof SAID])
    .nullable()
    .catch(null),
  /** What a click on many came to, and where the next one goes on. */
  of: z.literal("items").nullable().catch(null),
  done: tally,
  under_way: tally,
  failed_again: tally,
  impossible: tally,
  on: z.string().max(1_000).nullable().catch(null),
});
type Query = z.infer<typeof query>;

/** What failed for good, and what nobody could use yet; never their content. */
export async function showLeftOver(c: Context<AppContext>) {
  const { registry, now } = c.var.services;
  const asked = query.parse(c.req.query());
  const [sources, letters, reasons, items] = await Promise.all([
    countLettersBySource(registry),
    listDeadLetters(registry, {
      source: asked.source,
      senders: null,
      openAt: null,
      after: asked.letters,
      limit: LIMIT + 1,
    }),
    countUnroutedByReason(c.var.services),
    listUnrouted(c.var.services, {
      reason: asked.why,
      senders: null,
      after: asked.items,
      limit: LIMIT + 1,
    }),
  ]);
  return page(
    c,
    { title: "Left over", here: "Left over" },
    <>
      <h1>Left over</h1>
      <Said asked={asked} />
      <h2>Dead letters</h2>
      <p class="hint">
        Work of a queue whose tries were used up, and facts that D1 refused. Doing one over is safe:
        what is done stays done, and what fails again counts up here.
      </p>
      <Filter
        label="Which dead letters"
        name="source"
        chosen={asked.source}
        counts={LETTER_SOURCES.map((source) => [source, FROM[source], sources.get(source) ?? 0])}
      />
      {letters.length === 0 ? (
        <Empty>None: nothing has failed for good.</Empty>
      ) : (
        <>
          <div class="actions">
            <Confirm
              label={
                asked.source === null ? "Do all over…" : `Do all from ${FROM[asked.source]} over…`
              }
              button="Do them over"
              action="/console/left-over/dead-letters"
            >
              <input type="hidden" name="source" value={asked.source ?? ""} />
              {asked.of === null ? <input type="hidden" name="on" value={asked.on ?? ""} /> : null}
              <p>
                A hundred at a time, the newest first, those under way left out. Mend what they
                failed at first, or they come back.
              </p>
            </Confirm>
          </div>
          <Letters letters={letters.slice(0, LIMIT)} now={now()} />
          <Older name="letters" rows={letters} keep={{ source: asked.source }} />
        </>
      )}
      <h2>Not usable yet</h2>
      <p class="hint">
        Items of webhooks that are kept whole, because nobody knew their number or this version does
        not know their kind. What waits for a number is taken in when that is connected.
      </p>
      <Filter
        label="Which items"
        name="why"
        chosen={asked.why}
        counts={[...reasons].map(([reason, n]) => [reason, words(reason), n])}
      />
      {items.length === 0 ? (
        <Empty>None: everything Meta sent was understood.</Empty>
      ) : (
        <>
          <div class="actions">
            <Confirm
              label={
                asked.why === null ? "Try all again…" : `Try all of “${words(asked.why)}” again…`
              }
              button="Try them again"
              action="/console/left-over/unrouted-items"
            >
              <input type="hidden" name="of" value={asked.why ?? ""} />
              {asked.of === null ? null : <input type="hidden" name="on" value={asked.on ?? ""} />}
              <p>
                A hundred at a time, the newest first. Each goes to its number where that is
                connected and its kind is known by now; the others stay.
              </p>
            </Confirm>
          </div>
          <Items items={items.slice(0, LIMIT)} />
          <Older name="items" rows={items} keep={{ why: asked.why }} />
        </>
      )}
    </>,
  );
}

/** One dead letter: what it is about, in words and ids. */
export async function showLetter(c: Context<AppContext>) {
  const { services } = c.var;
  const letter = await findDeadLetter(services.registry, c.req.param("id") ?? "");
  if (letter === null) throw new AppError("not_found", "It is not here any more.");
  const about = describeLetter(services, letter.source, JSON.parse(letter.body));
  const pointers = [
    ["Why", words(letter.reason)],
    ["In the archive", about.archive_key],
    ["Number", about.phone_number_id],
    ["Message, as logs name it", about.message],
    ["Kind of fact", about.fact],
  ].filter(([, value]) => value !== null);
  return page(
    c,
    { title: "Dead letter", here: "Left over" },
    <>
      <p class="crumbs">
        <a href="/console/left-over">Left over</a>
      </p>
      <h1>
        A dead letter from {FROM[letter.source]}{" "}
        <LetterState letter={letter} now={services.now()} />
      </h1>
      <p>{about.words}</p>
      <dl class="figures">
        <Figure name="Tries in all">{count(letter.attempts)}</Figure>
        <Figure name="Came to an end">
          {letter.times === 1 ? "once" : `${letter.times} times`}
        </Figure>
        <Figure name="First">
          <Time at={letter.firstAt} />
        </Figure>
        <Figure name="Last">
          <Time at={letter.at} />
        </Figure>
        <Figure name="Done over">
          <Time at={letter.redrivenAt} />
        </Figure>
        <Figure name="Sender">
          <SenderKey sender={letter.sender} />
        </Figure>
      </dl>
      <ul class="plain-list">
        {pointers.map(([name, value]) => (
          <li>
            {name}: <code>{value}</code>
          </li>
        ))}
      </ul>
      <h2>Actions</h2>
      <div class="actions">
        <LetterActions letter={letter} />
      </div>
    </>,
  );
}

/** As people call where a letter is from. */
const FROM: Record<LetterSource, string> = {
  history: "history",
  sends: "queued sends",
  media: "files",
  overflow: "overflow",
  flush: "D1",
};

function Letters({ letters, now }: { letters: DeadLetter[]; now: number }) {
  return (
    <Table label="Dead letters">
      <thead>
        <tr>
          <th>Last failed</th>
          <th>From</th>
          <th>Why</th>
          <th>State</th>
          <th class="num">Tries</th>
          <th>Sender</th>
          <th></th>
        </tr>
      </thead>
      <tbody>
        {letters.map((letter) => (
          <tr>
            <td>
              <a href={`/console/left-over/dead-letters/${encodeURIComponent(letter.id)}`}>
                <Time at={letter.at} />
              </a>
              {letter.times === 1 ? null : (
                <small>
                  {letter.times} times since <Time at={letter.firstAt} />
                </small>
              )}
            </td>
            <td>{FROM[letter.source]}</td>
            <td>{words(letter.reason)}</td>
            <td>
              <LetterState letter={letter} now={now} />
            </td>
            <td class="num">{count(letter.attempts)}</td>
            <td>
              <SenderKey sender={letter.sender} />
            </td>
            <td>
              <LetterActions letter={letter} />
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function LetterState({ letter, now }: { letter: DeadLetter; now: number }) {
  if (!isUnderWay(letter, now)) return <Badge tone="bad">open</Badge>;
  return <Badge tone="calm">under way</Badge>;
}

function LetterActions({ letter }: { letter: DeadLetter }) {
  const id = <input type="hidden" name="id" value={letter.id} />;
  const isFact = letter.source === "flush";
  return (
    <>
      <Confirm label="Do it over…" button="Do it over" action="/console/left-over/dead-letter">
        {id}
        <p>
          {isFact
            ? "The fact goes back to its number. Do this when what D1 refused is mended."
            : "Its work is pointed at again."}
        </p>
      </Confirm>
      <Confirm
        label="Discard…"
        button="Discard it"
        action="/console/left-over/dead-letter/discard"
        danger
      >
        {id}
        <p>
          {isFact
            ? "The fact is gone for good with it: the message or change that it is will be missing."
            : "The letter goes. A sweep that finds its work goes on with it."}
        </p>
        <Reason />
      </Confirm>
    </>
  );
}

function Items({ items }: { items: Unrouted[] }) {
  return (
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
        {items.map((item) => (
          <tr>
            <td>
              <Time at={item.at} />
            </td>
            <td>{item.field}</td>
            <td>{words(item.reason)}</td>
            <td>
              <SenderKey sender={item.sender} />
            </td>
            <td>
              <Confirm label="Try again…" button="Try again" action="/console/left-over/unrouted">
                <ItemName item={item} />
                <p>
                  It is handed to its number, where that is connected and its kind is known by now.
                </p>
              </Confirm>
              <Confirm
                label="Discard…"
                button="Discard it"
                action="/console/left-over/unrouted/discard"
                danger
              >
                <ItemName item={item} />
                <p>It is gone for good; nobody will be told of it.</p>
                <Reason />
              </Confirm>
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function ItemName({ item }: { item: Unrouted }) {
  return (
    <>
      <input type="hidden" name="id" value={item.id} />
      <input type="hidden" name="shard" value={item.shard} />
    </>
  );
}

/** What the click before came to. */
function Said({ asked }: { asked: Query }) {
  const { said, done, under_way: underWay, failed_again: again, impossible, on } = asked;
  if (said !== null) return <p class="notice">{SAID[said]}</p>;
  const parts = [
    [done, "done"],
    [underWay, "under way"],
    [again, "failed again"],
    [impossible, "cannot be done over: each says why when it is tried alone"],
  ] as const;
  const some = parts.filter(([n]) => n > 0);
  if (some.length === 0) return null;
  return (
    <p class="notice">
      {some.map(([n, what]) => `${count(n)} ${what}`).join(", ")}.
      {on === null ? "" : " There are more: do it once more to go on behind these."}
    </p>
  );
}

interface FilterProps {
  label: string;
  name: "source" | "why";
  chosen: string | null;
  /** Value, its words, how many. */
  counts: (readonly [string, string, number])[];
}

/** Tabs of what there is, each with how many. */
function Filter({ label, name, chosen, counts }: FilterProps) {
  const shown = counts.filter(([value, , n]) => n > 0 || value === chosen);
  if (shown.length < 2 && chosen === null) return null;
  const all = counts.reduce((sum, [, , n]) => sum + n, 0);
  return (
    <nav class="tabs" aria-label={label}>
      <a href="/console/left-over" aria-current={chosen === null ? "true" : undefined}>
        All {count(all)}
      </a>
      {shown.map(([value, said, n]) => (
        <a
          href={`?${name}=${encodeURIComponent(value)}`}
          aria-current={value === chosen ? "true" : undefined}
        >
          {said} {count(n)}
        </a>
      ))}
    </nav>
  );
}

/** @param rows one more than are shown, where there are more */
function Older({
  name,
  rows,
  keep,
}: {
  name: "letters" | "items";
  rows: { at: number; id: string }[];
  keep: Record<string, string | null>;
}) {
  const last = rows.length > LIMIT ? rows[LIMIT - 1] : undefined;
  if (last === undefined) return null;
  const kept = Object.entries(keep).filter((entry): entry is [string, string] => entry[1] !== null);
  const next = new URLSearchParams([...kept, [name, writeCursor({ at: last.at, id: last.id })]]);
  return (
    <p>
      <a rel="next" href={`?${next.toString()}`}>
        Older ones
      </a>
    </p>
  );
}

function Reason() {
  return (
    <label>
      Why <small>kept in the audit</small>
      <input name="reason" required maxlength={200} />
    </label>
  );
}

function SenderKey({ sender }: { sender: number | null }) {
  if (sender === null) return <span class="none">—</span>;
  return <a href={`/console/senders/${sender}`}>{sender}</a>;
}

function words(code: string): string {
  return code.replaceAll("_", " ");
}
