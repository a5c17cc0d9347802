import { ConfirmForm } from "./confirm.tsx";
import { Problem } from "./problem.tsx";
import type { PageView } from "../page-view.ts";

/** We or Meta are at work: nothing to do but wait; the page asks by itself. */
export function Working({ name, view }: { name: "exchanging" | "waiting"; view: PageView }) {
  const { heading, lead } = view.texts.working[name];
  return (
    <>
      <h1 tabindex={-1}>{heading}</h1>
      <p class="lead">{lead}</p>
      <Problem problem={view.page.problem} texts={view.texts} />
      <div class="spinner" role="presentation"></div>
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
