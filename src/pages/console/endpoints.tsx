import { page } from "./layout.tsx";
import { Badge, Confirm, count, Empty, Table, Time } from "./parts.tsx";
import { reasonIn, textIn } from "./reason-in.ts";
import { findEndpoint, listEndpoints } from "../../database/endpoints.ts";
import { findPartner } from "../../database/read-console.ts";
import { AppError } from "../../errors.ts";
import { changeEndpoint } from "../../operations/change-endpoint.ts";
import { doNoted } from "../../operations/note-audit.ts";
import { readStandings } from "../../operations/read-standings.ts";
import { replayEndpoint } from "../../operations/replay-endpoint.ts";
import { replayBody } from "../../routes/endpoint-bodies.ts";
import { check } from "../../routes/validate.ts";
import type { Context } from "hono";
import type { StoredEndpoint } from "../../database/endpoints.ts";
import type { AppContext } from "../../env.ts";
import type { Standing } from "../../operations/read-standings.ts";
import type { Services } from "../../services.ts";

/** What operators can do to an endpoint, by the last part of the address; each asks for a reason. */
const DEEDS: Record<
  "pause" | "enable" | "retry",
  (services: Services, endpoint: StoredEndpoint) => Promise<unknown>
> = {
  pause: (services, endpoint) =>
    changeEndpoint(services, endpoint, { state: "paused" }, "operator"),
  enable: (services, endpoint) =>
    changeEndpoint(services, endpoint, { state: "enabled" }, "operator"),
  retry: (services, endpoint) =>
    replayEndpoint(services, endpoint, {
      of: "failed",
      since: 0,
      until: null,
      types: null,
      senders: null,
    }),
};

const REASONS: Record<string, string> = {
  gone: "it answered 410",
  failing: "it failed for 5 days",
  partner: "by the partner",
  operator: "by an operator",
};

