import { asObject } from "../read-json.ts";
import { findComplaint } from "./pieces.ts";
import { isAbsent } from "./values.ts";
import type { Piece } from "./pieces.ts";

/** What is wrong with a body, in Meta's words and codes (protocol.md 3.1, 3.6). */
export interface BodyFault {
  code: 100 | 131008 | 131009;
  /** The path as a person finds it: `interactive.action.buttons[1].reply.title`. */
  field: string;
  /** A sentence for a developer that begins with the field. Never holds a value of the body. */
  details: string;
}

/**
 * The first fault of a value, in the order of its schema.
 *
 * @param field where the value stands in the body; empty for the body itself
 */
export function findFault(schema: Piece, value: unknown, field = ""): BodyFault | undefined {
  const found = findComplaint(schema, value);
  if (found === undefined) return undefined;
  const code = isAbsent(valueAt(value, found.path)) ? 131008 : 131009;
  return faultOf(code, pathOf(field, found.path), found.message);
}

/** @param message the sentence without the field it begins with */
export function faultOf(code: BodyFault["code"], field: string, message: string): BodyFault {
  return { code, field, details: `${field} ${message}` };
}

function pathOf(field: string, path: PropertyKey[]): string {
  return path.reduce<string>((before, step) => {
    if (typeof step === "number") return `${before}[${step}]`;
    return before === "" ? String(step) : `${before}.${String(step)}`;
  }, field);
}

function valueAt(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (found, step) => (Array.isArray(found) ? found[Number(step)] : asObject(found)?.[String(step)]),
    value,
  );
}
