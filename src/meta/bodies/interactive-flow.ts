import { bodyUpTo, footer, header } from "./interactive-parts.ts";
import { choose, eitherOf, maybe, object, objectWith, oneOf, text } from "./pieces.ts";

const BODY_MAX = 1024;
const FLOW_ID = "the id of the flow";
const DATA = "what the first screen begins with";

const dataObject = objectWith(
  DATA,
  (data) =>
    Object.keys(data).length === 0
      ? { path: [], message: "is empty; fill it or leave it out." }
      : undefined,
  {},
);
const dataText = text(DATA);

/**
 * `interactive` of type `flow` (protocol.md 3.2; Meta's "Sending a Flow"). The length of `flow_cta`
 * is an advice there, so it is not checked; `data` is an object or, in some editions, its JSON text.
 */
export const flowContent = object("the flow message", {
  header: maybe(header),
  body: bodyUpTo(BODY_MAX),
  footer: maybe(footer),
  action: object("the flow and how it opens", {
    name: oneOf("the action of a flow message", "flow"),
    parameters: objectWith("which flow opens, and how", eitherOf("flow_id", "flow_name", FLOW_ID), {
      flow_message_version: text('the version of the message format, "3"'),
      flow_id: maybe(text(FLOW_ID)),
      flow_name: maybe(text("the name of the flow")),
      flow_cta: text("the label of the button that opens the flow"),
      mode: maybe(text("draft or published")),
      flow_token: maybe(text("what comes back with the customer's answers")),
      flow_action: maybe(text("navigate or data_exchange")),
      flow_action_payload: maybe(
        object("the first screen", {
          screen: maybe(text("the id of the first screen")),
          data: maybe(choose((data) => (typeof data === "string" ? dataText : dataObject))),
        }),
      ),
    }),
  }),
});
