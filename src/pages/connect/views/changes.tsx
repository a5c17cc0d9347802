import { COMPANIONS, FEATURES, HISTORY } from "../../../lib/features.ts";
import { fill } from "../texts/fill.ts";
import type { Texts } from "../texts/texts.ts";

/** The feature table, and what sharing the history means. */
export function Changes({ texts }: { texts: Texts }) {
  const { changes, history } = texts;
  const changed = FEATURES.filter(({ app }) => app !== "same");
  return (
    <>
      <section class="panel" aria-labelledby="changes">
        <h2 id="changes">{changes.heading}</h2>
        <p>{changes.lead}</p>
        <ul class="marked">
          {changed.map(({ id, app }) => (
            <li>
              <span class={`chip ${app}`}>{changes.app[app]}</span> {texts.features[id].name}
            </li>
          ))}
        </ul>
        <details class="plain">
          <summary>{changes.table}</summary>
          <FeatureTable texts={texts} />
          <p class="note">{fill(texts.ready.checks.devicesHow, { max: COMPANIONS.max })}</p>
        </details>
      </section>
      <section class="panel" aria-labelledby="history">
        <h2 id="history">{history.heading}</h2>
        <p>{history.lead}</p>
        <div class="two">
          <div>
            <h3>{history.yes}</h3>
            <ul>
              {history.yesItems.map((item) => (
                <li>{fill(item, HISTORY)}</li>
              ))}
            </ul>
          </div>
          <div>
            <h3>{history.no}</h3>
            <ul>
              {history.noItems.map((item) => (
                <li>{item}</li>
              ))}
            </ul>
          </div>
        </div>
        <p class="note">{history.once}</p>
      </section>
    </>
  );
}

function FeatureTable({ texts }: { texts: Texts }) {
  const { columns, app: appWords, api: apiWords } = texts.changes;
  return (
    <table class="features">
      <thead>
        <tr>
          <th scope="col">{columns.feature}</th>
          <th scope="col">{columns.app}</th>
          <th scope="col">{columns.api}</th>
        </tr>
      </thead>
      <tbody>
        {FEATURES.map(({ id, app, api }) => (
          <tr>
            <th scope="row">{texts.features[id].name}</th>
            <td data-label={columns.app}>
              <span class={`chip ${app}`}>{appWords[app]}</span>
              <span>{texts.features[id].app}</span>
            </td>
            <td data-label={columns.api}>
              <span class={`chip ${api}`}>{apiWords[api]}</span>
              <span>{texts.features[id].api}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
