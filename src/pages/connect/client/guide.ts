/** The steps beside Meta's window, one card at a time; the list of all steps follows. */
export function showCard(at: number): void {
  const cards = [...document.querySelectorAll<HTMLElement>("[data-card]")];
  const shown = Math.max(0, Math.min(cards.length - 1, at));
  for (const [index, card] of cards.entries()) card.hidden = index !== shown;
  setDisabled("card-back", shown === 0);
  setDisabled("card-next", shown === cards.length - 1);
  markStep(cards[shown]?.dataset["card"] ?? "");
}

/** Moves one card on or back. */
export function turnCard(by: 1 | -1): void {
  const cards = [...document.querySelectorAll<HTMLElement>("[data-card]")];
  showCard(cards.findIndex((card) => !card.hidden) + by);
  document.querySelector<HTMLElement>("[data-card]:not([hidden])")?.focus();
}

/** Shows the guide in place of the form, or the form again. */
export function showGuide(isOpen: boolean): void {
  const guide = document.getElementById("guide");
  const before = document.getElementById("before");
  if (guide === null || before === null || guide.hidden !== isOpen) return;
  guide.hidden = !isOpen;
  before.hidden = isOpen;
  showCard(0);
  (isOpen ? guide : before).querySelector<HTMLElement>("h1")?.focus();
}

/** The step where the owner is, in the list of all; its words stand on the card meanwhile. */
function markStep(id: string): void {
  const isOnCard = document.getElementById("guide")?.hidden === false;
  const steps = [...document.querySelectorAll<HTMLElement>("[data-step]")];
  const at = steps.findIndex((step) => step.dataset["step"] === id);
  for (const [index, step] of steps.entries()) {
    step.classList.toggle("is-done", index < at);
    step.classList.toggle("is-current", index === at);
    if (index === at) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
    const details = step.querySelector("details");
    if (details !== null) details.open = index === at && !isOnCard;
  }
  const count = document.querySelector<HTMLElement>(`[data-card="${id}"]`)?.dataset["count"];
  const shown = document.querySelector<HTMLElement>(".content > .count");
  const bar = shown?.querySelector("progress");
  if (shown === null || bar === null || bar === undefined || count === undefined) return;
  bar.value = at + 1;
  shown.replaceChildren(`${count} `, bar);
}

function setDisabled(action: string, isDisabled: boolean): void {
  const button = document.querySelector<HTMLButtonElement>(`[data-action="${action}"]`);
  if (button !== null) button.disabled = isDisabled;
}
