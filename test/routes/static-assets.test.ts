import { expect, it } from "vitest";
import { ASSETS } from "../../src/pages/assets/built.ts";
import { call } from "../support/seed.ts";

it("serves what the pages load, to be kept for ever", async () => {
  for (const address of Object.values(ASSETS)) {
    const response = await call(address);
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toContain("immutable");
    expect(response.headers.get("content-type")).toMatch(/^text\/(javascript|css)/);
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await response.text()).not.toBe("");
  }
});
