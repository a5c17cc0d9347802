import * as z from "zod";
import { Charts } from "./charts.tsx";
import { readCharts, readFigures } from "./figures.ts";
import { page } from "./layout.tsx";
import {
  Badge,
  Bar,
  bytes,
  Condition,
  Confirm,
  count,
  Empty,
  Figure,
  span,
  Table,
  Time,
} from "./parts.tsx";
import { Failures, Timeline } from "./sender-events.tsx";
import { senderOf } from "./sender-of.ts";
import { listAudit } from "../../database/audit.ts";
import { readImport } from "../../database/history.ts";
import { countContacts } from "../../database/read-contacts.ts";
import { countMedia } from "../../database/read-console.ts";
import { listLifeEvents } from "../../database/read-events.ts";
import { listFailures } from "../../database/read-traffic.ts";
import { wordsOfState } from "../../lib/lifecycle-words.ts";
import { findSync } from "../../database/syncs.ts";
import { explainContacts, explainHistory, explainRedrive } from "../../operations/explain-sync.ts";
import { weighLedger } from "../../operations/weigh-ledger.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";
import type { ListedSender } from "../../database/read-console.ts";
import type { SyncRow } from "../../database/syncs.ts";
import type { PhoneFigures } from "../../durable/phone-figures.ts";
import type { Verdict } from "../../operations/weigh-ledger.ts";

const EVENTS = 50;
const FAILURES = 20;
const DEEDS = 20;
const MISSING_SHOWN = 20;

/** One sender in full. */
export async function showSender(c: Context<AppContext>) {
  const { services } = c.var;
  const sender = await senderOf(c);
  const { key, partner, generation } = sender;
  const database = services.shard(sender.shard);
  const now = services.now();
  const [figures, charts, history, contacts, addressBook, media, life, failures, deeds] =
    await Promise.all([
      sender.superseded === null ? readFigures(services, sender) : null,
      readCharts(services, sender),
      readImport(database, key, generation),
      findSync(database, key, generation, "contacts"),
      countContacts(database, key),
      countMedia(database, key),
      listLifeEvents(database, key, null, EVENTS),
      listFailures(database, partner, key, FAILURES),
      listAudit(services.registry, { after: null, limit: DEEDS, sender: key }),
    ]);
  const verdict = weighLedger(history.sync, history.ledger, now);
  const redriven = z.coerce.number().int().min(0).safeParse(c.req.query("redriven"));
  return page(
    c,
    { title: sender.displayPhoneNumber, here: "Senders" },
    <>
      <p class="crumbs">
        <a href="/console/senders">Senders</a>
      </p>
      <div class="headline">
        <h1>
          <span class="phone">{sender.displayPhoneNumber}</span> <Condition sender={sender} />
        </h1>
        <a class="button" href={`/console/senders/${key}/conversations`}>
          Conversations
        </a>
      </div>
      <p>
        {sender.verifiedName === null ? null : <>{sender.verifiedName}, </>}of{" "}
        <a href={`/console/partners/${partner}`}>{sender.partnerName}</a>; connected{" "}
        <Time at={generation} /> by {sender.broughtBy}; {sender.timezone}; WABA {sender.wabaId},
        number {sender.phoneNumberId}
      </p>
      {redriven.success ? (
        <p class="notice">
          {explainRedrive(
            {
              bodies: redriven.data,
              more: c.req.query("more") === "1",
              state: history.sync?.state ?? "none",
            },
            sender.superseded === null,
          )}
        </p>
      ) : null}
      <State sender={sender} figures={figures} />
      <Figures figures={figures} />
      <Charts data={charts} figures={figures} now={now} />
      <h2>Imports</h2>
      <History sync={history.sync} verdict={verdict} />
      <h3>Contacts</h3>
      <p>
        <SyncState sync={contacts} /> {explainContacts(contacts?.state ?? "none", addressBook)}{" "}
        {count(addressBook)} held.
      </p>
      <h2>Files</h2>
      <Media rows={media} />
      <h2>Recent errors</h2>
      <Failures events={failures} />
      <h2>Actions</h2>
      <Actions sender={sender} figures={figures} />
      <h2>Timeline</h2>
      <Timeline sender={sender} events={life} deeds={deeds} />
    </>,
  );
}

