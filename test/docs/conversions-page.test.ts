import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CONVERSION_NAMES } from "../../src/meta/conversion-names.ts";

it("docs/conversions.md names every conversion that may be reported, and no other", () => {
  const page = readFileSync("docs/conversions.md", "utf8");
  const [row = ""] = page.split("\n").filter((line) => line.startsWith("| `name`"));
  const named = [...(row.split("Meta takes no others")[0] ?? "").matchAll(/`([A-Z]\w+)`/g)];
  expect(named.map(([, name]) => name)).toEqual([...CONVERSION_NAMES]);
});
