import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { bundle } from "../../scripts/gateway.ts";

it("the Worker stays within its 300 kB, gzip: one `import { z }` alone is 70 of them", async () => {
  const code = await bundle(join(import.meta.dirname, "../../src/index.ts"));
  expect(gzipSync(code).length).toBeLessThan(300_000);
  // zod's own namespace export brings every language along; `import * as z` what is used.
  expect(code.includes("ltige Eingabe")).toBe(false);
});
