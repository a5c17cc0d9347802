/** On a phone each row of a table stands as a block: then every cell says which column it is of. */
export function labelCells(root: ParentNode): void {
  for (const table of root.querySelectorAll("table")) {
    const names = Array.from(table.querySelectorAll("thead th"), (cell) => cell.textContent ?? "");
    for (const row of table.querySelectorAll("tbody tr")) {
      for (const [index, cell] of Array.from(row.children).entries()) {
        cell.setAttribute("data-label", names[index] ?? "");
      }
    }
  }
}