function State({ sender, figures }: { sender: ListedSender; figures: PhoneFigures | null }) {
  if (sender.superseded !== null) {
    return (
      <p class="notice">
        The number belongs to another partner since <Time at={sender.superseded} />. What was stored
        stays here.
      </p>
    );
  }
  const words = wordsOfState(sender.state, sender.stateReason);
  const lines = [
    sender.state === "active" ? null : (
      <>
        {words.title}
        {sender.stateReason === null ? null : ` (${sender.stateReason})`}, since{" "}
        <Time at={sender.stateAt} />. {words.partner} For the owner: {words.owner}
      </>
    ),
    figures?.block == null ? null : (
      <>
        {wordsOfState("active", null, figures.block.kind).title} (code {figures.block.code}), since{" "}
        <Time at={figures.block.since} />. It is looked at every 15 minutes.
      </>
    ),
    figures?.hold == null ? null : (
      <>
        {figures.hold.operator} holds its sends since <Time at={figures.hold.since} />:{" "}
        {figures.hold.reason}
      </>
    ),
    figures?.pace.heldUntil == null ? null : (
      <>
        Meta found it too fast: nothing leaves before <Time at={figures.pace.heldUntil} />.
      </>
    ),
  ].filter((line) => line !== null);
  return lines.length === 0 ? null : (
    <div class="notice">
      {lines.map((line) => (
        <p>{line}</p>
      ))}
    </div>
  );
}

function Figures({ figures }: { figures: PhoneFigures | null }) {
  if (figures === null)
    return <p class="hint">The number's object does not answer for this sender.</p>;
  const { oldestQueuedAt } = figures;
  return (
    <dl class="figures">
      <Figure name="Windows open">{count(figures.windowsOpen)}</Figure>
      <Figure
        name="Queued sends"
        {...(oldestQueuedAt === null
          ? {}
          : { note: `the oldest waits ${span(figures.at - oldestQueuedAt)}` })}
      >
        {count(figures.queued)}
      </Figure>
      <Figure name="On their way">{count(figures.placed)}</Figure>
      <Figure name="Outcome unknown">{count(figures.unknown)}</Figure>
      <Figure name="Places used now" note="in the last second">
        {figures.pace.used.at(-1) ?? 0} of {figures.pace.placesASecond}
      </Figure>
      <Figure name="Not yet in D1">{count(figures.journal)}</Figure>
      <Figure name="Last sign of the phone">
        <Time at={figures.phoneSeenAt} />
      </Figure>
    </dl>
  );
}

function SyncState({ sync }: { sync: SyncRow | null }) {
  const state = sync?.state ?? "none";
  const tone =
    state === "complete"
      ? "good"
      : state === "requested" ||
          state === "importing" ||
          state === "none" ||
          state === "not_requested" ||
          state === "declined"
        ? "calm"
        : "warn";
  return <Badge tone={tone}>{state.replaceAll("_", " ")}</Badge>;
}

