import { AlarmList } from "./alarms.tsx";
import { findBacklog } from "./backlog.ts";
import { EndpointState, shortAddress } from "./endpoints.tsx";
import { page } from "./layout.tsx";
import { Badge, Condition, Empty, Figure, SenderLink, Table, Time, count, span } from "./parts.tsx";
import {
  countSendersByState,
  findListedSender,
  listSendersInTrouble,
  listSignups,
  listTroubledSyncs,
} from "../../database/read-console.ts";
import { listEndpointsInTrouble } from "../../database/endpoints.ts";
import { wordsOfState } from "../../lib/lifecycle-words.ts";
import { errorKind, log } from "../../lib/log.ts";
import { listAlarms } from "../../operations/ask-alarms.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";
import type { ListedSender } from "../../database/read-console.ts";
import type { Services } from "../../services.ts";

const SHOWN = 20;
/** What went wrong longer ago than this is history, not work. */
const RECENT_MS = 7 * 86_400_000;

/**
 * The first page: what needs a person now, and how much of everything there is. The alarms are there
 * also when D1 is not.
 */
export async function showOverview(c: Context<AppContext>) {
  const { services, isUncertain = false } = c.var;
  const [alarms, rest] = await Promise.all([
    listAlarms(services).then(
      ({ open }) => open,
      () => null,
    ),
    isUncertain
      ? null
      : readStandings(services).catch((err: unknown) => {
          log.warn("object.unanswered", { reason: "overview", error: errorKind(err) });
          return null;
        }),
  ]);
  return page(
    c,
    { title: "Overview", here: "Overview" },
    <>
      <h1>Overview</h1>
      <AlarmList alarms={alarms} isBrief={isUncertain} />
      {rest === null ? (
        <p class="notice">
          D1 does not answer now, so the rest of this page cannot be shown. What comes in is kept.
          {isUncertain ? " GET /v1/admin/alarms has the alarms' details." : ""}
        </p>
      ) : (
        <Standings standings={rest} isCalm={alarms?.length === 0} />
      )}
    </>,
  );
}

type StandingsRead = Awaited<ReturnType<typeof readStandings>>;

async function readStandings(services: Services) {
  const { registry } = services;
  const since = services.now() - RECENT_MS;
  const [states, troubled, endpoints, syncs, signups, backlog] = await Promise.all([
    countSendersByState(registry),
    listSendersInTrouble(registry, SHOWN),
    listEndpointsInTrouble(registry, SHOWN),
    listSyncTrouble(services, since),
    listSignups(registry, { before: null, stopped: true, limit: SHOWN }),
    findBacklog(services),
  ]);
  const stopped = signups.filter((signup) => signup.createdAt > since);
  return { states, troubled, endpoints, syncs, stopped, backlog };
}

