// Who looks, and when: absolute times become clocks, ages and countdowns; the viewer becomes "You"; lanes reach to the present.
import { flow } from "./flow.js";
import { isCalled } from "./ring.js";
import { stated } from "./bar/times.js";

const me = document.body.dataset.me;
const plainTitle = document.title.replace(/ · Watchroom$/, "");
// How far this browser's clock is from the server's: a drill's clock may be anywhere.
const skew = Date.parse(document.body.dataset.now) - Date.now() || 0;

export const now = () => Date.now() + skew;

// After how long without a fact an activity counts as silent.
const SILENT_MS = 8 * 60_000;

// Made once: making one for each time takes longer than all else that is done to a page.
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

const two = (number) => String(number).padStart(2, "0");
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function span(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
}

// In words: "13:49" beside clocks would be read as one of them.
function left(ms) {
  if (ms < 0) return `late ${span(-ms)}`;
  return `${ms < 120_000 ? `${Math.ceil(ms / 1000)} s` : span(ms)} left`;
}

const clock = (at) => `${two(at.getHours())}:${two(at.getMinutes())}`;
const sameDay = (one, other) => one.toDateString() === other.toDateString();

/** "4 Nov", or "4 Nov 2020" where that is not this year. */
function day(at) {
  const year = at.getFullYear();
  return `${at.getDate()}\u00a0${months[at.getMonth()]}${year === new Date(now()).getFullYear() ? "" : ` ${year}`}`;
}

/** The time of day, with its day where somebody who has just read `read` would take it for another. */
const beside = (read, at) => (sameDay(read, at) ? clock(at) : `${day(at)} ${clock(at)}`);
const shown = {
  clock: (at) => beside(new Date(now()), at),
  date: (at) => `${day(at)} ${clock(at)}`,
  age: (at) => span(now() - at),
  ago: (at) => `${span(now() - at)} ago`,
  left: (at) => left(at - now()),
  stated: (at) => stated(at.getTime()),
  within: (at) => (at > now() ? `in ${span(at - now())}` : "by now"),
};

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** After the page has come and after each swap: what does not change by itself. */
export function dress() {
  for (const time of document.querySelectorAll("time[data-t]:not([data-local])")) {
    const at = new Date(time.dateTime);
    // A row's text depends on the row before it.
    if (time.dataset.t !== "row") put(time, shown[time.dataset.t](at));
    time.title = whole.format(at);
    time.dataset.local = "";
  }
  dressRows();
  if (me) {
    const mine = CSS.escape(me);
    for (const name of document.querySelectorAll(`[data-person="${mine}"]`)) {
      if (name.textContent !== "You") {
        name.title = name.textContent;
        name.textContent = "You";
      }
    }
    for (const face of document.querySelectorAll(`[data-face="${mine}"]`)) {
      put(face, "You");
      face.classList.add("mine");
    }
    for (const part of document.querySelectorAll("[data-only]:not(.ask-list)")) part.hidden = part.dataset.only !== me;
    for (const part of document.querySelectorAll("[data-except]")) part.hidden = part.dataset.except === me;
    const commander = document.querySelector("#role-incident_commander [data-person]")?.dataset.person;
    for (const undo of document.querySelectorAll(".undo")) {
      undo.hidden = !(commander === me || undo.closest("[data-actor]")?.dataset.actor === me);
    }
  }
  const waiting = document.querySelector("[data-of]:empty");
  // In the order of the page: an entry about a signal says what the signal was called when it was last named before.
  const names = new Map();
  for (const part of waiting ? document.querySelectorAll("[data-names], [data-of]") : []) {
    if (part.dataset.names) names.set(part.dataset.names, part.dataset.title);
    else if (!part.textContent) {
      part.textContent = names.get(part.dataset.of) ?? document.getElementById(part.dataset.of)?.dataset.title ?? "";
    }
  }
  for (const ref of document.querySelectorAll("a.ref:not([title])")) {
    const title = document.getElementById(ref.getAttribute("href").slice(1))?.dataset.title;
    if (title) ref.title = title;
  }
}

