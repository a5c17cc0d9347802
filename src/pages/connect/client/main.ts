import { ask, doorsOf, knock } from "./doors.ts";
import { loadSdk } from "./facebook-sdk.ts";
import { showGuide, turnCard } from "./guide.ts";
import { Signup } from "./signup.ts";
import type { Bar, PageState } from "./doors.ts";
import type { FacebookSdk } from "./facebook-sdk.ts";

/*
 * The server writes every view; this script opens Meta's window, tells the doors what it said, and
 * fetches the page anew when the session has moved on, in this tab or in another.
 */

const POLL_MS = 2_000;
/** Nothing moves by itself while the owner reads or walks through Meta's window. */
const QUIET_POLL_MS = 5_000;
const QUIET_VIEWS = ["start", "ready", "phone", "confirm"];

const settings = mainElement().dataset;
const link = settings["link"] ?? "";
const doors = doorsOf(link);
let sdk: FacebookSdk | null = null;
/** What the browser noticed by itself; it outlives a view that is fetched anew. */
let noticed: string | null = null;

if (link !== "") {
  const signup = new Signup({
    doors,
    sdkUrl: settings["sdk"] ?? "",
    onChange: () => void refresh(signup),
    onLost: (problem) => {
      showGuide(false);
      showLocal(problem);
    },
  });
  document.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    if (form.id === "number") void sendNumber(form, signup);
    if (form.id === "login") openMeta(signup);
    if (form.id === "confirm") void sendConfirmation(form, signup);
  });
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-action]");
    const action = button?.dataset["action"];
    if (action === "card-next") turnCard(1);
    if (action === "card-back") turnCard(-1);
    if (action === "login") openMeta(signup);
    if (action === "share") void navigator.share({ url: linkField().value }).catch(() => undefined);
    if (action === "copy") void copyLink();
    if (action === "again") void refresh(signup);
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void refresh(signup);
  });
  prepare();
  void poll(signup);
}

/** Whatever a view needs once it stands. */
function prepare(): void {
  const view = mainElement().dataset["view"] ?? "";
  if (view === "ready" && sdk === null) void fetchSdk();
  const share = document.querySelector<HTMLElement>('[data-action="share"]');
  if (share !== null) share.hidden = !("share" in navigator);
  suggestZone();
  if (noticed !== null) showLocal(noticed);
}

async function fetchSdk(): Promise<void> {
  if (settings["config"] === "") return showLocal("not_configured");
  try {
    sdk = await loadSdk({
      url: settings["sdk"] ?? "",
      appId: settings["app"] ?? "",
      version: settings["version"] ?? "",
    });
    hideLocal();
    setBusyText(false);
  } catch {
    showLocal("sdk");
    setBusyText(false);
    void ask(doors, "event", { kind: "blocked", code: "sdk" });
  }
}

/** In the click itself: after a pause the browser would block the window. */
function openMeta(signup: Signup): void {
  if (sdk === null) {
    setBusyText(true);
    void fetchSdk();
    return;
  }
  hideLocal();
  void signup.open(sdk, settings["config"] ?? "").then((isOpen) => {
    if (isOpen) return showGuide(true);
    showGuide(false);
    showLocal("popup_blocked");
  });
}

async function sendNumber(form: HTMLFormElement, signup: Signup): Promise<void> {
  const field = form.elements.namedItem("number") as HTMLInputElement;
  const refusal = form.querySelector<HTMLElement>(".refusal");
  const number = field.value.trim();
  if (number === "") return field.focus();
  const isDone = setBusy(form);
  const answer = await ask<{ ok: boolean; words?: string }>(doors, "number", { number });
  isDone();
  if (answer.kind === "ok" && answer.body.ok) return refresh(signup);
  if (answer.kind === "offline") return showLocal("offline");
  const words = answer.kind === "ok" ? (answer.body.words ?? "") : answer.detail;
  if (refusal !== null) refusal.textContent = words;
  field.setAttribute("aria-invalid", "true");
  field.focus();
}

async function sendConfirmation(form: HTMLFormElement, signup: Signup): Promise<void> {
  const data = new FormData(form);
  const picked = data.get("phone_number_id");
  const isDone = setBusy(form);
  const answer = await ask(doors, "confirm", {
    timezone: data.get("timezone"),
    ...(picked === null ? {} : { phone_number_id: picked }),
    sync: { contacts: data.has("contacts"), history: data.has("history") },
  });
  isDone();
  if (answer.kind === "offline") return showLocal("offline");
  await refresh(signup);
  const refusal = document.getElementById("confirm-refusal");
  if (answer.kind === "refused" && refusal !== null) refusal.textContent = answer.detail;
}

async function poll(signup: Signup): Promise<void> {
  for (;;) {
    const view = mainElement().dataset["view"] ?? "";
    const pause = QUIET_VIEWS.includes(view) ? QUIET_POLL_MS : POLL_MS;
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (!document.hidden && view !== "expired") await refresh(signup);
  }
}

