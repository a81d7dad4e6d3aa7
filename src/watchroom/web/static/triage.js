// Triage by one key: each key presses the button of the signal with the frame, or of all that are marked. What a key does, a
// click and a thumb do by the same buttons. Undo is another judgement on record, offered for some seconds.
const inbox = () => document.getElementById("inbox");
const cards = () => [...document.querySelectorAll("#inbox .signal[data-signal]")];
const marks = () => [...document.querySelectorAll("#inbox .mark-it input:checked")];
const VERDICT_KEYS = "ifns";

let current = "";
let place = 0;
let byKey = false;

/** Puts the frame where it was: on the same signal, or on what has taken its place. */
function frame(scroll) {
  const all = cards();
  let card = all.find((each) => each.dataset.signal === current);
  if (!card && byKey) card = all[Math.min(place, all.length - 1)];
  for (const each of all) each.classList.toggle("current", each === card);
  if (!card) return;
  current = card.dataset.signal;
  place = all.indexOf(card);
  const away = document.activeElement === document.body || document.activeElement === null;
  if (scroll || (byKey && away)) card.focus({ preventScroll: true });
  if (scroll) card.scrollIntoView({ block: "nearest" });
}

function move(by) {
  const all = cards();
  if (!all.length) return;
  const at = all.findIndex((each) => each.dataset.signal === current);
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
  current = next.dataset.signal;
  byKey = true;
  frame(true);
}

function count() {
  const marked = marks().length;
  const word = document.querySelector(".marked-count");
  if (word) word.textContent = marked === 1 ? "1 marked" : `${marked} marked`;
}

/** Where a key goes: to the form of all that are marked, else to that of the signal with the frame. */
const target = () => (marks().length ? document.getElementById("together") : document.querySelector("#inbox .signal.current .verdicts"));

function press(form, button) {
  const going = form.id === "together" ? marks().map((box) => box.closest(".signal")) : [form.closest(".signal")];
  if (going.some((card) => card.classList.contains("going"))) return;
  byKey = true;
  form.requestSubmit(button);
}

/** Sends a judgement of these signals; what is on its way is dimmed at once, and what is refused comes back. */
function send(form, submitter, those) {
  const own = document.createElement("form");
  own.setAttribute("hx-post", "/signals/judge");
  const put = (name, value) => own.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  for (const card of those) put("signal", card.dataset.signal);
  for (const [name, value] of new FormData(form, submitter)) {
    if (name === "signal" || name === "csrf" || !value) continue;
    put(name, name === "look_again_at" ? new Date(value).toISOString() : value);
  }
  document.getElementById("judging").append(own);
  for (const card of those) card.classList.add("going");
  own.addEventListener("htmx:finally:request", ({ detail }) => {
    if (!detail.ctx.response || detail.ctx.response.status >= 400) for (const card of those) card.classList.remove("going");
    setTimeout(() => own.remove());
  });
  if (form.id === "together") form.reset();
  delete form.dataset.dirty;
  htmx.process(own);
  own.requestSubmit();
}

/** A key outside any field; whether it meant something here. */
export function judges(event) {
  const { key } = event;
  if (key === "u") {
    const undo = [...document.querySelectorAll(".notice.judged:not(.settled) [data-undo-button]")].pop();
    undo?.click();
    return Boolean(undo);
  }
  if (!inbox()) return false;
  if (key === "j" || key === "k") move(key === "j" ? 1 : -1);
  else if (key === "Escape") {
    for (const box of marks()) box.checked = false;
    for (const open of document.querySelectorAll("#inbox .verdicts details[open], .together details[open]")) open.open = false;
    count();
  } else if (key === "x") {
    const box = document.querySelector("#inbox .signal.current .mark-it input");
    if (!box) return false;
    box.checked = !box.checked;
    count();
  } else if (key === "Enter") {
    const on = document.activeElement;
    if (on.matches("a, button, summary, input")) return false;
    const link = document.querySelector("#inbox .signal.current .row a");
    if (!link) return false;
    link.click();
  } else {
    const form = target();
    if (!form) return false;
    const open = form.querySelector("details[data-key=d][open]");
    const digit = open && /^[1-9]$/.test(key) && open.querySelector(`[data-digit="${key}"]`);
    if (digit) press(form, digit);
    else if (key === "d") {
      const details = form.querySelector("details[data-key=d]");
      if (!details) return false;
      details.open = !details.open;
      if (details.open) details.querySelector("button")?.focus();
    } else if (key.length === 1 && VERDICT_KEYS.includes(key)) press(form, form.querySelector(`[data-key="${key}"]`));
    else return false;
  }
  return true;
}

/** The way back runs out where somebody can see it; afterwards the inbox's list of what was judged has one. */
function runOut(notice) {
  const seconds = Number(notice.dataset.undo);
  if (!seconds || notice.dataset.running !== undefined) return;
  notice.dataset.running = "";
  notice.style.setProperty("--undo", `${seconds}s`);
  setTimeout(() => notice.classList.add("settled"), seconds * 1000);
}

/** Judged an incident: its room offers the way back too, as long as nobody has gone on from it. */
function wayBack() {
  const here = new URL(location.href);
  const judged = here.searchParams.get("judged");
  const form = document.getElementById("way-back");
  if (!judged || !form) return;
  here.searchParams.delete("judged");
  history.replaceState(null, "", here);
  const notice = form.content.cloneNode(true).firstElementChild;
  const hidden = notice.querySelector("form");
  for (const pair of judged.split(",").slice(0, 100)) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name: "judged", value: pair.replace(".", " ") });
    hidden.prepend(input);
  }
  htmx.process(notice);
  document.getElementById("notices").append(notice);
}

export function prepareTriage() {
  wayBack();
  const notices = document.getElementById("notices");
  const run = () => notices.querySelectorAll("[data-undo]").forEach(runOut);
  new MutationObserver(run).observe(notices, { childList: true });
  run();
  if (!inbox()) return;
  current = cards()[0]?.dataset.signal ?? "";
  frame(false);
  document.addEventListener("focusin", (event) => {
    const card = event.target.closest?.("#inbox .signal[data-signal]");
    if (!card) return;
    current = card.dataset.signal;
    frame(false);
  });
  document.addEventListener("change", (event) => {
    if (event.target.closest(".mark-it")) count();
  });
  document.addEventListener("reset", (event) => {
    if (event.target.id === "together") setTimeout(count);
  });
  // What comes in live can take the form away before its answer: it is sent by one of its own, which stays until it has it.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("#inbox .verdicts, #together")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const those = form.id === "together" ? marks().map((box) => box.closest(".signal")) : [form.closest(".signal")];
    if (those.length) send(form, event.submitter, those);
  }, true);
  document.addEventListener("htmx:after:swap", () => {
    frame(false);
    count();
  });
}
