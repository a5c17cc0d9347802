import { readFileSync } from "node:fs";
import { join } from "node:path";
import { html, raw } from "hono/html";
import { hashOf } from "../random.ts";
import type { Business } from "../businesses.ts";
import type { Dialog, Step } from "./dialog.ts";
import type { Delivery } from "./plan-deliveries.ts";

type Html = ReturnType<typeof html>;

const CLIENT = join(import.meta.dirname, "client");
const readClient = (name: string) => readFileSync(join(CLIENT, name), "utf8");
const STYLE = readClient("style.css");
const SCRIPT = readClient("dialog.js");

/** What the script of a screen says to the page that opened the popup (client/dialog.js). */
export type Plan = {
  origin: string;
  now: Delivery[] | null;
  onLeave: Delivery[];
  handOver: string | null;
  submitAfterMs: number | null;
};

/** The screen at which a popup stands, with what was wrong with the last answer. */
export function showStep(
  dialog: Dialog,
  shops: Business[],
  plan: Plan,
  problem: string | null,
): Html {
  const { title, body } = SCREENS[dialog.step](dialog, shops);
  const path = `/popup/${dialog.id}`;
  return page(
    title,
    html`<main>
        <h1>${title}</h1>
        ${problem === null ? "" : html`<p class="problem" role="alert">${problem}</p>`}
        <form method="post" action="${path}${dialog.step === "done" ? "/finish" : ""}">
          <input type="hidden" name="step" value="${dialog.step}" />
          ${body}
        </form>
      </main>
      <div class="ways-out">
        <form method="post" action="${path}/leave"><button>Cancel</button></form>
        <form method="post" action="${path}/report"><button>Report a problem</button></form>
      </div>`,
    plan,
  );
}

/** The popup has come to its end: says what there is to say, and closes. */
export function showEnd(plan: Plan): Html {
  const isSilent = plan.now === null;
  return page(
    isSilent ? "Meta does not answer" : "This window closes",
    html`<main>
      <h1>${isSilent ? "Meta does not answer" : "This window closes"}</h1>
      <output>${isSilent ? "This popup is set to say nothing to its page." : ""}</output>
    </main>`,
    plan,
  );
}

/** A popup that may not begin. */
export function showRefusal(problem: string): Html {
  return page(
    "This signup cannot begin",
    html`<main>
      <h1>This signup cannot begin</h1>
      <p class="problem" role="alert">${problem}</p>
    </main>`,
    null,
  );
}

/** A frame of another origin, which says something to the page that opened the popup. */
export function showElsewhere(target: string, data: unknown): Html {
  const script = `top.opener.postMessage(${escapeScript(JSON.stringify(data))}, ${escapeScript(JSON.stringify(target))});
    parent.postMessage("said", "*");`;
  return html`<!doctype html>
    <html lang="en">
      <title>Elsewhere</title>
      <script>
        ${raw(script)};
      </script>
    </html>`;
}

