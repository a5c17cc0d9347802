const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** Writes every instant in the viewer's own zone and language; the exact one stays in the title. */
export function writeLocalTimes(root: ParentNode): void {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = Date.parse(time.getAttribute("datetime") ?? "");
    if (!Number.isNaN(at)) time.textContent = format.format(at);
  }
}
