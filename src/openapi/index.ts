import { app } from "../app.ts";
import { SCOPE_RULES } from "../routes/scopes.ts";
import { undescribed as missing, writeDocument } from "./document.ts";

/** For scripts and tests alone: with it hono-openapi would be in the Worker. */
export const document = (version: string) => writeDocument(app, version);
export const scopeRules = SCOPE_RULES;
export const undescribed = () => missing(app);
