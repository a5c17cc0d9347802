import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { buildAssets } from "../../scripts/write-assets.ts";

it("what browsers load is built from the sources as they are (`npm run assets`)", async () => {
  const built = join(import.meta.dirname, "../../src/pages/assets/built.ts");
  expect(readFileSync(built, "utf8")).toBe(await buildAssets());
});