/** Lists in the order of time say the day at their first row, unless it is today, and wherever it changes. */
export function dressRows() {
  let list = null;
  let read = null;
  for (const time of document.querySelectorAll("time[data-t=row]")) {
    const row = time.parentElement;
    // Folded away: what stands above the next row is an earlier one.
    if (row.classList.contains("storm") || leftOut(row)) continue;
    if (row.parentElement !== list) [list, read] = [row.parentElement, new Date(now())];
    const at = new Date(time.dateTime);
    put(time, beside(read, at));
    read = at;
  }
}

/** Whether the timeline's filter hides this row. */
function leftOut(row) {
  const show = row.parentElement.dataset.show;
  return Boolean(show) && show !== "all" && !row.classList.contains(`f-${show}`);
}

let today = new Date(now()).toDateString();

/** At midnight what was today is yesterday. */
function turnDay() {
  const before = today;
  today = new Date(now()).toDateString();
  if (today === before) return;
  for (const time of document.querySelectorAll("time[data-local]")) delete time.dataset.local;
  dress();
}

/** Once a second: what does. */
export function tick() {
  turnDay();
  for (const time of document.querySelectorAll("time[data-t=age], time[data-t=ago], time[data-t=left], time[data-t=within]")) {
    put(time, shown[time.dataset.t](new Date(time.dateTime)));
  }
  for (const due of document.querySelectorAll("[data-due]")) {
    const ms = Date.parse(due.dataset.due) - now();
    due.classList.toggle("late", ms < 0);
    due.classList.toggle("soon", ms >= 0 && ms < 120_000);
  }
  for (const so of document.querySelectorAll("[data-until]")) {
    if (now() >= Date.parse(so.dataset.until)) put(so, so.dataset.after);
  }
  for (const doing of document.querySelectorAll(".doing[data-since]")) {
    doing.classList.toggle("quiet", now() - Date.parse(doing.dataset.since) > SILENT_MS);
  }
  reach();
  flow(now(), shown);
  title();
}

function reach() {
  const lanes = document.querySelector("#panel-lanes[data-live][data-begin]");
  if (!lanes) return;
  const begin = Date.parse(lanes.dataset.begin);
  const whole = Math.max(now() - begin, 1000);
  for (const bar of lanes.querySelectorAll(".lit")) {
    const first = Date.parse(bar.dataset.first);
    const last = Date.parse(bar.dataset.last);
    const x = Math.min(Math.max((first - begin) / whole, 0), 0.98);
    bar.setAttribute("x", `${(x * 100).toFixed(1)}%`);
    bar.setAttribute("width", `${Math.max(((last - first) / whole) * 100, 2).toFixed(1)}%`);
    const quiet = (now() - last) / 60_000;
    bar.setAttribute("class", `lit ${quiet <= 2 ? "b4" : quiet <= 10 ? "b3" : quiet <= 30 ? "b2" : "b1"}`);
  }
}

let unseen = 0;
document.addEventListener("room:news", (event) => {
  if (document.hidden) unseen += event.detail;
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) unseen = 0;
  title();
});

function title() {
  const strip = document.getElementById("panel-strip");
  const board = document.getElementById("board");
  const inbox = document.getElementById("inbox");
  const base = strip?.dataset.title ?? document.getElementById("main")?.dataset.title ?? plainTitle;
  if (!base || document.querySelector(".patterns")) return;
  const called = isCalled() ? "You are called · " : "";
  const late = (strip ?? board)?.querySelector(".due.late") ? "Update late · " : "";
  const count = unseen || Number(board?.dataset.open ?? inbox?.dataset.open ?? 0);
  const text = `${called}${late}${count ? `(${count}) ` : ""}${base} · Watchroom`;
  if (document.title !== text) document.title = text;
}
