import { drawCharts } from "./charts.ts";
import { keepFresh } from "./keep-fresh.ts";
import { labelCells } from "./label-cells.ts";
import { writeLocalTimes } from "./local-times.ts";

writeLocalTimes(document);
labelCells(document);
drawCharts();
keepFresh();

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (button instanceof HTMLElement) void copy(button);
});

/** Copies what the button is for, and says so on the button. */
async function copy(button: HTMLElement): Promise<void> {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset["copy"] ?? "");
    button.textContent = "Copied";
  } catch {
    // No right to the clipboard: the text is marked, and the person copies it.
    button.parentElement?.querySelector("input")?.select();
    button.textContent = "Press Ctrl+C";
  }
  setTimeout(() => {
    button.textContent = before;
  }, 2_000);
}
