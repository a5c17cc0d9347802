/** Why Meta would say no: a code of protocol.md 3.6 and, where it has one, its subcode. */
export type Refusal = { code: number; subcode?: number; details: string };

/** No access to an object, or no such object: Meta does not say which (protocol.md 1.8, 3.6). */
export function noAccess(id: string): Refusal {
  return {
    code: 100,
    subcode: 33,
    details: `Object '${id}' does not exist, or this token may not see or use it`,
  };
}
