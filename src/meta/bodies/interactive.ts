import { buttonContent } from "./interactive-button.ts";
import { flowContent } from "./interactive-flow.ts";
import { listContent } from "./interactive-list.ts";
import { bodyUpTo, footer, header } from "./interactive-parts.ts";
import { byType, maybe, object, oneOf, text } from "./pieces.ts";
import type { Piece } from "./pieces.ts";

const BODY_MAX = 1024;
const LABEL_MAX = 20;

const ctaUrlContent = object("the button with an address", {
  header: maybe(header),
  body: bodyUpTo(BODY_MAX),
  footer: maybe(footer),
  action: object("the button", {
    name: oneOf("the action of a cta_url message", "cta_url"),
    parameters: object("the label of the button and the address it opens", {
      display_text: text("the label of the button", LABEL_MAX),
      url: text("the address the button opens"),
    }),
  }),
});

const locationRequestContent = object("the request for a location", {
  body: bodyUpTo(BODY_MAX),
  action: object("the button", {
    name: oneOf("the action of a location request", "send_location"),
  }),
});

/** Meta has published no shape (protocol.md 3.2): only what vendors and SDKs agree on, if given. */
const contactRequestContent = object("the request for the customer's number", {
  header: maybe(header),
  body: maybe(bodyUpTo(Infinity)),
  footer: maybe(footer),
  action: maybe(
    object("the button", { name: oneOf("the action of this message", "request_contact_info") }),
  ),
});

/** Products, catalogues, carousels, addresses, payments, calls, and what Meta adds: to Meta as is. */
const otherContent = object("the message", {
  type: text('the kind of interactive message, such as "button"'),
  header: maybe(object("the header", {})),
  body: maybe(object("the body", {})),
  footer: maybe(object("the footer", {})),
  action: maybe(object("what the customer can do", {})),
});

/** `interactive` (protocol.md 3.2), by its own type. */
export const interactiveContent = byType(
  new Map<string, Piece>([
    ["button", buttonContent],
    ["list", listContent],
    ["cta_url", ctaUrlContent],
    ["location_request_message", locationRequestContent],
    ["flow", flowContent],
    ["request_contact_info", contactRequestContent],
  ]),
  otherContent,
);
