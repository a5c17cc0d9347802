import { asObject, asObjects } from "../read-json.ts";
import { bodyUpTo, footer, header } from "./interactive-parts.ts";
import { byType, findRepeat, list, maybe, object, raise, text } from "./pieces.ts";
import type { Complaint } from "./pieces.ts";

const BODY_MAX = 1024;
const BUTTONS_MAX = 3;
const ID_MAX = 256;
const TITLE_MAX = 20;

const type = text('the kind of button, such as "reply"');
const replyButton = object("a button", {
  type,
  reply: object("what the button says", {
    id: text("what comes back when the button is tapped", ID_MAX),
    title: text("the label of the button", TITLE_MAX),
  }),
});
const button = byType(new Map([["reply", replyButton]]), object("a button", { type }));

/** `interactive` of type `button` (protocol.md 3.2). */
export const buttonContent = object("the buttons", {
  header: maybe(header),
  body: bodyUpTo(BODY_MAX),
  footer: maybe(footer),
  action: object("the buttons", {
    buttons: list("the buttons", button, 1, BUTTONS_MAX).check(raise(findRepeatedButton)),
  }),
});

/** Answers tell buttons apart by their ids, people by their titles. */
function findRepeatedButton(buttons: unknown): Complaint | undefined {
  const replies = asObjects(buttons).map((each) => asObject(each["reply"]) ?? {});
  const repeatOf = (field: string) =>
    findRepeat(
      replies.map((reply, index) => ({ path: [index, "reply", field], value: reply[field] })),
      `is that of an earlier button too; give every button its own ${field}.`,
    );
  return repeatOf("id") ?? repeatOf("title");
}
