import { tmpdir } from "node:os";
import { join } from "node:path";
import packed from "@sparticuz/chromium";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, Page } from "playwright-core";

const ANDROID =
  "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Mobile Safari/537.36";

const WITH_PROOF = /signup_[0-9a-z]{16}(-|%2d)[0-9a-f]{24}/i;

/** The two sizes that pages are looked at in. */
const VIEWS = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
    userAgent: ANDROID,
  },
} as const;

export interface Look {
  view: keyof typeof VIEWS;
  scheme: "light" | "dark";
}

/** Every look a page is to be good in. */
export const LOOKS: readonly Look[] = [
  { view: "desktop", scheme: "light" },
  { view: "desktop", scheme: "dark" },
  { view: "phone", scheme: "light" },
  { view: "phone", scheme: "dark" },
];

/** A visitor: a browser profile of its own with one tab open, and all that went wrong in its tabs. */
export interface Visitor {
  page: Page;
  context: BrowserContext;
  /** What `checkVisitor` complains about. */
  problems: string[];
}

/**
 * The browser that comes with the packages, unpacked once into the temporary folder.
 *
 * Its own list of flags is left out: it switches off web security and runs everything in one process,
 * and then no test sees whether origins, CSP and COOP hold.
 */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = await packed.executablePath();
  return chromium.launch({
    executablePath,
    headless: true,
    args: ["--font-render-hinting=none", "--disable-gpu"],
    // A machine without fonts has those of the package.
    env: { ...process.env, FONTCONFIG_PATH: join(tmpdir(), "fonts") },
  });
}

/**
 * Opens a tab in a fresh profile and notes what goes wrong in it and in the windows it opens: errors
 * in the console, errors of scripts, requests to `ownOrigin` that fail or answer with 4xx or 5xx, and
 * such as have the proof of an owner's link in their address and load no page: lines that the gateway
 * logs under them would stand beside it at Cloudflare.
 *
 * @param expected what a test provokes; a problem that one of these matches is not noted
 */
export async function openVisitor(
  browser: Browser,
  ownOrigin: string,
  { view = "desktop", scheme = "light" }: Partial<Look> = {},
  expected: readonly RegExp[] = [],
): Promise<Visitor> {
  const context = await browser.newContext({
    ...VIEWS[view],
    baseURL: ownOrigin,
    colorScheme: scheme,
    locale: "en-US",
    reducedMotion: "reduce",
  });
  const problems: string[] = [];
  const note = (problem: string) => {
    if (!expected.some((pattern) => pattern.test(problem))) problems.push(problem);
  };
  const isOwn = (url: string) => URL.canParse(url) && new URL(url).origin === ownOrigin;

  context.on("console", (message) => {
    if (message.type() === "error") note(`console: ${message.text()} (${message.location().url})`);
  });
  context.on("weberror", (thrown) => {
    const error = thrown.error();
    note(`script: ${error.stack ?? error.message}`);
  });
  context.on("request", (request) => {
    if (WITH_PROOF.test(request.url()) && !request.isNavigationRequest()) {
      note(`proof in an address: ${request.method()} ${request.url()}`);
    }
  });
  context.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "failed";
    // A page that is left takes its open requests with it.
    if (isOwn(request.url()) && reason !== "net::ERR_ABORTED") {
      note(`request: ${request.method()} ${request.url()}: ${reason}`);
    }
  });
  context.on("response", (response) => {
    if (isOwn(response.url()) && response.status() >= 400) {
      note(`request: ${response.request().method()} ${response.url()}: ${response.status()}`);
    }
  });
  return { page: await context.newPage(), context, problems };
}
