// Forms: local times become absolute ones, "in 15 min" too; what was sent is cleared; what is being typed is left alone.
import { now } from "./dress.js";

/** What comes in live has its times chosen too; what somebody has chosen stays. */
export function chooseDefaults() {
  for (const input of document.querySelectorAll("input[data-default]")) {
    if (input.defaultChecked) continue;
    input.defaultChecked = true;
    input.checked = true;
    showTime(input.closest("fieldset.when"));
  }
}

export function prepareForms() {
  chooseDefaults();
  for (const fieldset of document.querySelectorAll("fieldset.when")) showTime(fieldset);

  document.addEventListener("change", (event) => {
    const fieldset = event.target.closest("fieldset.when");
    if (fieldset) showTime(fieldset);
  });
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    // A form with words in it is left as it is by what comes in live.
    if (form && form.closest(".panel, .strip, article")) form.dataset.dirty = "";
  });
  document.addEventListener("reset", (event) => {
    delete event.target.dataset.dirty;
    setTimeout(() => event.target.querySelectorAll("fieldset.when").forEach(showTime));
  });

  // What to shut once it was done. The form itself may be gone by then: what it did can come in live before the answer.
  const around = new WeakMap();
  document.addEventListener("htmx:config:request", ({ detail }) => {
    const form = detail.ctx.request.form;
    if (!form) return;
    around.set(form, [...document.querySelectorAll("details[open]")].filter((details) => details.contains(form)));
    absolute(form, detail.ctx.request.body);
  });
  document.addEventListener("submit", (event) => {
    // A form that htmx does not send has its times made absolute in place.
    if (!event.target.hasAttribute("hx-post")) plain(event.target);
  });
  document.addEventListener("htmx:after:request", ({ detail }) => {
    const { form, method } = detail.ctx.request;
    // The command bar looks after its own words.
    if (!form || form.id === "say" || "keep" in form.dataset || method === "GET" || detail.ctx.response.status >= 400) return;
    form.reset();
    delete form.dataset.dirty;
    const sheet = form.closest("[popover]");
    if (sheet?.matches(":popover-open")) sheet.hidePopover();
    for (const details of around.get(form) ?? []) details.open = false;
  });
  document.addEventListener("htmx:error", ({ detail }) => {
    if (detail.ctx?.request?.form) say("That did not reach the server. What you typed is still there; try again.");
  });
}

/** A notice of the page's own: that something went wrong, or, when it is `well`, what was done. */
export function say(text, well = false) {
  const notice = document.createElement("div");
  notice.className = well ? "notice" : "notice refused";
  notice.dataset.notice = "";
  const said = document.createElement("p");
  said.textContent = text;
  notice.append(said);
  document.getElementById("notices").append(notice);
  setTimeout(() => notice.remove(), 8000);
}

function chosen(fieldset) {
  return fieldset.querySelector("input[type=radio]:checked");
}

export function showTime(fieldset) {
  const pick = chosen(fieldset);
  fieldset.querySelector("input[type=datetime-local]").hidden = Boolean(pick && pick.value);
}

const iso = (ms) => new Date(ms).toISOString();

function absolute(form, body) {
  for (const input of form.querySelectorAll("input[type=datetime-local]")) {
    if (body.get(input.name)) body.set(input.name, iso(new Date(input.value).getTime()));
  }
  for (const fieldset of form.querySelectorAll("fieldset.when")) {
    const name = fieldset.querySelector("input[type=datetime-local]").name;
    const pick = chosen(fieldset);
    body.delete(`${name}_in`);
    if (pick && pick.value) body.set(name, iso(now() + Number(pick.value) * 60_000));
  }
  // No date for a review that is not held.
  if (body.get("review") === "not_required") body.delete("due_at");
  if (body.get("state") === "resolved" && body.has("audience")) body.delete("next_at");
  if (body.has("offset_min")) body.set("offset_min", String(-new Date(now()).getTimezoneOffset()));
}

function plain(form) {
  for (const input of form.querySelectorAll("input[type=datetime-local]")) {
    if (!input.value) continue;
    const at = iso(new Date(input.value).getTime());
    input.type = "hidden";
    input.value = at;
  }
}
