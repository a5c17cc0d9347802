import { Document } from "../layout.tsx";
import { stampOf } from "./page-view.ts";
import { STEPS } from "./step-list.ts";
import { fill } from "./texts/fill.ts";
import { Ready, Start } from "./views/before-popup.tsx";
import { Confirm } from "./views/confirm.tsx";
import { Finished } from "./views/finished.tsx";
import { Expired, OnPhone } from "./views/other.tsx";
import { countOf, StepList } from "./views/steps.tsx";
import { Confirming, Exchanging, Waiting } from "./views/working.tsx";
import type { Child } from "hono/jsx";
import type { SignupPage } from "../../operations/describe-signup.ts";
import type { Settings } from "../../env.ts";
import type { PageView } from "./page-view.ts";
import type { Texts } from "./texts/texts.ts";

/** The owner's page in the state of its session; the script finds what it needs in `data-…`. */
export function ConnectPage(props: {
  view: PageView;
  settings: Settings;
  /** The address of the page. */
  link: string;
  /** Shown on a phone, which cannot scan itself. */
  onPhone: boolean;
}) {
  const { view, settings, link } = props;
  const { page, texts, step } = view;
  const pattern = page.kind === "connect" ? texts.title : texts.titleReauthorise;
  const title = fill(pattern, { partner: page.partner.name });
  const onPhone = props.onPhone && (view.name === "start" || view.name === "ready");
  return (
    <Document page="connect" lang={texts.lang} title={title}>
      <Frame texts={texts} partner={page.partner}>
        <main
          id="main"
          class={view.name === "expired" ? "alone" : "with-steps"}
          data-view={onPhone ? "phone" : view.name}
          data-stamp={stampOf(view)}
          data-link={link.split("/").at(-1)}
          data-sdk={settings.FACEBOOK_SDK_URL}
          data-app={settings.META_APP_ID}
          data-config={settings.META_CONFIG_ID}
          data-version={settings.GRAPH_VERSION}
        >
          <div class="content">
            {view.name === "expired" ? null : (
              <p class="count">
                {countOf(step, texts)}
                <progress max={STEPS.length} value={STEPS.indexOf(step) + 1} aria-hidden="true" />
              </p>
            )}
            {onPhone ? <OnPhone texts={texts} link={link} /> : <Content view={view} />}
          </div>
          {view.name === "expired" ? null : <StepList texts={texts} current={step} />}
        </main>
      </Frame>
    </Document>
  );
}

/** A link that leads to no session. */
export function UnknownLinkPage({ texts }: { texts: Texts }) {
  const { heading, lead } = texts.unknownLink;
  return (
    <Document page="connect" lang={texts.lang} title={heading}>
      <Frame texts={texts} partner={null}>
        <main id="main" class="alone" data-view="unknown">
          <div class="content">
            <h1 tabindex={-1}>{heading}</h1>
            <p class="lead">{lead}</p>
          </div>
        </main>
      </Frame>
    </Document>
  );
}

function Content({ view }: { view: PageView }) {
  switch (view.name) {
    case "start":
      return <Start {...view} />;
    case "ready":
      return <Ready {...view} />;
    case "exchanging":
      return <Exchanging view={view} />;
    case "waiting":
      return <Waiting view={view} />;
    case "confirm":
      return <Confirm view={view} />;
    case "confirming":
      return <Confirming view={view} />;
    case "finished":
      return <Finished view={view} />;
    case "expired":
      return <Expired view={view} />;
  }
}

function Frame(props: { texts: Texts; partner: SignupPage["partner"] | null; children: Child }) {
  const { texts, partner } = props;
  return (
    <>
      <a class="skip" href="#main">
        {texts.skip}
      </a>
      <header>
        {partner === null ? null : (
          <p class="partner">
            {partner.logoUrl === null ? (
              <span class="initial" aria-hidden="true">
                {Array.from(partner.name).slice(0, 1).join("").toUpperCase()}
              </span>
            ) : (
              <img src={partner.logoUrl} alt="" width="40" height="40" />
            )}
            <span>{partner.name}</span>
          </p>
        )}
      </header>
      <noscript>
        <p class="problem">{texts.noScript}</p>
      </noscript>
      {props.children}
      <footer>
        <p>{texts.footer}</p>
      </footer>
    </>
  );
}
