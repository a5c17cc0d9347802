import { refuseInGraph } from "./graph-answer.ts";
import type { Context } from "hono";
import type { AppContext } from "../env.ts";

/** Every path of the Cloud API surface, as it is told to whoever asks for another. */
const PATHS: { path: string; methods: string[] }[] = [
  { path: "/{phone_number_id}/messages", methods: ["POST"] },
  { path: "/{phone_number_id}/media", methods: ["POST"] },
  { path: "/{phone_number_id}/thread_control", methods: ["POST"] },
  { path: "/{phone_number_id}/register", methods: ["POST"] },
  { path: "/{phone_number_id}/deregister", methods: ["POST"] },
  { path: "/{waba_id}/phone_numbers", methods: ["GET"] },
  { path: "/{waba_id}/message_templates", methods: ["GET", "POST", "DELETE"] },
  { path: "/{media_id}/download", methods: ["GET"] },
  { path: "/{phone_number_id, waba_id or media_id}", methods: ["GET"] },
  { path: "/{media_id}", methods: ["GET", "DELETE"] },
];
const LISTED = PATHS.map(({ path, methods }) => `${methods.join("|")} ${path}`).join(", ");

/**
 * What is left: another method on a known path (405, code 100), or a path that is not served (404,
 * with the code that Graph has for unknown paths, 2500). SDKs read the code, people the list.
 */
export function refuseUnknownPath(c: Context<AppContext>): Response {
  const called = c.req.path.replace(/^\/v[0-9.]+/, "").replace(/\/$/, "");
  const methods = PATHS.filter(({ path }) => pattern(path).test(called)).flatMap(
    (known) => known.methods,
  );
  if (methods.length === 0) {
    return refuseInGraph(c, {
      status: 404,
      code: 2500,
      title: "Unknown path components",
      details: `Tandem serves ${LISTED}; below any version, such as /v24.0. Everything else is under /v1, see /docs.`,
    });
  }
  const allowed = [...new Set(methods)].join(", ");
  c.header("allow", allowed);
  return refuseInGraph(c, {
    status: 405,
    code: 100,
    title: `Unsupported ${c.req.method.toLowerCase()} request`,
    details: `This path takes ${allowed}. Tandem serves ${LISTED}.`,
  });
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{[^}]*\}/, "[0-9]+")}$`);
}
