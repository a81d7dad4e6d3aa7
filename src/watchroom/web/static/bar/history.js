// What was sent from this tab to this room, for the arrow up. Kept in the tab alone, so that it goes with it, and forgotten
// whenever something in the room is removed for ever: a password must not come back with an arrow.
const KEPT_MAX = 50;
const key = `lines ${document.body.dataset.me} ${document.getElementById("main")?.dataset.room}`;

const read = () => {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "[]");
  } catch {
    return [];
  }
};
let lines = read();
let place = lines.length;
let begun = "";

function write() {
  try {
    sessionStorage.setItem(key, JSON.stringify(lines));
  } catch {
    // A browser that stores nothing still has the lines of this page.
  }
}

export function remember(text) {
  if (text.trim() && lines.at(-1) !== text) lines = [...lines, text].slice(-KEPT_MAX);
  place = lines.length;
  write();
}

/** The line before (-1) or after (1) the one that stands there now; null where there is none. */
export function recalled(step, current) {
  if (place === lines.length) begun = current;
  const next = place + step;
  if (next < 0 || next > lines.length) return null;
  place = next;
  return place === lines.length ? begun : lines[place];
}

/** Whoever types is at the end again. */
export const typedAnew = () => { place = lines.length; };

function forget() {
  lines = [];
  place = 0;
  write();
}

export function forgetWhatIsRemoved() {
  const removed = () => document.querySelectorAll("#timeline > .k-redacted").length;
  let known = removed();
  document.addEventListener("htmx:after:swap", () => {
    if (removed() > known) forget();
    known = removed();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches('form[action="/sign-out"]')) sessionStorage.clear();
  });
}
