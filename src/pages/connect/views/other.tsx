import { fill } from "../texts/fill.ts";
import { ReturnLink } from "./finished.tsx";
import type { PageView } from "../page-view.ts";
import type { Texts } from "../texts/texts.ts";

/** The link's time is over. */
export function Expired({ view }: { view: PageView }) {
  const { expired } = view.texts;
  return (
    <>
      <h1 tabindex={-1}>{expired.heading}</h1>
      <p class="lead">{fill(expired.lead, { partner: view.page.partner.name })}</p>
      <ReturnLink view={view} />
    </>
  );
}

/** No phone can scan its own screen: the link has to go to a computer. @param link its address */
export function OnPhone({ texts, link }: { texts: Texts; link: string }) {
  const { onPhone } = texts;
  return (
    <>
      <h1 tabindex={-1}>{onPhone.heading}</h1>
      <p class="lead">{onPhone.lead}</p>
      <section class="panel">
        <p>{onPhone.how}</p>
        <label for="link">{onPhone.link}</label>
        <input id="link" type="url" readonly value={link} />
        <div class="row">
          <button type="button" class="main" data-action="share" hidden>
            {onPhone.share}
          </button>
          <button type="button" class="quiet" data-action="copy">
            {onPhone.copy}
          </button>
        </div>
        <p class="note" role="status" data-copied={onPhone.copied}></p>
        <p class="note">{onPhone.caution}</p>
      </section>
      <p>
        <a href="?here=1">{onPhone.anyway}</a>
      </p>
    </>
  );
}
