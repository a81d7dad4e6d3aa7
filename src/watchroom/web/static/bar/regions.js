// F6 goes from part to part of the room (source: the key by which desktop programs and browsers change panes), so that nobody
// tabs through three columns of buttons to get to the fourth.
const PARTS = ["#panel-strip", "#now", "#room .scroll", "#work", "#line"];

const reachable = (part) => (part.tabIndex >= 0 ? part : part.querySelector("button, summary, a[href], input"));

export function prepareRegions() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F6" || event.ctrlKey || event.metaKey || event.altKey) return;
    const parts = PARTS.map((part) => document.querySelector(part)).filter((part) => part?.checkVisibility());
    if (!parts.length) return;
    event.preventDefault();
    const at = parts.findIndex((part) => part.contains(document.activeElement));
    const step = event.shiftKey ? -1 : 1;
    const next = at < 0 ? (event.shiftKey ? parts.length - 1 : 0) : (at + step + parts.length) % parts.length;
    const target = reachable(parts[next]);
    target?.focus();
    target?.scrollIntoView({ block: "nearest" });
  });
}
