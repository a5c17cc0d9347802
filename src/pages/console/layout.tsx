import { html } from "hono/html";
import { ASSETS } from "../assets/built.ts";
import type { Context } from "hono";
import type { Child } from "hono/jsx";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppContext } from "../../env.ts";

const PLACES = [
  ["/console", "Overview"],
  ["/console/senders", "Senders"],
  ["/console/signups", "Signups"],
  ["/console/partners", "Partners"],
  ["/console/left-over", "Left over"],
  ["/console/audit", "Audit"],
  ["/console/secrets", "Secrets"],
] as const;

interface Frame {
  title: string;
  /** Which place of the navigation it belongs to. */
  here: (typeof PLACES)[number][1];
  /** What is shown once, or is content, is not fetched again by itself. */
  live?: boolean;
}

/** A page of the console as an answer. */
export function page(
  c: Context<AppContext>,
  frame: Frame,
  body: Child,
): Response | Promise<Response> {
  return c.html(
    doc(
      `${frame.title} · Tandem`,
      <>
        <a class="skip" href="#main">
          Skip to content
        </a>
        <header class="top">
          <a class="brand" href="/console">
            Tandem
          </a>
          <nav aria-label="Console">
            {PLACES.map(([href, label]) => (
              <a href={href} aria-current={label === frame.here ? "page" : undefined}>
                {label}
              </a>
            ))}
          </nav>
          <form class="who" method="post" action="/console/sign-out">
            <span>{c.var.operator}</span>
            <button class="quiet">Sign out</button>
          </form>
        </header>
        <main id="main" tabindex={-1} data-live={frame.live === false ? undefined : "5000"}>
          {body}
        </main>
        <p id="freshness" role="status"></p>
      </>,
    ),
  );
}

/** A page for who is not signed in, or for what went wrong. */
export function plainPage(
  c: Context<AppContext>,
  title: string,
  body: Child,
  status: ContentfulStatusCode = 200,
): Response | Promise<Response> {
  return c.html(
    doc(
      `${title} · Tandem`,
      <main id="main" class="plain">
        <p class="brand">Tandem</p>
        {body}
      </main>,
    ),
    status,
  );
}

function doc(title: string, body: Child) {
  return html`<!doctype html>${(
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="robots" content="noindex" />
          <title>{title}</title>
          <link rel="icon" href="data:," />
          <link rel="stylesheet" href={ASSETS["console.css"]} />
          <script src={ASSETS["console.js"]} defer></script>
        </head>
        <body>{body}</body>
      </html>
    )}`;
}
