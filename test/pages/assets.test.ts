import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { buildAssets } from "../../scripts/write-assets.ts";

const ROOT = join(import.meta.dirname, "../..");

it("what browsers load is built from the sources as they are (`npm run assets`)", async () => {
  const { files, module } = await buildAssets();
  expect(readFileSync(join(ROOT, "src/pages/assets/built.ts"), "utf8")).toBe(module);
  const folder = join(ROOT, "public/assets");
  expect(readdirSync(folder).sort()).toEqual([...files.keys()].sort());
  for (const [name, text] of files) expect(readFileSync(join(folder, name), "utf8")).toBe(text);
});
