import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { problemsPage } from "../../scripts/docs/problems-page.ts";

it("docs/problems.md is what the table says today (npm run docs writes it)", () => {
  expect(readFileSync("docs/problems.md", "utf8")).toBe(problemsPage());
});
