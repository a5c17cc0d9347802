import { describe, expect, it } from "vitest";
import { seedSender } from "../support/seed.ts";
import { signIn } from "../support/console.ts";

describe("the console's pages", () => {
  it.each([
    "",
    "/senders",
    "/connect",
    "/signups",
    "/partners",
    "/left-over",
    "/audit",
    "/secrets",
  ])("/console%s opens on an empty gateway and with a sender", async (path) => {
    const visitor = await signIn();
    expect(await visitor.read(`/console${path}`)).toContain("<h1>");
    const { number } = await seedSender();
    const html = await visitor.read(`/console${path}`);
    expect(html).toContain("<h1>");
    if (path === "/senders") expect(html).toContain(number.phone);
  });

  it("shows a sender in full", async () => {
    await seedSender();
    const visitor = await signIn();
    const html = await visitor.read("/console/senders/1");
    expect(html).toContain("Windows open");
    await visitor.read("/console/senders/1/conversations");
  });
});
