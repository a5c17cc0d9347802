import { POPUP_STEPS, STEPS } from "../step-list.ts";
import { fill } from "../texts/fill.ts";
import type { StepId } from "../step-list.ts";
import type { StepText, Texts } from "../texts/texts.ts";

/** All eleven steps, the current one open; each tells what happens where. */
export function StepList({ texts, current }: { texts: Texts; current: StepId }) {
  const at = STEPS.indexOf(current);
  const { label, list, done, current: here } = texts.steps;
  return (
    <nav class="steps" aria-labelledby="steps-label">
      <h2 id="steps-label">{label}</h2>
      <ol>
        {STEPS.map((id, index) => (
          <li
            class={index < at ? "is-done" : index === at ? "is-current" : ""}
            data-step={id}
            {...(index === at ? { "aria-current": "step" } : {})}
          >
            <details open={index === at}>
              <summary>
                <span class="number" aria-hidden="true"></span>
                <span class="step-title">{list[id].title}</span>
                <span class="unseen step-mark">
                  {index < at ? `(${done})` : index === at ? `(${here})` : ""}
                </span>
              </summary>
              <Places text={told(id, texts)} texts={texts} />
            </details>
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** "Step 3 of 11". */
export function countOf(step: StepId, { steps }: Texts): string {
  return fill(steps.count, { step: STEPS.indexOf(step) + 1, all: STEPS.length });
}

/** What happens at a step; while Meta's window is open, also where nothing does. */
function told(id: StepId, texts: Texts): StepText {
  const text = texts.steps.list[id];
  return (POPUP_STEPS as readonly StepId[]).includes(id) ? { ...texts.idle, ...text } : text;
}

/** What happens in Meta's window, on the phone and here. */
export function Places({ text, texts }: { text: StepText; texts: Texts }) {
  return (
    <dl class="places">
      {(["meta", "phone", "here"] as const).map((place) =>
        text[place] === undefined ? null : (
          <div class={`place ${place}`}>
            <dt>{texts[place]}</dt>
            <dd>{text[place]}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

/** The steps beside Meta's window, one at a time; hidden until it is open. */
export function PopupGuide({ texts, number }: { texts: Texts; number: string | null }) {
  const { popup, steps } = texts;
  return (
    <section class="guide" id="guide" hidden>
      <h1 tabindex={-1}>{popup.heading}</h1>
      <p class="lead">{popup.lead}</p>
      <ol class="cards">
        {POPUP_STEPS.map((id, index) => (
          <li
            class="card"
            data-card={id}
            data-count={countOf(id, texts)}
            hidden={index > 0}
            tabindex={-1}
          >
            <h2>{steps.list[id].title}</h2>
            <Places text={told(id, texts)} texts={texts} />
            {id === "number" && number !== null ? (
              <p class="number-to-type">
                {popup.typeThis} <strong>{number}</strong>
              </p>
            ) : null}
          </li>
        ))}
      </ol>
      <div class="row">
        <button type="button" class="quiet" data-action="card-back" disabled>
          {popup.back}
        </button>
        <button type="button" class="quiet" data-action="card-next">
          {popup.next}
        </button>
      </div>
      <p class="note" role="status">
        <span class="pulse" aria-hidden="true"></span> {popup.listening}
      </p>
      <details class="plain">
        <summary>{popup.focus}</summary>
        <p>{popup.hidden}</p>
        <button type="button" class="quiet" data-action="login">
          {texts.ready.again}
        </button>
      </details>
    </section>
  );
}
