/** The part of Meta's JS SDK that the page uses (protocol.md 1.1). */
export interface FacebookSdk {
  init(options: {
    appId: string;
    autoLogAppEvents: boolean;
    xfbml: boolean;
    version: string;
  }): void;
  login(callback: (response: LoginResponse) => void, options: object): void;
}

export interface LoginResponse {
  authResponse: { code?: string } | null;
  status?: string;
}

declare global {
  interface Window {
    FB?: FacebookSdk;
    fbAsyncInit?: () => void;
  }
}

const LOAD_MS = 15_000;
let loading: Promise<FacebookSdk> | null = null;

/** Loads the SDK once. @returns it, ready; rejects when a blocker or the network keeps it away */
export function loadSdk(settings: {
  url: string;
  appId: string;
  version: string;
}): Promise<FacebookSdk> {
  loading ??= new Promise<FacebookSdk>((resolve, reject) => {
    const script = document.createElement("script");
    const give = () => {
      if (window.FB === undefined) return;
      window.FB.init({
        appId: settings.appId,
        autoLogAppEvents: true,
        xfbml: false,
        version: settings.version,
      });
      resolve(window.FB);
    };
    window.fbAsyncInit = give;
    script.src = settings.url;
    script.async = true;
    script.crossOrigin = "anonymous";
    script.addEventListener("error", () => reject(new Error("The SDK did not load.")));
    // A stub that a blocker serves loads well and brings no FB.
    setTimeout(() => reject(new Error("The SDK did not come up.")), LOAD_MS);
    document.head.append(script);
  }).catch((err: unknown) => {
    loading = null;
    throw err;
  });
  return loading;
}

/**
 * Opens Meta's window; call it in the click itself, or the browser takes it for an advertisement.
 * The SDK does not say whether the browser let it: so the window's answer is looked at on its way.
 *
 * @returns "unseen" when no window was asked for where we could see it
 */
export function openLogin(
  sdk: FacebookSdk,
  configId: string,
  onAnswer: (response: LoginResponse) => void,
): "opened" | "blocked" | "unseen" {
  const open = window.open;
  let seen: "opened" | "blocked" | "unseen" = "unseen";
  window.open = (...args) => {
    const opened = open.apply(window, args);
    seen = opened === null ? "blocked" : "opened";
    return opened;
  };
  try {
    sdk.login(onAnswer, {
      config_id: configId,
      response_type: "code",
      override_default_response_type: true,
      extras: {
        setup: {},
        featureType: "whatsapp_business_app_onboarding",
        sessionInfoVersion: "3",
      },
    });
  } finally {
    window.open = open;
  }
  return seen;
}
