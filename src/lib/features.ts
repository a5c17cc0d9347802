/** What becomes of a feature of the WhatsApp Business app once its number is connected. */
export type AppChange = "same" | "read_only" | "off";
/** What the API has of it. */
export type ApiSupport = "mirrored" | "synced" | "none";

/**
 * The app's features after onboarding (protocol.md 4.3; edit and revoke as of 2026, older editions
 * of Meta's table say otherwise). The words stand in `pages/connect/texts`, by id.
 */
export const FEATURES = [
  { id: "chats", app: "same", api: "mirrored" },
  { id: "contacts", app: "same", api: "synced" },
  { id: "groups", app: "same", api: "none" },
  { id: "disappearing", app: "off", api: "none" },
  { id: "view_once", app: "off", api: "none" },
  { id: "live_location", app: "off", api: "none" },
  { id: "broadcasts", app: "read_only", api: "none" },
  { id: "calls", app: "same", api: "none" },
  { id: "business_tools", app: "same", api: "none" },
  { id: "messaging_tools", app: "same", api: "none" },
  { id: "profile", app: "same", api: "none" },
  { id: "channels", app: "same", api: "none" },
] as const satisfies readonly { id: string; app: AppChange; api: ApiSupport }[];

export type FeatureId = (typeof FEATURES)[number]["id"];

/** Oldest version of the app that can be connected (binding guide, requirements). */
export const OLDEST_APP_VERSION = "2.24.17";
/** Other devices that can be linked again after the onboarding unlinked all of them. */
export const COMPANIONS = { max: 4, unsupported: ["WhatsApp for Windows", "Wear OS"] } as const;
/** What an owner who shares the history shares, in days (protocol.md 2.3). */
export const HISTORY = { days: 180, mediaDays: 14 } as const;
