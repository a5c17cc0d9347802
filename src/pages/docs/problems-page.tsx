import { PROBLEMS } from "../../errors.ts";
import { Document } from "../layout.tsx";

/** Where the `type` of every problem+json leads. */
export function ProblemsPage() {
  return (
    <Document page="docs" lang="en" title="Problems · Tandem API">
      <main class="problems">
        <h1>Problems</h1>
        <p>
          What is refused under <code>/v1</code> comes as <code>application/problem+json</code> (RFC
          9457). Branch on <code>code</code>: it does not change. <code>detail</code> is for people,{" "}
          <code>field</code> names what is at fault, <code>request_id</code> (also the header{" "}
          <code>X-Request-Id</code>) is what your operator finds the call by. The Cloud API surface
          answers in Meta’s own shape instead. <a href="/docs">Back to the API</a>
        </p>
        {Object.entries(PROBLEMS).map(([code, { status, title, act }]) => (
          <section id={code}>
            <h2>
              <code>{code}</code> <span class="status">{status}</span>
            </h2>
            <p>{title}.</p>
            <p>{withCode(act)}</p>
          </section>
        ))}
      </main>
    </Document>
  );
}

/** What stands between backticks, as code. */
function withCode(text: string) {
  return text.split("`").map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part));
}
