import { PROBLEMS } from "../../src/errors.ts";

const HEAD = `# Problems

Written by \`npm run docs\` from the table the gateway itself answers by (\`src/errors.ts\`); served at \`/docs/problems\`.

What is refused under \`/v1\` comes as \`application/problem+json\` (RFC 9457). Branch on \`code\`: it does not change. \`detail\` is for people, \`field\` names what is at fault, \`request_id\` is also the header \`X-Request-Id\`. On the Cloud API surface errors have Meta's own shape: [errors.md](errors.md).

| Code | Status | What it means | What to do |
| --- | --- | --- | --- |
`;

/** The problems of the native surface as a page for partners. */
export function problemsPage(): string {
  const rows = Object.entries(PROBLEMS).map(([code, { status, title, act }]) => {
    return `| <a id="${code}"></a>\`${code}\` | ${status} | ${title}. | ${act} |\n`;
  });
  return HEAD + rows.join("");
}
