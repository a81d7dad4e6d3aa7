// The editor of updates: another audience without leaving the room, what changed at a click, the words looked at while one
// types. Words typed for one audience wait there while somebody writes to another.
import { dress } from "./dress.js";
import { showTime } from "./forms.js";

const PAUSE_MS = 400;
const typed = new Map();
let waiting = 0;
let asking = null;

const editor = () => document.getElementById("update-editor");
const form = () => document.getElementById("update-form");
const field = (name) => form().querySelector(`textarea[name="${name}"]`);

export function prepareUpdates() {
  if (!editor()) return;
  document.addEventListener("click", (event) => {
    const audience = event.target.closest("#update-editor a[data-audience]");
    const draft = event.target.closest("a[data-draft]");
    const inRoom = Boolean(document.getElementById("do-update"));
    if (audience && inRoom && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      if (audience.getAttribute("aria-current") !== "true") turnTo(audience.getAttribute("href"));
    } else if (draft && inRoom) {
      event.preventDefault();
      document.getElementById("do-update").showPopover();
      turnTo(draft.getAttribute("href"));
    } else if (event.target.closest("#update-editor")) {
      within(event);
    }
  });
  document.addEventListener("input", ({ target }) => {
    if (target.form !== form()) return;
    form().dataset.dirty = "";
    if (target.name !== "reason" && target.name !== "to" && target.name !== "brief") later();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.form !== form() || event.key !== "Enter") return;
    // Enter in a field of the hand-over or the reason would press the first button of the form.
    if (event.target.matches("input[name=to], input[name=reason]")) event.preventDefault();
    if (event.ctrlKey || event.metaKey) form().querySelector(".line button[value=send], .hand-over button")?.click();
  });
  document.getElementById("do-update")?.addEventListener("toggle", ({ newState }) => {
    if (newState === "open" && !("dirty" in form().dataset)) turnTo(editor().dataset.at, true);
  });
  document.addEventListener("htmx:after:request", ({ detail }) => {
    const { request, response } = detail.ctx;
    if (request.form?.id !== "update-form") return;
    if (response.status >= 400 || response.headers.get("X-Held")) return;
    document.getElementById("do-update")?.hidePopover();
    delete form().dataset.dirty;
    typed.delete(editor().dataset.at);
    turnTo(editor().dataset.audience ? editor().dataset.at.split("?")[0] : location.pathname, true);
    if (!document.getElementById("do-update")) location.assign(document.querySelector("main header a").href);
  });
  document.addEventListener("htmx:after:swap", () => {
    const reason = document.querySelector("#update-held [data-reason]:not([data-seen])");
    if (!reason) return;
    reason.dataset.seen = "";
    reason.closest(".held").scrollIntoView({ block: "center" });
    reason.focus({ preventScroll: true });
  });
  // A word that was held back goes when it was sent all the same.
  document.addEventListener("htmx:after:request", ({ detail }) => {
    const held = detail.ctx.request.form?.closest(".held-notice");
    if (held && detail.ctx.response.status < 400) held.remove();
  });
}

function within(event) {
  const news = event.target.closest("[data-insert]");
  const shown = event.target.closest("[data-select]");
  if (news) {
    const area = field(news.dataset.insert);
    area.value = [area.value.trimEnd(), news.dataset.text].filter(Boolean).join(" ");
    area.focus();
    news.disabled = true;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  } else if (shown) {
    const area = field(shown.dataset.select);
    // The server counts code points, the browser UTF-16 units.
    const at = (count) => [...area.value].slice(0, count).join("").length;
    area.focus();
    area.setSelectionRange(at(Number(shown.dataset.start)), at(Number(shown.dataset.end)));
  } else if (event.target.closest("[data-usual]")) {
    const state = form().querySelector("input[name=state]:checked");
    if (!state) return;
    for (const name of ["impact", "doing", "need"]) field(name).value = state.dataset[name];
    field("impact").focus();
    field("impact").dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** Shows the editor at that address in the place of this one; what was typed there before comes back. */
async function turnTo(address, quietly = false) {
  const before = editor();
  if (!quietly && "dirty" in form().dataset) typed.set(before.dataset.at, new FormData(form()));
  let answer;
  try {
    answer = await fetch(address, { headers: { "HX-Request": "true" } });
  } catch {
    return;
  }
  // Whoever has begun to type meanwhile is not disturbed.
  if (!answer.ok || editor() !== before || (quietly && "dirty" in form().dataset)) return;
  const held = before.contains(document.activeElement) ? document.activeElement : null;
  const again = held?.name ? `[name="${held.name}"]${held.type === "radio" ? ":checked" : ""}` : "[data-first]";
  const fresh = document.createElement("template");
  fresh.innerHTML = await answer.text();
  if (quietly && "dirty" in form().dataset) return;
  before.replaceWith(fresh.content);
  editor().dataset.at = address;
  for (const input of form().querySelectorAll("input[data-default]")) input.defaultChecked = input.checked = true;
  form().querySelectorAll("fieldset.when").forEach(showTime);
  htmx.process(editor());
  dress();
  restore(typed.get(address));
  // Whoever is in the editor stays in it.
  if (!quietly) form().querySelector("[data-first]").focus();
  else if (held) (form().querySelector(again) ?? form().querySelector("[data-first]")).focus();
}

function restore(values) {
  if (!values) return;
  for (const name of ["impact", "doing", "need", "brief", "to"]) form().elements[name].value = values.get(name) ?? "";
  for (const name of ["state", "next_at_in"]) {
    const input = form().querySelector(`input[name="${name}"][value="${CSS.escape(values.get(name) ?? "")}"]`);
    if (input) input.checked = true;
  }
  form().dataset.dirty = "";
  later();
}

function later() {
  clearTimeout(waiting);
  waiting = setTimeout(look, PAUSE_MS);
}

async function look() {
  asking?.abort();
  asking = new AbortController();
  const body = new URLSearchParams(new FormData(form()));
  const of = form();
  try {
    const answer = await fetch(of.dataset.check, { method: "POST", body, signal: asking.signal });
    const words = await answer.text();
    const place = document.getElementById("update-words");
    if (answer.ok && of === form() && place && place.innerHTML !== words) place.innerHTML = words;
  } catch {
    // Asked again with the next word; what stands there stays.
  }
}
