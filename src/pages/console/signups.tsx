import * as z from "zod";
import { page } from "./layout.tsx";
import { Badge, Copy, Empty, shortenNumbers, Table, Time } from "./parts.tsx";
import { textIn } from "./reason-in.ts";
import { sessionPath } from "../../lib/session-link.ts";
import { findSignup, listPartners, listSignups } from "../../database/read-console.ts";
import { partnerExists } from "../../database/partners.ts";
import { AppError } from "../../errors.ts";
import { asObject, asObjects, asText } from "../../meta/read-json.ts";
import { doNoted } from "../../operations/note-audit.ts";
import { openSignup } from "../../operations/open-signup.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";
import type { ListedSignup } from "../../database/read-console.ts";
import type { Json } from "../../meta/read-json.ts";
import type { Tone } from "./parts.tsx";

const LIMIT = 50;
const TRAIL_SHOWN = 50;
const query = z.object({
  view: z.enum(["all", "stopped"]).catch("all"),
  before: z.coerce.number().int().positive().nullable().catch(null),
});

/** Signups of all partners, and where each stopped. */
export async function showSignups(c: Context<AppContext>) {
  const { view, before } = query.parse(c.req.query());
  const asked = { before, stopped: view === "stopped", limit: LIMIT + 1 };
  const found = await listSignups(c.var.services.registry, asked);
  const signups = found.slice(0, LIMIT);
  const last = found.length > LIMIT ? signups.at(-1) : undefined;
  return page(
    c,
    { title: "Signups", here: "Signups" },
    <>
      <div class="headline">
        <h1>Signups</h1>
        <a class="button main" href="/console/connect">
          Connect a WhatsApp Business app number
        </a>
      </div>
      <nav class="tabs" aria-label="Which signups">
        <a href="?view=all" aria-current={view === "all" ? "true" : undefined}>
          All
        </a>
        <a href="?view=stopped" aria-current={view === "stopped" ? "true" : undefined}>
          Stopped on their way
        </a>
      </nav>
      {signups.length === 0 ? (
        <Empty>{view === "stopped" ? "None stopped on its way." : "No link was made yet."}</Empty>
      ) : (
        <Table label="Signups">
          <thead>
            <tr>
              <th>Made</th>
              <th>Partner</th>
              <th>State</th>
              <th>Stopped at</th>
              <th>For</th>
              <th>Link ends</th>
            </tr>
          </thead>
          <tbody>
            {signups.map((signup) => (
              <tr>
                <td>
                  <a href={`/console/signups/${signup.id}`}>
                    <Time at={signup.createdAt} />
                  </a>
                </td>
                <td>{signup.partnerName}</td>
                <td>
                  <SignupBadge signup={signup} now={c.var.services.now()} />
                </td>
                <td>
                  {problemOf(signup)?.step ?? lastStep(signup) ?? <span class="none">—</span>}
                </td>
                <td>{signup.externalId ?? <span class="none">—</span>}</td>
                <td>
                  <Time at={signup.expiresAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
      {last === undefined ? null : (
        <p>
          <a rel="next" href={`?view=${view}&before=${last.createdAt}`}>
            Older ones
          </a>
        </p>
      )}
    </>,
  );
}

/** One signup: its link while it can be used, and its trail. */
export async function showSignup(c: Context<AppContext>) {
  const { registry, settings, now } = c.var.services;
  const signup = await findSignup(registry, c.req.param("id") ?? "");
  if (signup === null) throw new AppError("not_found", "There is no such signup.");
  const problem = problemOf(signup);
  const trail = trailOf(signup);
  const usable = signup.state !== "finished" && signup.expiresAt > now();
  return page(
    c,
    { title: "Signup", here: "Signups" },
    <>
      <p class="crumbs">
        <a href="/console/signups">Signups</a>
      </p>
      <h1>
        Signup for {signup.partnerName} <SignupBadge signup={signup} now={now()} />
      </h1>
      {usable ? (
        <>
          <p>Send this link to the owner of the phone. Whoever has it can connect a number.</p>
          <Copy
            value={`${settings.PUBLIC_URL}${sessionPath(settings.API_KEY_PEPPER, signup.id)}`}
            label="Link for the owner"
          />
        </>
      ) : null}
      {problem === null ? null : (
        <p class="notice">
          Stopped at {problem.step}
          {problem.code === undefined ? "" : ` (${problem.code})`}: {shortenNumbers(problem.detail)}
        </p>
      )}
      <dl class="facts">
        <dt>Kind</dt>
        <dd>{signup.kind}</dd>
        <dt>For</dt>
        <dd>{signup.externalId ?? "—"}</dd>
        <dt>Number</dt>
        <dd>{signup.phoneNumber ?? "—"}</dd>
        <dt>WABA</dt>
        <dd>{signup.wabaId ?? "—"}</dd>
        <dt>Number at Meta</dt>
        <dd>{signup.phoneNumberId ?? "—"}</dd>
        <dt>Made</dt>
        <dd>
          <Time at={signup.createdAt} />
        </dd>
        <dt>Code exchanged</dt>
        <dd>
          <Time at={signup.onboardedAt} />
        </dd>
        <dt>Syncs asked for at the latest</dt>
        <dd>
          <Time at={signup.unattendedAt} />
        </dd>
        <dt>Link ends</dt>
        <dd>
          <Time at={signup.expiresAt} />
        </dd>
      </dl>
      <h2>Trail</h2>
      {trail.length === 0 ? (
        <Empty>Nobody has opened the link, or nothing of it was noted.</Empty>
      ) : (
        <ol class="timeline">
          {trail.map((step) => (
            <li>
              <Time at={typeof step["at"] === "number" ? step["at"] : null} />
              <span>
                <b>{nameStep(step)}</b> {describeStep(step)}
              </span>
            </li>
          ))}
        </ol>
      )}
    </>,
  );
}

/** Which partner, and for whom: the start of a signup. */
export async function showConnect(c: Context<AppContext>) {
  const partners = await listPartners(c.var.services.registry);
  return page(
    c,
    { title: "Connect a number", here: "Senders", live: false },
    <>
      <h1>Connect a WhatsApp Business app number</h1>
      {partners.length === 0 ? (
        <Empty>
          A number belongs to a partner. <a href="/console/partners">Make one first.</a>
        </Empty>
      ) : (
        <form class="card" method="post" action="/console/connect">
          <p>
            Makes a link for the owner of the phone. The number stays in the app, and the partner
            gets it by the API too.
          </p>
          <label>
            Partner
            <select name="partner" required>
              {partners.map((partner) => (
                <option value={partner.id}>{partner.name}</option>
              ))}
            </select>
          </label>
          <label>
            For whom <small>the partner's own name for this customer of theirs; optional</small>
            <input name="external_id" maxlength={500} />
          </label>
          <button class="main">Make the link</button>
        </form>
      )}
    </>,
  );
}

export async function makeLink(c: Context<AppContext>) {
  const { services, operator } = c.var;
  const [partner, externalId] = [await textIn(c, "partner"), await textIn(c, "external_id")];
  if (!(await partnerExists(services.registry, partner))) {
    throw new AppError("invalid_request", "partner: there is no such partner.", {
      field: "partner",
    });
  }
  // Without the session's id, which is most of the owner's link.
  const session = await doNoted(services, { operator, action: "signup.open", partner }, () =>
    openSignup(services, {
      partner,
      externalId: externalId === "" ? null : externalId.slice(0, 500),
      returnUrl: null,
      locale: null,
      phoneNumber: null,
    }),
  );
  return c.redirect(`/console/signups/${session.id}`, 303);
}

function SignupBadge({ signup, now }: { signup: ListedSignup; now: number }) {
  const isOver = signup.state !== "finished" && signup.expiresAt <= now;
  const tones: Record<string, Tone> = { finished: "good", failed: "bad", open: "calm" };
  const tone = isOver ? "calm" : (tones[signup.state] ?? "warn");
  return <Badge tone={tone}>{isOver ? "expired" : signup.state.replaceAll("_", " ")}</Badge>;
}

function problemOf(signup: ListedSignup): { step: string; code?: string; detail: string } | null {
  const error = signup.error === null ? undefined : asObject(JSON.parse(signup.error));
  if (error === undefined) return null;
  const code = asText(error["code"]);
  return {
    step: asText(error["step"]) ?? "?",
    detail: asText(error["detail"]) ?? "",
    ...(code === undefined ? {} : { code }),
  };
}

/** The trail, the newest step first. */
function trailOf(signup: ListedSignup): Json[] {
  const steps = signup.trail === null ? [] : asObjects(JSON.parse(signup.trail));
  return steps.slice(-TRAIL_SHOWN).toReversed();
}

function lastStep(signup: ListedSignup): string | undefined {
  const [last] = trailOf(signup);
  return last === undefined || signup.state === "finished"
    ? undefined
    : (asText(last["step"]) ?? nameStep(last));
}

/** A state of ours as it is called; what Meta's window said, and what the owner entered before it. */
function nameStep(step: Json): string {
  const what = (asText(step["what"]) ?? "step").replaceAll("_", " ");
  if (asText(step["kind"]) !== "popup") return what;
  if (what !== "number") return `Meta's window: ${what}`;
  return `Number entered: ${asText(step["code"]) === undefined ? "taken" : "refused"}`;
}

/** Where it happened and how it is called: what support asks for. */
function describeStep(step: Json): string {
  const [at, code, session] = ["step", "code", "metaSession"].map((name) => asText(step[name]));
  return [
    at === undefined ? null : `at ${at}`,
    code === undefined ? null : shortenNumbers(code),
    session === undefined ? null : `Meta's session ${session}`,
  ]
    .filter((part) => part !== null)
    .join(" · ");
}
