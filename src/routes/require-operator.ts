import { createMiddleware } from "hono/factory";
import { AppError } from "../errors.ts";
import { log } from "../lib/log.ts";
import { findOperator } from "../lib/operators.ts";
import { noteRefusal } from "../operations/note-refusal.ts";
import { noteGuess, refuseGuesser } from "./limit-guesses.ts";
import type { AppContext } from "../env.ts";

/** Lets an operator in: one of OPERATOR_TOKENS (`name:token`, comma between), by name. */
export const requireOperator = createMiddleware<AppContext>(async (c, next) => {
  // Before the look at the token, which people choose: whoever guesses learns nothing any more.
  refuseGuesser(c, "operator");
  const bearer = /^Bearer (.+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
  const operator = findOperator(c.var.services.settings.OPERATOR_TOKENS, bearer);
  if (operator === null) {
    // Who shows no token at all has lost the way; who shows a wrong one may be guessing.
    if (bearer !== "") {
      log.warn("operator.refused", { reason: "token" });
      await noteRefusal(c.var.services, "api");
      noteGuess(c, "operator");
    }
    throw new AppError("unauthorized", "Send an operator token as a Bearer token.");
  }
  c.set("operator", operator.name);
  return next();
});
