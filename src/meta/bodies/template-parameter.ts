import { locationContent } from "./location.ts";
import { mediaFile } from "./media.ts";
import { byType, maybe, number, object, text, textOrEmpty } from "./pieces.ts";
import type { Piece } from "./pieces.ts";

const type = text('the kind of parameter, such as "text"');

/** A parameter's value stands under the name of its type. */
const under = (name: string, value: Piece): [string, Piece] => [
  name,
  object("a parameter", {
    type,
    parameter_name: maybe(text("the name of the placeholder")),
    [name]: value,
  }),
];

/** What fills a placeholder of a template, by its type; types not named here go to Meta as is. */
export const templateParameter = byType(
  new Map<string, Piece>([
    // Empty text is refused by Meta too: "Parameter of type text is missing text value" (131008).
    under("text", text("what stands in the place of the placeholder")),
    under(
      "currency",
      object("the amount", {
        fallback_value: textOrEmpty("the amount as text"),
        code: text("the currency's three letters"),
        amount_1000: number("the amount times 1000"),
      }),
    ),
    under("date_time", object("the time", { fallback_value: textOrEmpty("the time as text") })),
    under("image", mediaFile),
    under("video", mediaFile),
    under("document", mediaFile),
    under("location", locationContent),
    under("payload", textOrEmpty("what comes back when the button is tapped")),
    under("coupon_code", textOrEmpty("the code that the button copies")),
    under("action", object("what the button does", {})),
  ]),
  object("a parameter", { type }),
);
