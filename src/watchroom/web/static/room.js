// What a page needs beyond HTML: clocks that tick, "You", forms, the live stream, the command bar. No framework; htmx does
// the requests and the swaps. Everything the server sends is the same for every viewer; this adds who looks, and when.
import { dress, tick } from "./dress.js";
import { countWeek } from "./board.js";
import { follow, skipsMorph } from "./live.js";
import { answers, prepareAsks, showAsks } from "./ask.js";
import { chooseDefaults, prepareForms } from "./forms.js";
import { prepareLine } from "./line.js";
import { follow as followFolds, prepareFolds, unfold } from "./bar/folds.js";
import { settle, steadily, waits, watchHand } from "./hand.js";
import { prepareRegions } from "./bar/regions.js";
import { preparePalette } from "./bar/palette.js";
import { prepareFilters, showEntry } from "./filters.js";
import { preparePictures } from "./pictures.js";
import { listen, prepareSound } from "./ring.js";
import { prepareRedaction } from "./redact.js";
import { prepareUpdates } from "./updates.js";
import { beginSearch, prepareSearch } from "./search.js";
import { dressTalk, prepareTalk } from "./talk.js";
import { foldStorms, keepPlace } from "./timeline.js";
import { judges, prepareTriage } from "./triage.js";
import { watchForTrouble } from "./trouble.js";
import { dressUnread, prepareUnread } from "./unread.js";

document.documentElement.classList.add("js");

// Runs before htmx starts: it looks for extensions when the document has been read.
htmx.registerExtension("room", {
  htmx_before_morph_node: (_, { oldNode }) => !skipsMorph(oldNode),
  htmx_before_morph_attr: (element, { attrName }) => !(attrName === "open" || attrName === "aria-expanded" || (attrName === "value" && element.name === "csrf")),
});

dress();
countWeek();
foldStorms();
prepareForms();
prepareAsks();
showAsks();
prepareLine();
preparePalette();
prepareTalk();
preparePictures();
prepareRegions();
prepareRedaction();
prepareUpdates();
prepareSearch();
watchHand();
prepareFolds();
prepareFilters();
keepPlace();
prepareUnread();
prepareTriage();
follow();
prepareSound();
listen();
watchForTrouble();
tick();
// From here on the page stands as its reader sees it: until now it was not shown, so that nothing moves after it is.
document.documentElement.classList.add("dressed");
setInterval(() => {
  tick();
  if (waits()) return;
  steadily(showAsks);
  followFolds();
}, 1000);

// Undone once: the notice that offered it has had its use.
document.addEventListener("htmx:after:request", ({ detail }) => {
  const { form } = detail.ctx.request;
  if (form?.id !== "undo-deed" || detail.ctx.response.status >= 400) return;
  for (const undo of document.querySelectorAll("[data-notice] [data-undo]")) {
    if (detail.ctx.request.body?.get?.("seq") === undo.value) undo.closest("[data-notice]").remove();
  }
});

function swapped() {
  dress();
  dressTalk();
  dressUnread();
  countWeek();
  chooseDefaults();
  showAsks();
  foldStorms();
  listen();
  followFolds();
  tick();
  settle();
}
document.addEventListener("htmx:after:swap", swapped);
document.addEventListener("room:entries", swapped);

const typing = (element) => element.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

