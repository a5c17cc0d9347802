import { AppError } from "../../errors.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";

const MAX = 200;

/** A field of the form that was sent, trimmed. */
export async function textIn(c: Context<AppContext>, name: string): Promise<string> {
  const value = (await c.req.parseBody())[name];
  return typeof value === "string" ? value.trim() : "";
}

/** The operator's reason, which is written down with the deed. @throws AppError without one */
export async function reasonIn(c: Context<AppContext>): Promise<string> {
  const reason = await textIn(c, "reason");
  if (reason === "" || reason.length > MAX) {
    throw new AppError("invalid_request", `reason: say why, in up to ${MAX} characters.`, {
      field: "reason",
    });
  }
  return reason;
}
