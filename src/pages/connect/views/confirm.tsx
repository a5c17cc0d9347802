import { zoneChoices } from "../zone-choices.ts";
import { readable } from "../readable-number.ts";
import { fill } from "../texts/fill.ts";
import { LocalProblems, Problem } from "./problem.tsx";
import type { PageView } from "../page-view.ts";
import type { Texts } from "../texts/texts.ts";

const HOUR_MS = 3_600_000;

/** The account as Meta gave it, for the owner to look over. */
export function Confirm({ view }: { view: PageView }) {
  const { page, texts } = view;
  const { confirm } = texts;
  const [only] = page.candidates;
  const country = page.account?.country ?? null;
  const facts = [
    [confirm.name, page.account?.name ?? only?.verifiedName ?? null],
    ...(page.candidates.length === 1 ? [[confirm.number, only?.displayPhoneNumber ?? null]] : []),
    [confirm.currency, page.account?.currency ?? null],
    [
      confirm.country,
      country === null ? null : new Intl.DisplayNames([texts.lang], { type: "region" }).of(country),
    ],
  ] as const;
  return (
    <>
      <h1 tabindex={-1}>{confirm.heading}</h1>
      <p class="lead">{confirm.lead}</p>
      <Problem problem={page.problem} texts={texts} />
      <LocalProblems texts={texts} />
      <dl class="panel facts">
        {facts.map(([label, value]) => (
          <div>
            <dt>{label}</dt>
            <dd>{value ?? <span class="faint">{confirm.notKnown}</span>}</dd>
          </div>
        ))}
      </dl>
      {view.checked?.ok === true && !page.candidates.some(isEntered(view)) ? (
        <p class="problem">
          {fill(confirm.otherNumber, { entered: readable(view.checked.number) })}
        </p>
      ) : null}
      <ConfirmForm view={view} />
      <Checks view={view} />
    </>
  );
}

/** Number (of several), time zone, and what to ask the phone for. */
export function ConfirmForm({ view }: { view: PageView }) {
  const { page, texts } = view;
  const { confirm } = texts;
  return (
    <form id="confirm" class="panel">
      {page.candidates.length > 1 ? (
        <fieldset>
          <legend>{confirm.pick}</legend>
          {page.candidates.map((candidate) => (
            <div class="check">
              <input
                type="radio"
                name="phone_number_id"
                required
                id={`number-${candidate.phoneNumberId}`}
                value={candidate.phoneNumberId}
                checked={isEntered(view)(candidate)}
              />
              <label for={`number-${candidate.phoneNumberId}`}>
                {candidate.displayPhoneNumber}
                {candidate.verifiedName === null ? null : (
                  <span class="faint"> {candidate.verifiedName}</span>
                )}
              </label>
            </div>
          ))}
        </fieldset>
      ) : null}
      <ZoneField view={view} />
      {page.kind === "connect" ? (
        <fieldset>
          <legend>{confirm.sync}</legend>
          <SyncBox name="contacts" label={confirm.contacts} />
          <SyncBox name="history" label={confirm.history} />
          {page.deadlineAt === null ? null : (
            <p class="hint clock">{timeLeft(page.deadlineAt - view.now, texts)}</p>
          )}
        </fieldset>
      ) : null}
      <p class="refusal" id="confirm-refusal" role="alert"></p>
      <button type="submit" class="main" data-busy={confirm.busy}>
        {confirm.button}
      </button>
    </form>
  );
}

function timeLeft(leftMs: number, { confirm }: Texts): string {
  const hours = Math.floor(leftMs / HOUR_MS);
  return hours <= 1 ? confirm.clock.lastHour : fill(confirm.clock.hours, { hours });
}

function ZoneField({ view }: { view: PageView }) {
  const { page, texts, now } = view;
  const { confirm } = texts;
  const atMeta = page.account?.timezone ?? null;
  // Meta's own number where nobody knows which zone it means.
  const known = atMeta?.includes("/") === true ? atMeta : null;
  const zones = page.account?.zones ?? [];
  const choices = zoneChoices(zones, known, now);
  // Of several the owner picks one: the wrong one would be confirmed without a look.
  const chosen = known ?? (zones.length === 1 ? zones[0] : undefined);
  return (
    <div class="field">
      <label for="timezone">{confirm.zone}</label>
      <p class="hint" id="zone-hint">
        {atMeta === null ? confirm.zoneMissing : confirm.zoneSet}
        {page.account?.zoneCanBeWritten === false && atMeta === null
          ? ` ${confirm.zoneByHand}`
          : ""}
      </p>
      <select
        id="timezone"
        name="timezone"
        required
        aria-describedby="zone-hint"
        {...(known === null ? { "data-suggest": "" } : {})}
      >
        {chosen === undefined ? (
          <option value="" selected>
            {confirm.choose}
          </option>
        ) : null}
        {choices.map(({ id, label }) => (
          <option value={id} selected={id === chosen}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}

function SyncBox({ name, label }: { name: "contacts" | "history"; label: string }) {
  return (
    <div class="check">
      <input type="checkbox" id={`sync-${name}`} name={name} checked />
      <label for={`sync-${name}`}>{label}</label>
    </div>
  );
}

/** The proof that what Meta has to tell will reach us: a tick for each part. */
function Checks({ view }: { view: PageView }) {
  const { confirm } = view.texts;
  const { webhooks } = view.page;
  if (webhooks.length === 0) return null;
  return (
    <details class="plain" open={view.page.problem?.code === "webhooks_missing"}>
      <summary>{confirm.checks}</summary>
      <ul class="ticks">
        {webhooks.map(({ name, state, detail }) => (
          <li class={state}>
            <span lang="en">{name}</span>: {confirm.check[state]}
            {state === "proven" ? null : (
              <span class="faint" lang="en">
                {" "}
                {detail}
              </span>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Whether a number of the account is the one that was entered before. */
function isEntered({ page }: PageView) {
  const wanted = page.number?.replace(/\D/g, "");
  return ({ displayPhoneNumber }: { displayPhoneNumber: string }) =>
    displayPhoneNumber.replace(/\D/g, "") === wanted;
}
