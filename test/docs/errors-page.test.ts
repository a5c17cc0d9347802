import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { errorsPage } from "../../scripts/docs/errors-page.ts";

it("docs/errors.md is what the catalogue says today (npm run docs writes it)", () => {
  expect(readFileSync("docs/errors.md", "utf8")).toBe(errorsPage());
});
