/** What people have done to an element themselves, which no fresh page knows of. */
const OWN_ATTRIBUTES = new Set(["open"]);

/**
 * Makes an element like another of a fresh page by the least changes, so that focus, open tables and
 * scroll stay where they are. Fields keep what was typed; charts are drawn by their own script.
 */
export function morph(old: Element, fresh: Element): void {
  if (old.tagName !== fresh.tagName || old.id !== fresh.id) {
    old.replaceWith(document.importNode(fresh, true));
    return;
  }
  if (old.matches("input, select, textarea")) return;
  copyAttributes(old, fresh);
  if (old.matches(".chart, .readout")) return;
  const now = [...old.childNodes];
  const then = [...fresh.childNodes];
  for (const [index, node] of then.entries()) {
    const own = now[index];
    if (own === undefined) old.append(document.importNode(node, true));
    else if (own instanceof Element && node instanceof Element) morph(own, node);
    else if (own.nodeType !== node.nodeType) own.replaceWith(document.importNode(node, true));
    else if (own.nodeValue !== node.nodeValue) own.nodeValue = node.nodeValue;
  }
  for (const node of now.slice(then.length)) node.remove();
}

function copyAttributes(old: Element, fresh: Element): void {
  for (const { name } of Array.from(old.attributes)) {
    if (!fresh.hasAttribute(name) && !OWN_ATTRIBUTES.has(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !OWN_ATTRIBUTES.has(name))
      old.setAttribute(name, value);
  }
}