/** Asks for the state; fetches the page where it shows something else. */
async function refresh(signup: Signup): Promise<void> {
  const answer = await ask(doors, "state");
  if (answer.kind !== "ok") return;
  const main = mainElement();
  const isSame = main.dataset["stamp"] === answer.body.stamp;
  if (!isSame && main.dataset["view"] === "phone" && isBeforePopup(answer.body)) return;
  // While Meta's window is open here, its end is what moves the page, or another tab's.
  if (isSame) {
    if (!signup.isOpen) showGuide(false);
    moveBars(answer.body.progress);
    return;
  }
  if (signup.isOpen && isBeforePopup(answer.body)) return;
  await replaceMain();
}

function isBeforePopup({ view }: PageState): boolean {
  return view === "start" || view === "ready";
}

async function replaceMain(): Promise<void> {
  let text: string;
  try {
    text = await (await knock(doors, `page${location.search}`)).text();
  } catch {
    return; // the next poll tries again
  }
  const next = new DOMParser().parseFromString(text, "text/html").querySelector("main");
  const old = mainElement();
  if (next === null || next.dataset["stamp"] === old.dataset["stamp"]) return;
  const ticked = [...old.querySelectorAll<HTMLInputElement>("#login input:checked")];
  const isSameView = next.dataset["view"] === old.dataset["view"];
  if (!isSameView) noticed = null;
  old.replaceWith(next);
  for (const { id } of ticked) {
    const box = document.getElementById(id);
    if (box instanceof HTMLInputElement) box.checked = true;
  }
  prepare();
  const target = isSameView ? next.querySelector<HTMLElement>(".problem[data-problem]") : null;
  target?.setAttribute("tabindex", "-1");
  (target ?? next.querySelector<HTMLElement>("h1"))?.focus();
  window.scrollTo({ top: 0 });
}

function moveBars(progress: PageState["progress"]): void {
  for (const [id, bar] of Object.entries<Bar | null>(progress)) {
    const shown = document.querySelector<HTMLElement>(`[data-bar="${id}"]`);
    if (shown === null || bar === null) continue;
    const meter = shown.querySelector("progress");
    if (bar.percent === null) meter?.removeAttribute("value");
    else if (meter !== null) meter.value = bar.percent;
    write(shown.querySelector("[data-figure]"), bar.figure);
    write(shown.querySelector("[data-text]"), bar.text);
    shown.className = `bar ${bar.tone}`;
  }
  const note = document.querySelector<HTMLElement>("[data-moving]");
  if (note !== null) note.hidden = document.querySelector(".bar.moving") === null;
}

/** Only what changed: a screen reader reads each write aloud. */
function write(element: Element | null, text: string): void {
  if (element !== null && element.textContent !== text) element.textContent = text;
}

/** This computer stands where the shop is, most likely. */
function suggestZone(): void {
  const zone = document.querySelector<HTMLSelectElement>("#timezone");
  if (zone === null || !("suggest" in zone.dataset)) return;
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if ([...zone.options].some((option) => option.value === here)) zone.value = here;
}

async function copyLink(): Promise<void> {
  const field = linkField();
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    return; // it is selected: to copy it by hand is one key
  }
  const said = document.querySelector<HTMLElement>("[data-copied]");
  if (said !== null) said.textContent = said.dataset["copied"] ?? "";
}

function showLocal(id: string): void {
  noticed = id;
  // The session only knows that no window came; this says why.
  const told = document.querySelector<HTMLElement>('[data-problem="popup_blocked"]');
  if (told !== null) told.hidden = true;
  for (const box of document.querySelectorAll<HTMLElement>("[data-local]")) {
    box.hidden = box.dataset["local"] !== id;
  }
  document.querySelector(`[data-local="${id}"]`)?.scrollIntoView({ block: "center" });
}

function hideLocal(): void {
  noticed = null;
  for (const box of document.querySelectorAll<HTMLElement>("[data-local]")) box.hidden = true;
}

function setBusyText(isBusy: boolean): void {
  const said = document.querySelector<HTMLElement>("[data-busy-text]");
  if (said !== null) said.hidden = !isBusy;
}

/** @returns puts the button back */
function setBusy(form: HTMLFormElement): () => void {
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
  const words = button?.textContent ?? "";
  if (button !== null) {
    button.disabled = true;
    button.textContent = button.dataset["busy"] ?? words;
  }
  return () => {
    if (button === null) return;
    button.disabled = false;
    button.textContent = words;
  };
}

function mainElement(): HTMLElement {
  const main = document.querySelector("main");
  if (main === null) throw new Error("The page has no main.");
  return main;
}

function linkField(): HTMLInputElement {
  return document.getElementById("link") as HTMLInputElement;
}
