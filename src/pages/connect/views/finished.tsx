import { COMPANIONS } from "../../../lib/features.ts";
import { describeProgress } from "../progress.ts";
import { fill } from "../texts/fill.ts";
import { Problem } from "./problem.tsx";
import type { PageView } from "../page-view.ts";
import type { Progress } from "../progress.ts";

/** Connected: what arrives, and what to do now. */
export function Finished({ view }: { view: PageView }) {
  const { page, texts } = view;
  const { finished } = texts;
  const isNew = page.kind === "connect";
  const { contacts, history } = describeProgress(page.sync, texts);
  return (
    <>
      <p class="seal" aria-hidden="true"></p>
      <h1 tabindex={-1}>{isNew ? finished.heading : finished.headingReauthorise}</h1>
      <p class="lead">{isNew ? finished.lead : finished.leadReauthorise}</p>
      <Problem problem={page.problem} texts={texts} />
      {contacts === null && history === null ? null : (
        <section class="panel" id="progress">
          <Bar id="contacts" label={finished.contacts} progress={contacts} />
          <Bar id="history" label={finished.history} progress={history} />
          <p class="note" data-moving hidden={!isMoving(contacts) && !isMoving(history)}>
            {finished.keepOpen}
          </p>
        </section>
      )}
      {isNew ? (
        <section class="panel" aria-labelledby="next">
          <h2 id="next">{finished.next}</h2>
          <ul>
            {finished.nextItems.map((item) => (
              <li>{fill(item, { max: COMPANIONS.max })}</li>
            ))}
            {page.payment === "owner" ? <li>{finished.ownPayment}</li> : null}
          </ul>
        </section>
      ) : null}
      <ReturnLink view={view} />
    </>
  );
}

/** The way back to where the partner wants its client. */
export function ReturnLink({ view }: { view: PageView }) {
  const { page, texts } = view;
  if (page.returnUrl === null) return null;
  return (
    <p>
      <a class="button main" href={page.returnUrl}>
        {fill(texts.finished.back, { partner: page.partner.name })}
      </a>
    </p>
  );
}

function isMoving(progress: Progress | null): boolean {
  return progress?.tone === "moving";
}

function Bar(props: { id: "contacts" | "history"; label: string; progress: Progress | null }) {
  const { id, label, progress } = props;
  if (progress === null) return null;
  return (
    <div class={`bar ${progress.tone}`} data-bar={id}>
      <p class="bar-head">
        <strong id={`bar-${id}`}>{label}</strong> <span data-figure>{progress.figure}</span>
      </p>
      <progress
        max={100}
        aria-labelledby={`bar-${id}`}
        {...(progress.percent === null ? {} : { value: progress.percent })}
      ></progress>
      <p data-text role="status">
        {progress.text}
      </p>
    </div>
  );
}
