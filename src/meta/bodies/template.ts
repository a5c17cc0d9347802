import { templateParameter } from "./template-parameter.ts";
import { byType, list, maybe, number, object, text } from "./pieces.ts";
import type { Piece } from "./pieces.ts";

const type = text('the kind of component, such as "body"');
const parameters = maybe(list("what fills the placeholders", templateParameter));

const plainComponent = object("a component", { type, parameters });
const buttonComponent = object("a button's component", {
  type,
  sub_type: text('the kind of button, such as "url"'),
  index: number("which button of the template this is, from 0"),
  parameters,
});

const cardComponent = byType(new Map([["button", buttonComponent]]), plainComponent);
const carouselComponent = object("the carousel's component", {
  type,
  cards: list(
    "the cards of the carousel",
    object("a card", {
      card_index: number("which card of the template this is, from 0"),
      components: list("the components of the card", cardComponent),
    }),
  ),
});

const component = byType(
  new Map<string, Piece>([
    ["button", buttonComponent],
    ["carousel", carouselComponent],
  ]),
  plainComponent,
);

/**
 * `template` (protocol.md 3.2). How many placeholders there are and how long they may be is the
 * template's affair, which Meta knows (132000, 132005).
 */
export const templateContent = object("the template", {
  name: text("the name of the template"),
  language: object("the language of the template, by its code", {
    code: text('the code of the language, such as "en_US"'),
  }),
  components: maybe(list("the components with their parameters", component)),
});
