declare const VALUES: unique symbol;

/** A text with a `{placeholder}` for each of these names. Only the compiler sees them. */
export type Pattern<Name extends string> = string & { readonly [VALUES]?: (name: Name) => void };

/**
 * Puts values into a text. They are text too: what looks like a placeholder in one stays as it is.
 *
 * @throws Error naming a placeholder that has no value: better no page than one with a hole
 */
export function fill<Name extends string>(
  pattern: Pattern<Name>,
  values: Record<NoInfer<Name>, string | number>,
): string {
  return pattern.replaceAll(/\{(\w+)\}/g, (_placeholder, name: string) => {
    if (!Object.hasOwn(values, name)) throw new Error(`A text of the page asks for {${name}}.`);
    return String(values[name as Name]);
  });
}