function History({ sync, verdict }: { sync: SyncRow | null; verdict: Verdict }) {
  const { phases, missing } = verdict;
  return (
    <>
      <h3>History</h3>
      <p>
        <SyncState sync={sync} /> {explainHistory(sync?.state ?? "none", verdict, sync)}
      </p>
      {phases.length === 0 ? null : (
        <Table label="History by phase">
          <thead>
            <tr>
              <th>Phase</th>
              <th>Sent by Meta</th>
              <th>Stored of what came</th>
              <th class="num">Chunks</th>
              <th class="num">Pages</th>
              <th class="num">Messages</th>
            </tr>
          </thead>
          <tbody>
            {phases.map((phase) => (
              <tr>
                <td>{PHASES[phase.phase] ?? phase.phase}</td>
                <td>
                  <Bar percent={phase.progress} label={`Phase ${phase.phase}, sent by Meta`} />
                </td>
                <td>
                  <Bar
                    percent={
                      phase.pages === 0 ? 0 : Math.floor((phase.pages_stored / phase.pages) * 100)
                    }
                    label={`Phase ${phase.phase}, stored`}
                  />
                </td>
                <td class="num">{count(phase.chunks)}</td>
                <td class="num">
                  {count(phase.pages_stored)} / {count(phase.pages)}
                </td>
                <td class="num">{count(phase.messages)}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
      {missing.length === 0 ? null : (
        <p>
          Missing {count(verdict.missing_chunks)} chunks:{" "}
          {missing
            .slice(0, MISSING_SHOWN)
            .map((each) => `${each.phase}/${each.chunk_order}`)
            .join(", ")}
          {missing.length > MISSING_SHOWN ? ", …" : ""} (phase/number).
        </p>
      )}
    </>
  );
}

/** What Meta sends in each phase (protocol.md 2.3). */
const PHASES: Record<number, string> = {
  0: "0: the last day",
  1: "1: to 90 days",
  2: "2: to 180 days",
};

function Media({ rows }: { rows: Awaited<ReturnType<typeof countMedia>> }) {
  if (rows.length === 0) return <Empty>No message of it came with a file.</Empty>;
  return (
    <Table label="Files by state">
      <thead>
        <tr>
          <th>State</th>
          <th>Why</th>
          <th class="num">Files</th>
          <th class="num">Size</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr>
            <td>{row.state}</td>
            <td>{row.reason ?? <span class="none">—</span>}</td>
            <td class="num">{count(row.count)}</td>
            <td class="num">{row.bytes === 0 ? <span class="none">—</span> : bytes(row.bytes)}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Actions({ sender, figures }: { sender: ListedSender; figures: PhoneFigures | null }) {
  if (sender.superseded !== null) return <Empty>None: another partner holds the number.</Empty>;
  const at = `/console/senders/${sender.key}`;
  const isHeld = figures?.hold != null || sender.held !== null;
  const isGone = sender.state === "disconnected";
  return (
    <div class="actions">
      {isHeld ? (
        <Confirm label="Release sends…" button="Let its sends go on" action={`${at}/release`}>
          <p>
            {figures === null ? "Queued sends" : `${count(figures.queued)} queued sends`} leave at
            the number's pace, those whose window has closed meanwhile are refused.
          </p>
        </Confirm>
      ) : isGone ? null : (
        <Confirm label="Hold sends…" button="Hold its sends" action={`${at}/hold`} danger>
          <p>
            The partner's calls that wait for an answer are refused with your reason; queued sends
            are kept and go when you release them. Messages go on coming in, and the owner goes on
            sending from the phone.
          </p>
          <label>
            Reason, as the partner reads it
            <input name="reason" required maxlength={200} />
          </label>
        </Confirm>
      )}
      <Confirm label="Re-drive history…" button="Point at it again" action={`${at}/redrive`}>
        <p>
          Whatever of its history lies in the archive and is not stored is pointed at again. A page
          is stored once, so nothing comes twice; a chunk that never came only Meta can send.
        </p>
      </Confirm>
      {isGone ? null : (
        <Confirm label="Detach…" button="Detach this number" action={`${at}/detach`} danger>
          <p>
            Its webhooks end, its token is erased, queued sends are cancelled, and the partner is
            told. What was stored stays readable. At Meta the number stays connected until its owner
            unlinks it in the app; a new link connects it again.
          </p>
          <label>
            Reason
            <input name="reason" required maxlength={200} />
          </label>
        </Confirm>
      )}
      <Confirm
        label="Erase a customer…"
        button="Erase this customer"
        action={`${at}/erase-customer`}
        danger
      >
        <p>
          Messages, files, contact and events of this person under all their names go for good, as
          far as they are older than now; imports do not bring them back. Who writes again later is
          somebody new.
        </p>
        <label>
          Phone number or BSUID
          <input name="customer" required maxlength={140} autocomplete="off" />
        </label>
        <label>
          Reason; not the name
          <input name="reason" required maxlength={200} />
        </label>
      </Confirm>
      {isGone ? (
        <Confirm label="Erase all of it…" button="Erase this number" action={`${at}/erase`} danger>
          <p>
            Everything stored of this number goes for good, its files too. Counts of delivered
            messages stay, for billing.
          </p>
          <label>
            Its phone_number_id once more: {sender.phoneNumberId}
            <input name="confirm" required maxlength={40} autocomplete="off" />
          </label>
          <label>
            Reason
            <input name="reason" required maxlength={200} />
          </label>
        </Confirm>
      ) : null}
    </div>
  );
}