// What was just done is taken back as in any editor, unless there are words here that it would be meant for.
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  if (typing(event.target) && event.target.value) return;
  const undo = [...document.querySelectorAll("[data-notice] [data-undo]")].at(-1);
  if (!undo) return;
  event.preventDefault();
  undo.click();
});

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k" && !document.getElementById("palette") && beginSearch()) {
    event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  // In a room a slash begins a command; the second one, where no command is, begins a search.
  if (event.key === "/" && event.target.id === "line" && event.target.value === "/" && beginSearch()) {
    event.target.value = "";
    event.target.dispatchEvent(new Event("input"));
    event.preventDefault();
    return;
  }
  if (event.key === "Escape") {
    for (const open of document.querySelectorAll("details.seat[open], details.own[open]")) {
      open.open = false;
      if (open.contains(document.activeElement)) open.querySelector("summary").focus();
    }
  }
  if (typing(event.target)) return;
  if (event.key === "/") {
    const line = document.getElementById("line");
    if (line) {
      event.preventDefault();
      line.focus();
      if (!line.value) line.value = "/";
      line.dispatchEvent(new Event("input"));
    } else if (beginSearch()) event.preventDefault();
  } else if (event.key === "?") {
    document.getElementById("help")?.togglePopover();
  } else if (judges(event) || answers(event.key)) {
    event.preventDefault();
  }
});

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.seat[open], details.own[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
  const link = event.target.closest('a[href^="#"]');
  if (link) lead(link.getAttribute("href").slice(1), event);
  const copy = event.target.closest("[data-copy]");
  if (copy) copyFrom(copy);
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) dismiss.closest("[data-notice]").remove();
});

function lead(id, event, sought = false) {
  let target = document.getElementById(id);
  // Where the page scrolls as a whole, "Room" leads to what was said last.
  if (id === "room" && matchMedia("(max-width: 1100px)").matches) target = document.getElementById("timeline").lastElementChild ?? target;
  if (!target) {
    // An entry that is not on the page is fetched, with all that came after it.
    if (/^e-\d+$/.test(id)) seek(id, event);
    return;
  }
  // What the filter hides is shown by showing everything.
  if (target.matches("article") && !target.getClientRects().length) {
    if (!sought) {
      seek(id, event);
      return;
    }
    target.classList.remove("storm");
  }
  event.preventDefault();
  unfold(target);
  for (let around = target.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  target.scrollIntoView({ block: target.matches(".stack, .mid") ? "start" : "center", behavior: calm ? "auto" : "smooth" });
  target.classList.add("lit-up");
  setTimeout(() => target.classList.remove("lit-up"), 1600);
  (target.querySelector("summary, button, a, input") ?? target).focus?.({ preventScroll: true });
}

async function seek(id, event) {
  event?.preventDefault();
  if (await showEntry(Number(id.slice(2)))) lead(id, new Event("found"), true);
}

async function copyFrom(button) {
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = "Copied";
  } catch {
    // Without a secure context there is no clipboard: select it, so that one key copies it.
    getSelection().selectAllChildren(source);
    button.textContent = "Selected";
  }
}

document.addEventListener("toggle", (event) => {
  if (event.newState === "open" && event.target.matches(".sheet")) {
    (event.target.querySelector("[data-first]") ?? event.target.querySelector("form button, form input:not([type=hidden])"))?.focus();
  }
}, true);

const SAID_MS = 6000;
const WARNED_MS = 14000;
const UNDO_MS = 10000;

// Notices go by themselves once they were long enough to read; a refusal stays. They stand above an open sheet.
const notices = document.getElementById("notices");
// After the page stands: it takes a layout of its own, and nobody is told anything yet.
setTimeout(() => { if (!notices.matches(":popover-open")) notices.showPopover(); });
new MutationObserver((changes) => {
  if (changes.some((change) => change.addedNodes.length)) {
    if (notices.matches(":popover-open")) notices.hidePopover();
    notices.showPopover();
  }
  for (const notice of changes.flatMap((change) => [...change.addedNodes])) {
    if (notice.nodeType !== 1 || notice.matches(".refused")) continue;
    const go = () => (notice.matches(":hover, :focus-within") ? setTimeout(go, 2000) : notice.remove());
    setTimeout(go, notice.matches(".warned") ? WARNED_MS : notice.querySelector("[data-undo]") ? UNDO_MS : SAID_MS);
  }
  const all = document.querySelectorAll("[data-notice]");
  for (const old of [...all].slice(0, -3)) old.remove();
}).observe(notices, { childList: true });
