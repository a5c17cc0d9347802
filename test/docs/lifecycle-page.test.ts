import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { lifecyclePage } from "../../scripts/docs/lifecycle-page.ts";

it("docs/lifecycle.md is what the table says today (npm run docs writes it)", () => {
  expect(readFileSync("docs/lifecycle.md", "utf8")).toBe(lifecyclePage());
});
