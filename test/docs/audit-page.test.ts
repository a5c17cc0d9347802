import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { auditPage } from "../../scripts/docs/audit-page.ts";

it("docs/audit.md is what the table says today (npm run docs writes it)", () => {
  expect(readFileSync("docs/audit.md", "utf8")).toBe(auditPage());
});
