// Nothing jumps under the hand. While somebody points or types, panels that changed wait until the hand rests, a few seconds
// at most; what is said in the timeline comes at once. And whatever changes, what is under the pointer or has the keyboard
// keeps its place: its column scrolls by as much as it was moved, or gets room where it cannot scroll.
const REST_MS = 900;
const HELD_MS_MAX = 5000;
const OWN_MS = 3000;

const stream = document.getElementById("stream");
const held = new Map();
let pointer = null;
let movedAt = -Infinity;
let heldSince = 0;
let ownUntil = 0;
let timer = 0;
let anchors = [];

const narrow = () => matchMedia("(max-width: 1100px)").matches;
// Where the page scrolls as a whole, it is one column.
const columns = () => [...document.querySelectorAll(narrow() ? "main.cols" : "main.cols .stack")];
const PARTS = ".panel:not(.mid), .ev";

/** Whether the pointer or the keyboard is in there. */
export const handIn = (element) => element.matches(":hover") || (element.contains(document.activeElement) && document.activeElement !== document.body);

const moving = () => performance.now() - movedAt < REST_MS && performance.now() > ownUntil;

/** Whether what would move the page waits for the hand. */
export const waits = () => moving() && (!heldSince || performance.now() - heldSince < HELD_MS_MAX);

/** Whether somebody has just done something themselves, whose outcome they wait for. */
export const acted = () => performance.now() < ownUntil;

function underPointer(column) {
  if (!pointer) return null;
  const element = document.elementFromPoint(pointer.x, pointer.y);
  return element && column.contains(element) && element !== column ? element : null;
}

/** What keeps its place in a column: what is pointed at, else what has the keyboard, else the first thing that is seen. */
function anchorsOf(column, chosen) {
  const focused = column.contains(document.activeElement) && document.activeElement !== column ? document.activeElement : null;
  const top = narrow() ? 0 : column.getBoundingClientRect().top;
  const own = (chosen && column.contains(chosen) ? chosen : null) ?? underPointer(column) ?? focused;
  const element = own ?? [...column.querySelectorAll(PARTS)].find((part) => part.getBoundingClientRect().bottom > top + 1);
  const around = [];
  for (let each = element; each && each !== column; each = each.parentElement) {
    if (each === element || each.id) around.push({ element: each, id: each.id, top: each.getBoundingClientRect().top });
  }
  return around;
}

function remember(chosen) {
  anchors = columns().map((column) => [column, anchorsOf(column, chosen)]);
}

/** After a swap and all that follows from it: puts each column back to where its anchor was; the first of the anchor and its surroundings that is still there counts. */
export function settle() {
  for (const [column, around] of anchors) {
    const scroller = narrow() ? document.scrollingElement : column;
    for (const { element, id, top } of around) {
      const now = element.isConnected ? element : id && document.getElementById(id);
      if (!now || !now.checkVisibility()) continue;
      const by = now.getBoundingClientRect().top - top;
      if (Math.abs(by) < 0.5) break;
      scroller.scrollTop += by;
      const left = now.getBoundingClientRect().top - top;
      if (Math.abs(left) >= 0.5 && handIn(column)) pad(column, scroller, left);
      break;
    }
  }
  anchors = [];
}

function pad(column, scroller, left) {
  const side = left < 0 ? "paddingTop" : "paddingBottom";
  const room = parseFloat(getComputedStyle(column)[side]) || 0;
  column.style[side] = `${room + Math.abs(left)}px`;
  if (left > 0) scroller.scrollTop += left;
}

/** Changes the page, and whatever the hand is at stays where it is; `chosen` names it where that is known. */
export function steadily(change, chosen = null) {
  remember(chosen);
  change();
  settle();
}

const panelOf = (task) => {
  const target = typeof task.target === "string" ? task.target : task.target?.id && `#${task.target.id}`;
  return target?.startsWith("#panel-") ? target : null;
};

function hold({ detail: { ctx, tasks } }) {
  for (const task of [...tasks]) {
    const panel = panelOf(task);
    if (!panel || task.released) continue;
    held.delete(panel);
    if (ctx.released || !waits()) continue;
    const kept = document.createElement("template");
    kept.content.append(task.fragment.cloneNode(true));
    held.set(panel, kept.innerHTML);
    tasks.splice(tasks.indexOf(task), 1);
  }
  if (held.size && !heldSince) heldSince = performance.now();
  if (held.size) later();
  remember(null);
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(() => (waits() ? later() : release()), 120);
}

/** What waited comes in, all at once. */
function release() {
  clearTimeout(timer);
  heldSince = 0;
  if (!held.size) return;
  const text = [...held].map(([panel, html]) => `<hx-partial hx-target="${panel}" hx-swap="outerMorph">${html}</hx-partial>`).join("");
  held.clear();
  htmx.swap({ sourceElement: stream, target: stream, swap: "none", text, request: {}, released: true });
}

export function watchHand() {
  if (!stream || !document.querySelector("main.cols")) return;
  // One keeps things in place, and it is this: two would each scroll by what the other has scrolled already.
  document.documentElement.style.overflowAnchor = "none";
  const note = (event) => {
    if (event.type.startsWith("pointer")) pointer = { x: event.clientX, y: event.clientY };
    movedAt = performance.now();
  };
  for (const kind of ["pointermove", "pointerdown", "keydown", "input"]) document.addEventListener(kind, note, { passive: true, capture: true });
  document.documentElement.addEventListener("pointerleave", () => { pointer = null; });
  for (const column of document.querySelectorAll("main.cols, main.cols .stack")) {
    // Room that was made to keep something in its place goes once nobody is there.
    column.addEventListener("pointerleave", () => {
      column.style.paddingTop = "";
      column.style.paddingBottom = "";
    });
  }
  // What somebody does themselves they want to see at once.
  document.addEventListener("htmx:config:request", ({ detail }) => {
    if (detail.ctx.sourceElement === stream) return;
    ownUntil = performance.now() + OWN_MS;
    release();
  });
  document.addEventListener("htmx:before:swap", hold);
}
