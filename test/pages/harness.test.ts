import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { launchBrowser, LOOKS, openVisitor } from "./support/browser.ts";
import { checkAccessibility, screenshot } from "./support/look-at.ts";
import { setPageStage } from "./support/page-stage.ts";

describe("the page tests' own tools", () => {
  const stage = setPageStage();

  it("opens what the gateway serves, and keeps a picture in every look", async () => {
    for (const look of LOOKS) {
      const page = await stage.open(look);
      await page.goto("/health");
      expect(await page.textContent("body")).toContain("ok");
      await screenshot(page, `health-${look.view}-${look.scheme}`);
    }
  });

  it("notes an error of a script, one in the console, and a request that is refused", async () => {
    const origin = await serveHtml(`<!doctype html><html lang="en"><title>Broken</title><script>
      console.error("said aloud"); fetch("/missing"); setTimeout(() => { throw new Error("thrown") });
    </script>`);
    const browser = await launchBrowser();
    onTestFinished(() => browser.close());

    const { page, problems } = await openVisitor(browser, origin);
    await page.goto("/", { waitUntil: "networkidle" });

    expect(problems).toContainEqual(expect.stringContaining("said aloud"));
    expect(problems).toContainEqual(expect.stringContaining("thrown"));
    expect(problems).toContainEqual(`request: GET ${origin}/missing: 404`);
  });

  it("notes a request of a script with an owner's proof in its address", async () => {
    const link = `/connect/signup_0123456789abcdef-${"0".repeat(24)}`;
    const origin = await serveHtml(`<!doctype html><title>Telltale</title><script>
      fetch(location.href); fetch("/connect/signup_0123456789abcdef/state");
    </script>`);
    const browser = await launchBrowser();
    onTestFinished(() => browser.close());

    const { page, problems } = await openVisitor(browser, origin);
    await page.goto(link, { waitUntil: "networkidle" });

    expect(problems).toEqual([`proof in an address: GET ${origin}${link}`]);
  });

  it("leaves out what a test says it provokes", async () => {
    const origin = await serveHtml(`<!doctype html><title>Refused</title><script>
      fetch("/missing");
    </script>`);
    const browser = await launchBrowser();
    onTestFinished(() => browser.close());

    const { page, problems } = await openVisitor(browser, origin, {}, [/404/]);
    await page.goto("/", { waitUntil: "networkidle" });

    expect(problems).toEqual([]);
  });

  it("finds a field without a name", async () => {
    const page = await stage.open();
    await page.setContent(
      '<!doctype html><html lang="en"><title>Form</title><main><h1>Form</h1><input></main></html>',
    );
    await expect(checkAccessibility(page)).rejects.toThrow(/label .*input/s);
    await page.setContent(
      '<!doctype html><html lang="en"><title>Form</title><main><h1>Form</h1><input aria-label="Name"></main></html>',
    );
    await checkAccessibility(page);
  });
});

/** A server with one page and nothing else. */
async function serveHtml(html: string): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url === "/missing") response.writeHead(404).end();
    else response.writeHead(200, { "content-type": "text/html" }).end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