/** Where a partner is told events, and how each address stands. */
export async function showEndpoints(c: Context<AppContext>) {
  const { services } = c.var;
  const partner = await findPartner(services.registry, c.req.param("id") ?? "");
  if (partner === null) throw new AppError("not_found", "There is no such partner.");
  const endpoints = await listEndpoints(services.registry, partner.id);
  const standings = await readStandings(services, endpoints);
  const at = `/console/partners/${partner.id}`;
  return page(
    c,
    { title: `Endpoints of ${partner.name}`, here: "Partners" },
    <>
      <p class="crumbs">
        <a href="/console/partners">Partners</a> <a href={at}>{partner.name}</a>
      </p>
      <h1>Endpoints</h1>
      <p class="hint">
        Addresses that this partner is told events at. What one has not been told stays in the log
        for {count(services.settings.EVENT_RETENTION_DAYS)} days; one that is enabled again goes on
        from where it was.
      </p>
      {endpoints.length === 0 ? (
        <Empty>None: this partner reads its events by cursor, or not at all.</Empty>
      ) : (
        <Table label="Endpoints">
          <thead>
            <tr>
              <th>Address</th>
              <th>State</th>
              <th class="num">Owed</th>
              <th class="num">Retrying</th>
              <th class="num">Failed</th>
              <th>Last success</th>
              <th>Last failure</th>
              <th></th>
            </tr>
          </thead>
          <tbody>
            {endpoints.map((endpoint, n) => (
              <tr>
                <td>
                  {shortAddress(endpoint.url)}
                  {endpoint.description === null ? null : <small>{endpoint.description}</small>}
                  <small>
                    <code>{endpoint.id}</code>, {endpoint.format}
                  </small>
                </td>
                <td>
                  <EndpointState endpoint={endpoint} />
                </td>
                <Figures standing={standings[n] ?? null} />
                <td>
                  <Deeds
                    endpoint={endpoint}
                    at={`${at}/endpoints/${endpoint.id}`}
                    failed={standings[n]?.failed ?? 0}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </>,
  );
}

/** The handler of one deed: written down first, so that nothing is done unseen; then done. */
export function doEndpointDeed(name: keyof typeof DEEDS) {
  return async (c: Context<AppContext>) => {
    const endpoint = await endpointOf(c);
    return doing(c, endpoint, name, () => DEEDS[name](c.var.services, endpoint));
  };
}

/** Tells an endpoint everything of a time again, by the rules of the API; the form's times are UTC. */
export async function replayRange(c: Context<AppContext>) {
  const endpoint = await endpointOf(c);
  const [since, until] = [await textIn(c, "since"), await textIn(c, "until")];
  const body = check(replayBody, {
    since: inUtc(since),
    ...(until === "" ? {} : { until: inUtc(until) }),
  });
  return doing(c, endpoint, "replay", () =>
    replayEndpoint(c.var.services, endpoint, {
      of: "range",
      since: body.since ?? 0,
      until: body.until ?? null,
      types: null,
      senders: null,
    }),
  );
}

/** A form's local time, without seconds where they are none. */
function inUtc(time: string): string {
  return time.length === "2026-11-22T09:00".length ? `${time}:00Z` : `${time}Z`;
}

async function doing(
  c: Context<AppContext>,
  { id, partner }: StoredEndpoint,
  name: keyof typeof DEEDS | "replay",
  deed: () => Promise<unknown>,
) {
  const { services, operator } = c.var;
  const detail = `${id}: ${await reasonIn(c)}`;
  await doNoted(services, { operator, action: `endpoint.${name}`, partner, detail }, deed);
  return c.redirect(`/console/partners/${partner}/endpoints`, 303);
}

/** The endpoint of the address, where it is its partner's. @throws AppError not_found */
async function endpointOf(c: Context<AppContext>): Promise<StoredEndpoint> {
  const endpoint = await findEndpoint(c.var.services.registry, c.req.param("endpoint") ?? "");
  if (
    endpoint === null ||
    endpoint.partner !== c.req.param("id") ||
    endpoint.state === "removing"
  ) {
    throw new AppError("not_found", "There is no such endpoint.");
  }
  return endpoint;
}

/** How an endpoint stands, in a badge and a few words. */
export function EndpointState({ endpoint }: { endpoint: StoredEndpoint }) {
  const { state, stateReason, stateAt, failingSince, lastError } = endpoint;
  if (state !== "enabled") {
    return (
      <>
        <Badge tone={state === "disabled" ? "bad" : "warn"}>{state}</Badge>
        <small>
          {REASONS[stateReason ?? ""] ?? ""}, <Time at={stateAt} />
        </small>
      </>
    );
  }
  if (failingSince === null) return <Badge tone="good">healthy</Badge>;
  return (
    <>
      <Badge tone="bad">down</Badge>
      <small>
        {lastError ?? ""} since <Time at={failingSince} />
      </small>
    </>
  );
}

function Figures({ standing }: { standing: Standing | null }) {
  if (standing === null) return <td colspan={5}>Its object does not answer now.</td>;
  const { heldUp, lastFailure } = standing;
  return (
    <>
      <td class="num">
        {count(standing.owed)}
        {heldUp === null ? null : (
          <small>
            held up by us: {heldUp.reason.replaceAll("_", " ")}, since <Time at={heldUp.since} />
          </small>
        )}
        {standing.forgotten === null ? null : (
          <small>{count(standing.forgotten.positions)} forgotten untold</small>
        )}
      </td>
      <td class="num">{count(standing.retrying)}</td>
      <td class="num">{count(standing.failed)}</td>
      <td>
        <Time at={standing.lastSuccessAt} />
      </td>
      <td>
        <Time at={lastFailure?.at ?? null} />
        {lastFailure === null ? null : <small>{lastFailure.failure}</small>}
      </td>
    </>
  );
}

function Deeds(props: { endpoint: StoredEndpoint; at: string; failed: number }) {
  const { endpoint, at, failed } = props;
  const reason = (
    <label>
      Why <small>kept in the audit</small>
      <input name="reason" required maxlength={200} />
    </label>
  );
  return (
    <>
      {endpoint.state === "enabled" ? (
        <Confirm label="Pause…" button="Pause it" action={`${at}/pause`}>
          <p>Nothing is told to it until it is enabled; what is owed waits in the log.</p>
          {reason}
        </Confirm>
      ) : (
        <Confirm label="Enable…" button="Enable it" action={`${at}/enable`}>
          <p>It is told what it missed, from where it was, in order.</p>
          {reason}
        </Confirm>
      )}
      <Confirm label="Replay…" button="Tell it again" action={`${at}/replay`}>
        <p>Every event of that time that is in the log is told to it again, beside what is new.</p>
        <label>
          From <small>UTC</small>
          <input name="since" type="datetime-local" required />
        </label>
        <label>
          To <small>UTC; empty: now</small>
          <input name="until" type="datetime-local" />
        </label>
        {reason}
      </Confirm>
      {failed === 0 ? null : (
        <Confirm label="Retry failed…" button="Tell it again" action={`${at}/retry`}>
          <p>Every event that was given up is told to it once more, beside what is new.</p>
          {reason}
        </Confirm>
      )}
    </>
  );
}

/** Host and path: what stands behind a question mark may be a secret of the partner. */
export function shortAddress(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
