/** The one value of `extras.featureType` that brings the way for a number of the app. */
export const COEXISTENCE_FEATURE = "whatsapp_business_app_onboarding";

/** What a page said to `FB.init` and `FB.login`, as the SDK passes it on. */
export type Launch = {
  appId: string;
  configId: string;
  responseType: string;
  overridesResponseType: boolean;
  /** JSON. */
  extras: string;
  /** Of the page that opened the popup. */
  origin: string;
};

/**
 * A popup opens only for the right app, configuration and options (protocol.md 1.1, 1.2).
 *
 * @returns what is wrong, in words for whoever built the page; null when the signup may begin
 */
export function refuseLaunch(
  launch: Launch,
  known: { appId: string; configId: string },
): string | null {
  if (launch.appId !== known.appId) {
    return `There is no app ${launch.appId || "without an id"}: give FB.init the appId of yours.`;
  }
  if (launch.configId !== known.configId) {
    return `App ${launch.appId} has no configuration ${launch.configId || "without an id"}: config_id names one of Facebook Login for Business.`;
  }
  if (launch.responseType !== "code" || !launch.overridesResponseType) {
    return "A business token is had by a code only: response_type is 'code' and override_default_response_type true.";
  }
  if (!URL.canParse(launch.origin) || new URL(launch.origin).origin !== launch.origin) {
    return "The page that opened this window did not say its origin, so nothing could be told to it.";
  }
  return refuseExtras(launch.extras);
}

function refuseExtras(text: string): string | null {
  const extras = readObject(text);
  if (extras === null) return "extras is an object.";
  if (extras.setup === null || typeof extras.setup !== "object") {
    return "extras.setup is an object: empty, or with what is to be filled in beforehand.";
  }
  const features = Array.isArray(extras.features) ? (extras.features as unknown[]) : [];
  if (features.some((feature) => nameOf(feature) === "app_only_install")) {
    return "extras.features has app_only_install, by which no number of the WhatsApp Business app can be connected.";
  }
  if (extras.featureType === "coexistence") {
    return `extras.featureType 'coexistence' went with v2: it is '${COEXISTENCE_FEATURE}' now.`;
  }
  if (extras.featureType !== COEXISTENCE_FEATURE) {
    return `extras.featureType is not '${COEXISTENCE_FEATURE}': this signup would offer new numbers only.`;
  }
  return null;
}

function nameOf(feature: unknown): unknown {
  return typeof feature === "object" && feature !== null && "name" in feature ? feature.name : null;
}

function readObject(text: string): Record<string, unknown> | null {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
