import { describe, expect, it } from "vitest";
import { isMetaOrigin, readMetaMessage } from "../../src/pages/connect/client/meta-message.ts";

const SDK = "https://connect.facebook.net/en_US/sdk.js";

describe("a message's origin", () => {
  it.each([
    "https://facebook.com",
    "https://www.facebook.com",
    "https://web.business.facebook.com",
  ])("is Meta's at %s", (origin) => expect(isMetaOrigin(origin, SDK)).toBe(true));

  it.each([
    "https://notfacebook.com",
    "http://www.facebook.com",
    "https://facebook.com.evil.example",
    "https://evil.example/facebook.com",
    "https://facebook.com@evil.example",
    "https://www.facebook.com:8443",
    "https://.facebook.com",
    "https://facebook.com/",
    "https://facebook.comm",
    "null",
    "",
    // The SDK's own host sends no session messages.
    "https://connect.facebook.net",
  ])("is not Meta's at %j", (origin) => {
    expect(isMetaOrigin(origin, SDK)).toBe(false);
  });

  it("may be the simulator's, only while the SDK comes from there", () => {
    const simulator = "http://127.0.0.1:4010";
    expect(isMetaOrigin(simulator, `${simulator}/sdk.js`)).toBe(true);
    expect(isMetaOrigin(simulator, SDK)).toBe(false);
    expect(isMetaOrigin("http://127.0.0.1:4011", `${simulator}/sdk.js`)).toBe(false);
  });
});

describe("a session message", () => {
  const said = (event: string, data: object) => ({ type: "WA_EMBEDDED_SIGNUP", event, data });

  it("comes as an object or as JSON text", () => {
    const message = said("FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING", { waba_id: "2190" });
    const read = { kind: "finished", wabaId: "2190" };
    expect(readMetaMessage(message)).toEqual(read);
    expect(readMetaMessage(JSON.stringify(message))).toEqual(read);
  });

  it("may name no account at all, and numbers as numbers", () => {
    const event = "FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING";
    expect(readMetaMessage(said(event, {}))).toEqual({ kind: "finished" });
    expect(readMetaMessage({ type: "WA_EMBEDDED_SIGNUP", event })).toEqual({ kind: "finished" });
    expect(readMetaMessage(said(event, { waba_id: 2190, phone_number_id: "3190" }))).toEqual({
      kind: "finished",
      wabaId: "2190",
      phoneNumberId: "3190",
    });
  });

  it.each(["FINISH", "FINISH_ONLY_WABA", "FINISH_OBO_MIGRATION", "FINISH_GRANT_ONLY_API_ACCESS"])(
    "tells the wrong way by %s",
    (event) => {
      expect(readMetaMessage(said(event, { waba_id: "2190" }))).toEqual({
        kind: "wrong_branch",
        code: event,
        wabaId: "2190",
      });
    },
  );

  it("tells a window that was closed from an error that was reported", () => {
    expect(readMetaMessage(said("CANCEL", { current_step: "PERMISSIONS" }))).toEqual({
      kind: "cancelled",
      step: "PERMISSIONS",
    });
    const reported = { error_message: "words", error_code: "52", session_id: "ab1" };
    const error = { kind: "error", code: "52", metaSession: "ab1" };
    expect(readMetaMessage(said("CANCEL", reported))).toEqual(error);
    const older = { error_message: "words", error_id: 52, session_id: "ab1" };
    expect(readMetaMessage(said("CANCEL", older))).toEqual(error);
  });

  it("leaves out what is no id or name, so that the rest still reaches the server", () => {
    const odd = said("CANCEL", { current_step: "<b>somebody's words</b>" });
    expect(readMetaMessage(odd)).toEqual({ kind: "cancelled" });
  });

  it.each([
    "not JSON",
    "[]",
    "null",
    null,
    7,
    { type: "OTHER", event: "FINISH" },
    { type: "WA_EMBEDDED_SIGNUP" },
    { type: "WA_EMBEDDED_SIGNUP", event: "SOMETHING_NEW", data: {} },
  ])("is not %j", (raw) => expect(readMetaMessage(raw)).toBeNull());
});
