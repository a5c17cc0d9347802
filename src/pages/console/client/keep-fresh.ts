import { drawCharts } from "./charts.ts";
import { labelCells } from "./label-cells.ts";
import { writeLocalTimes } from "./local-times.ts";
import { morph } from "./morph.ts";

/**
 * Fetches this very page again every few seconds while it is looked at, and takes over what differs.
 * While somebody types or is about to confirm something, nothing moves: the row under a finger must
 * not become another.
 */
export function keepFresh(): void {
  const main = document.querySelector<HTMLElement>("main[data-live]");
  if (main === null) return;
  const status = document.querySelector("#freshness");
  const everyMs = Number(main.dataset["live"]);
  let failures = 0;

  const look = async (): Promise<void> => {
    // Content that was switched on in another tab is looked at once, not every few seconds.
    const isLive = main.dataset["live"] !== undefined;
    if (!isLive || document.hidden || isBusy(main)) return;
    try {
      // By the second header Cloudflare Access tells a script to answer 401 to, instead of a way out.
      const headers = { "x-live": "1", "x-requested-with": "XMLHttpRequest" };
      const response = await fetch(location.href, { headers });
      if (response.status === 401) return location.reload(); // the sign-in is over
      if (!response.ok) throw new Error(String(response.status));
      const next = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = next.querySelector("main");
      if (fresh === null || isBusy(main)) return;
      writeLocalTimes(fresh);
      labelCells(fresh);
      morph(main, fresh);
      drawCharts();
      failures = 0;
      say(status, "");
    } catch {
      failures += 1;
      say(status, failures > 1 ? "Not up to date: the gateway does not answer. Trying on." : "");
    }
  };
  const next = (): void => {
    // One look at a time, and rarer while it fails.
    setTimeout(() => void look().then(next), everyMs * Math.min(2 ** failures, 12));
  };
  next();
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void look();
  });
}

function isBusy(main: HTMLElement): boolean {
  const active = document.activeElement;
  const types = active instanceof Element && active.matches("input, select, textarea");
  return (types && main.contains(active)) || main.querySelector("details.confirm[open]") !== null;
}

function say(status: Element | null, text: string): void {
  if (status !== null && status.textContent !== text) status.textContent = text;
}
