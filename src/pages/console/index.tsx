import { Hono } from "../../lib/hono.ts";
import { acknowledge } from "./alarms.tsx";
import { showAudit } from "./audit.tsx";
import {
  showConversations,
  showThread,
  switchContentOff,
  switchContentOn,
} from "./conversations.tsx";
import { doEndpointDeed, replayRange, showEndpoints } from "./endpoints.tsx";
import { eraseCustomerHere, eraseSenderHere } from "./erase-actions.ts";
import {
  consoleHeaders,
  neverStored,
  ownOrigin,
  requireSession,
  requireSessionForAlarms,
  smallForms,
} from "./guard.ts";
import { plainPage } from "./layout.tsx";
import {
  discardItem,
  discardLetter,
  doLetterOver,
  doLettersOver,
  tryItemAgain,
  tryItemsAgain,
} from "./left-over-actions.ts";
import { showLeftOver, showLetter } from "./left-over.tsx";
import { showOverview } from "./overview.tsx";
import { changeKey, makeKey, revokeKey, rotateKey } from "./key-actions.ts";
import { dropPartner, makePartner, savePartner, showPartner, showPartners } from "./partners.tsx";
import { doDeed } from "./sender-actions.ts";
import { showSecrets } from "./secrets.tsx";
import { showSender } from "./sender.tsx";
import { showSenders } from "./senders.tsx";
import { signInRoutes } from "./sign-in.tsx";
import { makeLink, showConnect, showSignup, showSignups } from "./signups.tsx";
import { AppError, PROBLEMS } from "../../errors.ts";
import { errorKind, log } from "../../lib/log.ts";
import type { AppContext } from "../../env.ts";

/** Behind the sign-in as well, and there without D1. */
const alarmPages = new Hono<AppContext>()
  .get("/", requireSessionForAlarms, showOverview)
  .post("/alarms/:id/acknowledge", requireSessionForAlarms, acknowledge);

/** Everything else behind the sign-in. */
const pages = new Hono<AppContext>()
  .use(requireSession)
  .get("/senders", showSenders)
  .get("/senders/:key", showSender)
  .post("/senders/:key/hold", doDeed("hold"))
  .post("/senders/:key/release", doDeed("release"))
  .post("/senders/:key/redrive", doDeed("redrive"))
  .post("/senders/:key/detach", doDeed("detach"))
  .post("/senders/:key/erase-customer", eraseCustomerHere)
  .post("/senders/:key/erase", eraseSenderHere)
  .get("/senders/:key/conversations", showConversations)
  .get("/senders/:key/conversations/:ref", showThread)
  .post("/senders/:key/content/show", switchContentOn)
  .post("/senders/:key/content/hide", switchContentOff)
  .get("/connect", showConnect)
  .post("/connect", makeLink)
  .get("/signups", showSignups)
  .get("/signups/:id", showSignup)
  .get("/partners", showPartners)
  .post("/partners", makePartner)
  .get("/partners/:id", (c) => showPartner(c))
  .post("/partners/:id", savePartner)
  .post("/partners/:id/remove", dropPartner)
  .post("/partners/:id/keys", makeKey)
  .post("/partners/:id/keys/:key", changeKey)
  .post("/partners/:id/keys/:key/rotate", rotateKey)
  .post("/partners/:id/keys/:key/revoke", revokeKey)
  .get("/partners/:id/endpoints", showEndpoints)
  .post("/partners/:id/endpoints/:endpoint/pause", doEndpointDeed("pause"))
  .post("/partners/:id/endpoints/:endpoint/enable", doEndpointDeed("enable"))
  .post("/partners/:id/endpoints/:endpoint/retry", doEndpointDeed("retry"))
  .post("/partners/:id/endpoints/:endpoint/replay", replayRange)
  .get("/left-over", showLeftOver)
  .get("/left-over/dead-letters/:id", showLetter)
  .post("/left-over/dead-letter", doLetterOver)
  .post("/left-over/dead-letters", doLettersOver)
  .post("/left-over/dead-letter/discard", discardLetter)
  .post("/left-over/unrouted", tryItemAgain)
  .post("/left-over/unrouted-items", tryItemsAgain)
  .post("/left-over/unrouted/discard", discardItem)
  .get("/audit", showAudit)
  .get("/secrets", showSecrets);

/** The operators' pages. Rendered here; a small script keeps what is on the screen fresh. */
export const consoleRoutes = new Hono<AppContext>()
  .use(consoleHeaders)
  .use(neverStored)
  .use(ownOrigin)
  .use(smallForms)
  .route("/", signInRoutes)
  .route("/", alarmPages)
  .route("/", pages)
  .onError((err, c) => {
    const error =
      err instanceof AppError
        ? err
        : new AppError(
            "internal",
            `Try again; tell us the request id if it stays: ${c.var.requestId}`,
          );
    if (error !== err) {
      log.error("request.failed", { error: errorKind(err) });
    }
    const { status } = PROBLEMS[error.code];
    // The API's title speaks of keys, and operators have none.
    const title = error.code === "not_found" ? "Not found" : PROBLEMS[error.code].title;
    return plainPage(
      c,
      title,
      <div class="card">
        <h1>{title}</h1>
        <p>{error.detail}</p>
        <p>
          <a href="/console">To the overview</a>
        </p>
      </div>,
      status,
    );
  });
