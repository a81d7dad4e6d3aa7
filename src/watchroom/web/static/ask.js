// Worth asking now: the viewer's own questions, three at once, each from its time on; 1, 2 and 3 answer them.
import { now } from "./dress.js";

const SHOWN_MAX = 3;
const me = document.body.dataset.me;

/** After the page has come, after each swap and once a second. */
export function showAsks() {
  const panel = document.getElementById("panel-ask");
  if (!panel) return;
  let shown = 0;
  for (const list of panel.querySelectorAll(".ask-list")) {
    const mine = list.dataset.only === undefined ? !list.dataset.beside.split(" ").includes(me) : list.dataset.only === me;
    list.hidden = !mine;
    if (!mine) continue;
    for (const ask of list.querySelectorAll(".ask")) {
      const due = !ask.dataset.from || Date.parse(ask.dataset.from) <= now();
      // What somebody is in the middle of answering stays where it is.
      const busy = ask.querySelector("details[open], form[data-dirty]") !== null;
      const show = busy || (due && shown < SHOWN_MAX);
      ask.hidden = !show;
      if (!show) delete ask.dataset.key;
      else if (ask.dataset.key !== String(++shown)) ask.dataset.key = String(shown);
    }
  }
  panel.hidden = shown === 0;
}

export function prepareAsks() {
  document.addEventListener("click", (event) => {
    const fill = event.target.closest("[data-fill]");
    if (!fill) return;
    const field = fill.closest(".chips").previousElementSibling.querySelector("input, textarea");
    field.value = fill.textContent;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.(".ask details")) return;
    if (event.target.open) event.target.querySelector("form :is(input, textarea, select):not([type=hidden])")?.focus();
    showAsks();
  }, true);
}

/** A key was pressed outside any field; whether it was one of the three. */
export function answers(key) {
  const step = /^[1-3]$/.test(key) && document.querySelector(`:is(.ask-list:not([hidden]), .pointers) > .ask[data-key="${key}"]:not([hidden]) [data-step]`);
  if (!step) return false;
  step.scrollIntoView({ block: "nearest" });
  step.click();
  return true;
}
