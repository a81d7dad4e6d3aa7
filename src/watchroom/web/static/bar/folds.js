// Panels fold to one line (web/room/folding.py says which): by a click on their name, by the arrows on it, and by what is
// alive. One that wakes opens by itself only where nobody's hand is; what somebody chose stays as they chose it.
import { acted, handIn, steadily } from "../hand.js";

const YEAR_S = 365 * 86_400;
const main = document.querySelector("main[data-folded]");
const me = document.body.dataset.me;

const folded = () => new Set(main.dataset.folded.split(" ").filter(Boolean));
const name = (panel) => panel.id.replace("panel-", "");
const panels = () => [...document.querySelectorAll("[data-folds]")];

let choices = new Map();
let wasAlive = new Map();

function read() {
  const cookie = document.cookie.split("; ").find((each) => each.startsWith(`${main.dataset.foldsCookie}=`));
  const said = cookie?.split("=")[1] ?? "";
  choices = new Map(said.split("-").filter(Boolean).map((each) => each.split(".")).map(([panel, open]) => [panel, open === "1"]));
}

function keep() {
  const said = [...choices].map(([panel, open]) => `${panel}.${open ? 1 : 0}`).join("-");
  document.cookie = `${main.dataset.foldsCookie}=${said}; Path=/incidents; Max-Age=${YEAR_S}; SameSite=Lax${location.protocol === "https:" ? "; Secure" : ""}`;
}

/** Whether a panel is open as long as nobody has said otherwise. */
function opens(panel) {
  const roles = [...document.querySelectorAll("#panel-strip .seat")]
    .filter((seat) => seat.querySelector(`summary [data-person="${CSS.escape(me)}"]`)).map((seat) => seat.id.replace("role-", ""));
  const wanted = panel.dataset.folds.split(" ");
  return panel.dataset.alive === "true" && (!roles.length || roles.some((role) => wanted.includes(role)));
}

function show(panel, open) {
  const now = folded();
  if (open) now.delete(name(panel));
  else now.add(name(panel));
  main.dataset.folded = [...now].join(" ");
  panel.querySelector(".fold")?.setAttribute("aria-expanded", String(open));
}

function choose(panel, open) {
  steadily(() => show(panel, open), panel.querySelector("h2"));
  if (open === opens(panel)) choices.delete(name(panel));
  else choices.set(name(panel), open);
  keep();
}

/** A panel in which something is typed or opened stays as it is; what somebody does themselves opens it under their hand. */
const inUse = (panel, open) => panel.querySelector("form[data-dirty], details.more[open]") !== null || (handIn(panel) && !(open && acted()));

/** After each swap, and once a second for those where a hand was: what woke opens, what fell quiet folds, where nobody's hand is. */
export function follow() {
  if (!main) return;
  const waiting = [];
  for (const panel of panels()) {
    const open = opens(panel);
    if (!choices.has(name(panel)) && open !== wasAlive.get(name(panel))) {
      if (inUse(panel, open)) continue;
      waiting.push([panel, open]);
    }
    wasAlive.set(name(panel), open);
  }
  if (waiting.length) steadily(() => { for (const [panel, open] of waiting) show(panel, open); });
  const now = folded();
  for (const panel of panels()) panel.querySelector(".fold").setAttribute("aria-expanded", String(!now.has(name(panel))));
}

/** Opens the panel around what somebody is led to. */
export function unfold(element) {
  const panel = element.closest("[data-folds]");
  if (panel && main && folded().has(name(panel))) show(panel, true);
}

export function prepareFolds() {
  if (!main) return;
  read();
  for (const panel of panels()) {
    wasAlive.set(name(panel), opens(panel));
    // The page may come from the browser's own store, made before the last choice.
    if (choices.has(name(panel)) && choices.get(name(panel)) === folded().has(name(panel))) show(panel, choices.get(name(panel)));
  }
  follow();
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".fold");
    if (button) choose(button.closest("[data-folds]"), folded().has(name(button.closest("[data-folds]"))));
  });
  document.addEventListener("keydown", (event) => {
    const button = event.target.closest?.(".fold");
    if (!button || event.ctrlKey || event.metaKey || event.altKey) return;
    const panel = button.closest("[data-folds]");
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      event.preventDefault();
      choose(panel, event.key === "ArrowRight");
    } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      const names = [...document.querySelectorAll(".fold")].filter((each) => each.checkVisibility());
      names[names.indexOf(button) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
    }
  });
}
