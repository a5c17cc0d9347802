import type { CURRENT_STEPS, PopupBehaviour } from "./behaviour.ts";

export type CurrentStep = (typeof CURRENT_STEPS)[number];

/** What a popup tells the page that opened it, by `postMessage` (protocol.md 1.3). */
export type SessionMessage = {
  type: "WA_EMBEDDED_SIGNUP";
  event: string;
  version: 3;
  data: Record<string, string>;
};

/** How the signup ended: by the app's number, with a number of the API's own, or with none. */
export type Ending =
  | { branch: "app"; wabaId: string }
  | { branch: "number"; wabaId: string; phoneNumberId: string; portfolioId: string }
  | { branch: "none"; wabaId: string; portfolioId: string };

/** The end of a signup; for a number of the app Meta promises `waba_id` and nothing more. */
export function finishMessage(ending: Ending): SessionMessage {
  switch (ending.branch) {
    case "app":
      return message("FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING", { waba_id: ending.wabaId });
    case "number":
      return message("FINISH", {
        phone_number_id: ending.phoneNumberId,
        waba_id: ending.wabaId,
        business_id: ending.portfolioId,
      });
    case "none":
      return message("FINISH_ONLY_WABA", {
        waba_id: ending.wabaId,
        business_id: ending.portfolioId,
      });
  }
}

export function cancelMessage(step: CurrentStep): SessionMessage {
  return message("CANCEL", { current_step: step });
}

/** @param atMs when the owner reported it, epoch ms; Meta says it in seconds, as text */
export function reportMessage(
  report: PopupBehaviour["report"],
  sessionId: string,
  atMs: number,
): SessionMessage {
  return message(report.event, {
    error_message: report.message,
    [report.codeField]: report.code,
    session_id: report.sessionId ?? sessionId,
    timestamp: String(Math.floor(atMs / 1000)),
  });
}

function message(event: string, data: Record<string, string>): SessionMessage {
  return { type: "WA_EMBEDDED_SIGNUP", event, version: 3, data };
}
