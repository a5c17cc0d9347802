import { sameSecret } from "./secrets.ts";

export interface Operator {
  name: string;
  token: string;
}

/** The operators of OPERATOR_TOKENS (`name:token`, comma between); a name may have two tokens. */
export function listOperators(tokens: string): Operator[] {
  return tokens.split(",").flatMap((entry) => {
    const at = entry.indexOf(":");
    return at > 0 ? [{ name: entry.slice(0, at).trim(), token: entry.slice(at + 1).trim() }] : [];
  });
}

/** Whose token it is; null for nobody's. */
export function findOperator(tokens: string, token: string): Operator | null {
  return listOperators(tokens).find((operator) => sameSecret(token, operator.token)) ?? null;
}
