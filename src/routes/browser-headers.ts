import { secureHeaders } from "hono/secure-headers";

type Options = NonNullable<Parameters<typeof secureHeaders>[0]>;

/** For what is no page: nothing in it is run, shown in a frame, or sent anywhere. */
const NO_PAGE: NonNullable<Options["contentSecurityPolicy"]> = {
  defaultSrc: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
  baseUri: ["'none'"],
};
/**
 * What browsers are told with an answer: kept to https for a year, taken for no other type, in no
 * frame, with no device of the visitor's, and running nothing. Pages say what else they need; what an
 * answer says for itself stays.
 */
export function browserHeaders(options: Options = {}) {
  return secureHeaders({
    strictTransportSecurity: "max-age=31536000; includeSubDomains",
    xFrameOptions: "DENY",
    contentSecurityPolicy: NO_PAGE,
    permissionsPolicy: {
      camera: [],
      microphone: [],
      geolocation: [],
      payment: [],
      usb: [],
      serial: [],
      bluetooth: [],
      displayCapture: [],
    },
    overwrite: false,
    ...options,
  });
}
