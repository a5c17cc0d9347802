import { AUDIT_ACTIONS } from "../../src/lib/audit-actions.ts";

const HEAD = `# The audit

Written by \`npm run docs\` from the closed list in \`src/lib/audit-actions.ts\`: a deed that is not in it cannot be noted, and a door of operators that changes something and notes nothing fails its test.

Read it at \`/console/audit\`, or by \`GET /v1/admin/audit\` (\`operator\`, \`action\`, \`sender\`, \`partner\`, \`since\`, \`until\`). Entries are kept for good (or for \`AUDIT_RETENTION_DAYS\`), also those about a sender or a customer that was erased. They hold ids, counts and the reason an operator gave, never content or anybody's number. What may not happen unseen is noted before it is done; where it is then refused or fails, a second entry says so with \`.failed\` behind the name.

| Action | What it is |
| --- | --- |
`;

/** The names of the audit as a page for operators. */
export function auditPage(): string {
  const rows = Object.entries(AUDIT_ACTIONS).map(
    ([action, words]) => `| \`${action}\` | ${words} |\n`,
  );
  return HEAD + rows.join("");
}
