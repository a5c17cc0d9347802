import { ConfirmForm } from "./confirm.tsx";
import { Problem } from "./problem.tsx";
import type { PageView } from "../page-view.ts";

/** We are at work: nothing to do but wait; the page asks by itself. */
export function Exchanging({ view }: { view: PageView }) {
  const { heading, lead } = view.texts.working.exchanging;
  return (
    <>
      <h1 tabindex={-1}>{heading}</h1>
      <p class="lead">{lead}</p>
      <div class="spinner" role="presentation"></div>
    </>
  );
}

/** Meta does not list yet what was granted. Each look at the state asks it again. */
export function Waiting({ view }: { view: PageView }) {
  const { heading, lead, notOnApp, meanwhile, again } = view.texts.working.waiting;
  const { problem } = view.page;
  return (
    <>
      <h1 tabindex={-1}>{heading}</h1>
      <p class="lead">{lead}</p>
      <div class="panel waiting">
        <div class="spinner" role="presentation"></div>
        <div>
          {problem?.code === "no_coexistence_number" ? <p>{notOnApp}</p> : null}
          <p>{meanwhile}</p>
          <button type="button" class="quiet" data-action="again">
            {again}
          </button>
        </div>
      </div>
    </>
  );
}

/** Meta binds the number. Confirming is repeatable, so a try that was lost can be made again. */
export function Confirming({ view }: { view: PageView }) {
  const { heading, lead, slow, slowHow } = view.texts.working.confirming;
  return (
    <>
      <h1 tabindex={-1}>{heading}</h1>
      <p class="lead">{lead}</p>
      <Problem problem={view.page.problem} texts={view.texts} />
      <div class="spinner" role="presentation"></div>
      <details class="plain">
        <summary>{slow}</summary>
        <p>{slowHow}</p>
        <ConfirmForm view={view} />
      </details>
    </>
  );
}