function page(title: string, body: Html, plan: Plan | null): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title} (simulated)</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <p class="notice">
          A simulator plays Meta's signup here. Nothing is real, nobody is asked.
        </p>
        ${body}
        ${
          plan === null
            ? ""
            : html`<script type="application/json" id="plan">
                  ${raw(escapeScript(JSON.stringify(plan)))}
                </script>
                <script>
                  ${raw(SCRIPT)};
                </script>`
        }
      </body>
    </html>`;
}

/** JSON that cannot end the script it stands in. */
function escapeScript(json: string): string {
  return json.replaceAll("<", String.raw`\u003c`);
}

type Screen = (dialog: Dialog, shops: Business[]) => { title: string; body: Html };

const next = (label = "Next") => html`<button class="main">${label}</button>`;

const SCREENS: Record<Step, Screen> = {
  login: () => ({
    title: "Log in with Facebook",
    body: html`<p>An app asks to connect a WhatsApp account of yours.</p>
      ${next("Continue")}`,
  }),
  assets: (_dialog, shops) => {
    const groups = groupsOf(shops);
    // Who opens this window has a number to connect, so one that is connected is the last to offer.
    const offered = groups.find((shop) => !shop.isShared) ?? groups[0];
    return {
      title: "Choose an asset group",
      body: html`<fieldset>
          <legend>Where the business's accounts are kept</legend>
          ${groups.map((shop) => choice("assets", shop.wabaId, shop.verifiedName, shop === offered))}
          ${choice("assets", "new", "Create a new asset group", offered === undefined)}
        </fieldset>
        ${next()}`,
    };
  },
  account: () => ({
    title: "Choose a WhatsApp account",
    body: html`<fieldset>
        <legend>Which number the app may use</legend>
        ${choice("branch", "app", "Connect the WhatsApp Business app", true)}
        ${choice("branch", "number", "Add a new number", false)}
        ${choice("branch", "none", "Add no number now", false)}
      </fieldset>
      ${next()}`,
  }),
  profile: (dialog) => ({
    title: "Describe the business",
    body: html`<label
        >Business name <input type="text" name="name" value="${dialog.name}" autocomplete="off"
      /></label>
      ${next()}`,
  }),
  number: (dialog, shops) => {
    const shop = shops.find(({ wabaId }) => wabaId === dialog.assets);
    const number = dialog.branch === "app" && shop ? `+${shop.displayPhoneNumber}` : "";
    return {
      title: "Enter the number",
      body: html`<label
          >Phone number with country code
          <input type="tel" name="phone" value="${number}" autocomplete="off"
        /></label>
        ${next()}`,
    };
  },
  scan: (dialog) => ({
    title: "Scan the QR code",
    body: html`${qrCode(dialog.id)}
      <p>A message came to the WhatsApp Business app: open it there and scan this code.</p>
      ${next("As if scanned")}`,
  }),
  phone: () => ({
    title: "On the phone",
    body: html`<div class="phone">
      <p>Your chats stay on this phone. The app's partner will see new ones too.</p>
      ${next("Connect to the Business Platform")}
    </div>`,
  }),
  history: () => ({
    title: "Share the chat history?",
    body: html`<div class="phone">
      <p>Chats of the last 180 days can go to the partner, without groups.</p>
      <button class="main" name="share" value="yes">Share history</button>
      <button name="share" value="no">Do not share</button>
    </div>`,
  }),
  rescan: (dialog) => ({
    title: "Scan the QR code once more",
    body: html`${qrCode(`${dialog.id} again`)}
      <p>This number was connected before, so its owner is asked again.</p>
      ${next("As if scanned")}`,
  }),
  confirm: (dialog) => ({
    title: "Confirm the account",
    body: html`<dl>
        <dt>Business</dt>
        <dd>${dialog.business?.verifiedName ?? dialog.name}</dd>
        <dt>Number</dt>
        <dd>${dialog.business ? `+${dialog.business.displayPhoneNumber}` : "none"}</dd>
        ${
          dialog.branch === "app"
            ? html`<dt>History</dt>
                <dd>${dialog.sharesHistory ? "shared" : "not shared"}</dd>`
            : ""
        }
      </dl>
      ${next("Confirm")}`,
  }),
  wait: () => ({
    title: "Connecting the account",
    body: html`<p role="status">This takes a moment.</p>
      ${next("Go on")}`,
  }),
  done: () => ({
    title: "The account is connected",
    body: html`<p>The phone shows it too. This window can be closed.</p>
      ${next("Finish")}`,
  }),
};

/** One of a WABA's numbers stands for its asset group. */
function groupsOf(shops: Business[]): Business[] {
  return shops.filter(
    ({ wabaId }, index) => shops.findIndex((shop) => shop.wabaId === wabaId) === index,
  );
}

function choice(name: string, value: string, label: string, isChosen: boolean): Html {
  return html`<label class="choice"
    ><input type="radio" name="${name}" value="${value}" ${isChosen ? raw("checked") : ""} />
    ${label}</label
  >`;
}

const QR_SIZE = 25;

/** Drawn from the seed to look like one; it says nothing to a camera. */
function qrCode(seed: string): Html {
  const cells: string[] = [];
  for (let y = 0; y < QR_SIZE; y++) {
    for (let x = 0; x < QR_SIZE; x++) {
      if (isDark(seed, x, y)) cells.push(`M${x} ${y}h1v1h-1z`);
    }
  }
  return html`<svg
    class="qr"
    viewBox="-2 -2 ${QR_SIZE + 4} ${QR_SIZE + 4}"
    role="img"
    aria-label="A drawn QR code, not a real one"
  >
    <path d="${cells.join("")}" fill="#000" />
  </svg>`;
}

/** Three corners with an eye each, and noise. */
function isDark(seed: string, x: number, y: number): boolean {
  const far = QR_SIZE - 1;
  const eyes: [number, number][] = [
    [x, y],
    [far - x, y],
    [x, far - y],
  ];
  for (const [dx, dy] of eyes) {
    if (dx > 7 || dy > 7) continue;
    const ring = Math.max(Math.abs(dx - 3), Math.abs(dy - 3));
    return ring < 2 || ring === 3;
  }
  return hashOf(seed, `${x},${y}`) % 2 === 0;
}