function Standings({ standings, isCalm }: { standings: StandingsRead; isCalm: boolean }) {
  const { states, troubled, endpoints, syncs, stopped, backlog } = standings;
  const total = [...states.values()].reduce((sum, each) => sum + each, 0);
  const calm =
    isCalm &&
    troubled.length + endpoints.length + syncs.length + stopped.length === 0 &&
    backlog.deadLetters + backlog.unrouted === 0;
  return (
    <>
      <dl class="figures">
        <Figure name="Senders">{count(total)}</Figure>
        <Figure name="Active">{count(states.get("active") ?? 0)}</Figure>
        <Figure name="Paused or in doubt">
          {count((states.get("paused") ?? 0) + (states.get("verifying") ?? 0))}
        </Figure>
        <Figure name="Disconnected">{count(states.get("disconnected") ?? 0)}</Figure>
        <Figure name="Dead letters">{count(backlog.deadLetters)}</Figure>
        <Figure name="Not usable yet">{count(backlog.unrouted)}</Figure>
      </dl>
      <h2>Needs a person</h2>
      {calm ? (
        <Empty>Nothing. Every sender sends, every import is on its way or done.</Empty>
      ) : null}
      {troubled.length === 0 ? null : (
        <Table label="Senders that need somebody">
          <thead>
            <tr>
              <th>Sender</th>
              <th>Partner</th>
              <th>State</th>
              <th>Why</th>
              <th>Since</th>
            </tr>
          </thead>
          <tbody>
            {troubled.map((sender) => (
              <tr>
                <td>
                  <SenderLink sender={sender} />
                </td>
                <td>{sender.partnerName}</td>
                <td>
                  <Condition sender={sender} />
                </td>
                <td>{reasonOf(sender)}</td>
                <td>
                  <Time at={sinceOf(sender)} />
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
      {endpoints.length === 0 ? null : (
        <Table label="Endpoints that get nothing">
          <thead>
            <tr>
              <th>Endpoint</th>
              <th>Partner</th>
              <th>State</th>
            </tr>
          </thead>
          <tbody>
            {endpoints.map((endpoint) => (
              <tr>
                <td>
                  <a href={`/console/partners/${endpoint.partner}/endpoints`}>
                    {shortAddress(endpoint.url)}
                  </a>
                </td>
                <td>{endpoint.partnerName}</td>
                <td>
                  <EndpointState endpoint={endpoint} />
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
      {syncs.length === 0 ? null : (
        <>
          <h3>Imports that lack something</h3>
          <ul class="plain-list">
            {syncs.map(({ sender, kind, state }) => (
              <li>
                <SenderLink sender={sender} /> {kind} <Badge tone="warn">{state}</Badge>
              </li>
            ))}
          </ul>
        </>
      )}
      {stopped.length === 0 ? null : (
        <p>
          <a href="/console/signups?view=stopped">
            Signups of the last 7 days that stopped on their way: {count(stopped.length)}
            {stopped.length === SHOWN ? " or more" : ""}
          </a>
          .
        </p>
      )}
      {backlog.deadLetters + backlog.unrouted === 0 ? null : (
        <p>
          <a href="/console/left-over">
            {count(backlog.deadLetters)} dead letters and {count(backlog.unrouted)} items nobody
            could use yet
          </a>
          .
        </p>
      )}
      <h2>Work that waits</h2>
      <p class="hint">
        A queue does not tell its depth, but each message in one points at something that is counted
        here.
      </p>
      <Table label="Work that waits">
        <thead>
          <tr>
            <th>What</th>
            <th class="num">Waiting</th>
            <th>The oldest since</th>
            <th>What happens</th>
          </tr>
        </thead>
        <tbody>
          {backlog.rows.map((row) => (
            <tr>
              <td>{row.name}</td>
              <td class="num">
                {count(row.waiting)}
                {row.atLeast ? "+" : ""}
              </td>
              <td>
                {row.oldest === null ? <span class="none">—</span> : <Time at={row.oldest} />}
              </td>
              <td>
                {row.overdueMs !== null && row.overdueMs > row.expectedMs ? (
                  <Badge tone="warn">waits {span(row.overdueMs)}</Badge>
                ) : null}{" "}
                {row.what}
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </>
  );
}

async function listSyncTrouble(
  services: Services,
  since: number,
): Promise<{ sender: ListedSender; kind: string; state: string }[]> {
  const found = await Promise.all(
    services.shards.map((shard) => listTroubledSyncs(services.shard(shard), since, SHOWN)),
  );
  const listed = await Promise.all(
    found.flat().map(async (sync) => {
      const sender = await findListedSender(services.registry, sync.sender);
      const isCurrent = sender?.superseded === null && sender.generation === sync.generation;
      return isCurrent ? [{ sender, kind: sync.kind, state: sync.state }] : [];
    }),
  );
  return listed.flat().slice(0, SHOWN);
}

function reasonOf(sender: ListedSender): string {
  const held =
    sender.held === null ? null : (JSON.parse(sender.held) as { operator: string; reason: string });
  const blocked = sender.blocked === null ? null : (JSON.parse(sender.blocked) as { code: number });
  return [
    sender.state === "active" ? null : wordsOfState(sender.state, sender.stateReason).title,
    blocked === null ? null : `Meta's code ${blocked.code}`,
    held === null ? null : `${held.operator}: ${held.reason}`,
  ]
    .filter((part) => part !== null)
    .join("; ");
}

function sinceOf(sender: ListedSender): number {
  const json = sender.blocked ?? sender.held;
  return json === null ? sender.stateAt : (JSON.parse(json) as { since: number }).since;
}
