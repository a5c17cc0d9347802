/** What in a path is a key to something or names somebody, and what is shown of it. */
const MASKS: readonly [pattern: RegExp, shown: string][] = [
  // An owner's link: its proof.
  [/^(\/connect\/signup_[0-9a-z]{16})[^/]+/, "$1-…"],
  // A link to a file: its signature, behind sender, hash and end.
  [/^(\/media\/(?:[^/.]*\.){0,3})[^/]*/, "$1…"],
  [/(\/(?:customers|windows)\/)[^/]+/, "$1…"],
  // Meta writes the customer's number into them.
  [/(\/wamid\.)[^/]+/, "$1…"],
];

/** A path for people who read along. */
export function maskPath(path: string): string {
  return MASKS.reduce((text, [pattern, shown]) => text.replace(pattern, shown), path);
}
