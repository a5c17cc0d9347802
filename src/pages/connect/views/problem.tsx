import { stepOfScreen } from "../step-list.ts";
import { fill } from "../texts/fill.ts";
import { countOf } from "./steps.tsx";
import type { SignupPage } from "../../../operations/describe-signup.ts";
import type { ProblemId, Texts } from "../texts/texts.ts";

/** What went wrong, and what the owner can do; ids for the support at the end. */
export function Problem(props: { problem: SignupPage["problem"]; texts: Texts }) {
  const { problem, texts } = props;
  if (problem === null) return null;
  const id = Object.hasOwn(texts.problems, problem.code) ? (problem.code as ProblemId) : "other";
  const { title, text } = texts.problems[id];
  const step = stepOfScreen(problem.step);
  return (
    <div class="problem" role="alert" data-problem={problem.code}>
      <h2>{title}</h2>
      <p>{text}</p>
      {step === null ? null : (
        <p>
          {fill(texts.stoppedAt, {
            step: `${countOf(step, texts)}, ${texts.steps.list[step].title}`,
          })}
        </p>
      )}
      {problem.detail === "" || id === "cancelled" || id === "wrong_branch" ? null : (
        <details class="plain">
          <summary>{texts.reported}</summary>
          <p lang="en">{problem.detail}</p>
        </details>
      )}
    </div>
  );
}

/** Problems that only the browser can notice: kept ready, shown by the script. */
export function LocalProblems({ texts }: { texts: Texts }) {
  const ids = ["popup_blocked", "sdk", "not_configured", "offline", "code_lost"] as const;
  return (
    <div id="local-problems" role="alert">
      {ids.map((id) => (
        <div class="problem" data-local={id} hidden>
          <h2>{texts.problems[id].title}</h2>
          <p>{texts.problems[id].text}</p>
        </div>
      ))}
    </div>
  );
}
