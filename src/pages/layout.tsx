import { html } from "hono/html";
import { ASSETS } from "./assets/built.ts";
import type { Child } from "hono/jsx";

/** Pages that have a style and a script of their own. */
type PageName = keyof typeof ASSETS extends `${infer Name}.${string}` ? Name : never;

/**
 * A whole document, with the style and script that were built from `src/pages/<page>/client`.
 *
 * @param props.lang BCP 47, of the words in it
 * @param props.head what one page has beside that; scripts there run behind the page's own
 */
export function Document(props: {
  page: PageName;
  lang: string;
  title: string;
  head?: Child;
  children: Child;
}) {
  return html`<!doctype html>${(
      <html lang={props.lang}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex" />
          <meta name="color-scheme" content="light dark" />
          <title>{props.title}</title>
          <link rel="icon" href="data:," />
          <link rel="stylesheet" href={ASSETS[`${props.page}.css`]} />
          <script src={ASSETS[`${props.page}.js`]} defer></script>
          {props.head}
        </head>
        <body>{props.children}</body>
      </html>
    )}`;
}
