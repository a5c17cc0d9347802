import { COMPANIONS, OLDEST_APP_VERSION } from "../../../lib/features.ts";
import { readable } from "../readable-number.ts";
import { refusalText } from "../refusal-text.ts";
import { fill } from "../texts/fill.ts";
import { Changes } from "./changes.tsx";
import { LocalProblems, Problem } from "./problem.tsx";
import { PopupGuide } from "./steps.tsx";
import type { PageView } from "../page-view.ts";
import type { Texts } from "../texts/texts.ts";

/** The number is asked for, and what will change is told. */
export function Start({ page, texts, checked }: PageView) {
  const { start } = texts;
  const refusal = checked?.ok === false ? refusalText(checked, texts) : null;
  return (
    <>
      <h1 tabindex={-1}>{start.heading}</h1>
      <p class="lead">{fill(start.lead, { partner: page.partner.name })}</p>
      <Problem problem={page.problem} texts={texts} />
      <LocalProblems texts={texts} />
      <NumberForm texts={texts} value={page.number} refusal={refusal} />
      <section class="panel calm" aria-labelledby="promise">
        <h2 id="promise">{start.promise.heading}</h2>
        <ul>
          {start.promise.items.map((item) => (
            <li>{item}</li>
          ))}
        </ul>
      </section>
      <Changes texts={texts} />
    </>
  );
}

/** Requirements are ticked and Meta's window is opened; beside it the guide. */
export function Ready({ page, texts, checked }: PageView) {
  const { ready } = texts;
  const isNew = page.kind === "connect";
  const number = checked?.ok === true ? readable(checked.number) : null;
  return (
    <>
      <div id="before">
        <h1 tabindex={-1}>{isNew ? ready.heading : ready.headingReauthorise}</h1>
        <p class="lead">{isNew ? ready.lead : ready.leadReauthorise}</p>
        <Problem problem={page.problem} texts={texts} />
        <LocalProblems texts={texts} />
        {number === null ? null : (
          <div class="panel number-panel">
            <p>
              {ready.number} <strong>{number}</strong>
            </p>
            {isNew ? (
              <details class="plain">
                <summary>{ready.change}</summary>
                <NumberForm texts={texts} value={null} refusal={null} />
              </details>
            ) : null}
          </div>
        )}
        <form id="login" class="panel">
          {isNew ? <Checklist texts={texts} /> : null}
          <button type="submit" class="main" data-action="login-submit">
            {page.problem === null ? ready.button : ready.again}
          </button>
          <p class="note" role="status" data-busy-text hidden>
            {ready.loading}
          </p>
        </form>
        {isNew ? <Changes texts={texts} /> : null}
      </div>
      <PopupGuide texts={texts} number={number} />
    </>
  );
}

function Checklist({ texts }: { texts: Texts }) {
  const { checklist, checks } = texts.ready;
  const rows = [
    {
      id: "version",
      label: fill(checks.version, { version: OLDEST_APP_VERSION }),
      how: checks.versionHow,
    },
    { id: "hand", label: checks.hand, how: null },
    { id: "devices", label: checks.devices, how: fill(checks.devicesHow, { max: COMPANIONS.max }) },
  ];
  return (
    <fieldset>
      <legend>{checklist}</legend>
      {rows.map(({ id, label, how }) => (
        <div class="check">
          <input
            type="checkbox"
            id={`check-${id}`}
            required
            {...(how === null ? {} : { "aria-describedby": `how-${id}` })}
          />
          <div>
            <label for={`check-${id}`}>{label}</label>
            {how === null ? null : (
              <p class="hint" id={`how-${id}`}>
                {how}
              </p>
            )}
          </div>
        </div>
      ))}
    </fieldset>
  );
}

function NumberForm(props: { texts: Texts; value: string | null; refusal: string | null }) {
  const { start } = props.texts;
  return (
    <form id="number" class="panel" novalidate>
      <label for="number-field">{start.label}</label>
      <p class="hint" id="number-hint">
        {start.hint}
      </p>
      <div class="row">
        <input
          id="number-field"
          name="number"
          type="tel"
          autocomplete="tel"
          inputmode="tel"
          required
          maxlength={40}
          value={props.value ?? ""}
          aria-describedby="number-hint number-refusal"
          {...(props.refusal === null ? {} : { "aria-invalid": "true" })}
        />
        <button type="submit" class="main" data-busy={start.busy}>
          {start.button}
        </button>
      </div>
      <p class="refusal" id="number-refusal" role="alert">
        {props.refusal ?? ""}
      </p>
    </form>
  );
}
