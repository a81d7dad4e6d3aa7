// Talking: who is meant is lit, an answer shows what it answers, one's own words can be changed in place, and each entry has a
// menu. The menu's last point, removing words for ever, stands in redact.js.
import { say } from "./forms.js";

const SAID_CHARS = 120;
const me = document.body.dataset.me;
const timeline = document.getElementById("timeline");
const room = document.getElementById("main")?.dataset.room;

const entryOf = (seq) => document.getElementById(`e-${seq}`);
const short = (text) => (text.length > SAID_CHARS ? `${text.slice(0, SAID_CHARS)}…` : text);

/** What an entry says, in one line; empty when it is not on the page. */
export function saidBy(seq) {
  const entry = entryOf(seq);
  const said = entry?.querySelector(".body > .md") ?? entry?.querySelector(".body > p");
  return said ? short(said.textContent.replace(/\s+/g, " ").trim()) : "";
}

function authorOf(seq) {
  return entryOf(seq)?.querySelector(".by [data-person]")?.textContent ?? "";
}

/** After the page has come and after each swap. */
export function dressTalk() {
  if (!timeline) return;
  if (me) {
    for (const entry of timeline.querySelectorAll("[data-mentions]:not(.meant-me)")) {
      if (entry.dataset.mentions.split(" ").includes(me)) entry.classList.add("meant-me");
    }
    for (const name of timeline.querySelectorAll(`.at[data-at="${CSS.escape(me)}"]:not(.mine)`)) name.classList.add("mine");
  }
  // What is answered may have changed, gone, or come in above since.
  for (const part of timeline.querySelectorAll("[data-says]")) {
    const seq = part.dataset.says;
    const author = authorOf(seq);
    const text = entryOf(seq)?.classList.contains("gone") ? "taken back" : saidBy(seq);
    const shown = author && text ? `${author}: ${text}` : text;
    if (part.textContent !== shown) part.textContent = shown;
  }
}

export function prepareTalk() {
  if (!timeline) return;
  dressTalk();
  prepareAnswer();
  prepareMenu();
  document.addEventListener("click", (event) => {
    const leave = event.target.closest("[data-leave]");
    if (leave) leave.closest("form").remove();
  });
  document.addEventListener("htmx:after:request", ({ detail }) => {
    const { form } = detail.ctx.request;
    if (form?.matches(".editing") && detail.ctx.response.status < 400) form.remove();
  });
  timeline.addEventListener("keydown", (event) => {
    const form = event.target.closest?.(".editing");
    if (!form) return;
    if (event.key === "Escape") {
      const entry = form.previousElementSibling;
      form.remove();
      entry?.querySelector(".act")?.focus();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
}

const bar = document.getElementById("answering");
const field = document.getElementById("reply-to");

/** The next message answers this entry; null: none. */
export function answer(seq) {
  field.value = seq ?? "";
  bar.hidden = seq === null;
  const link = bar.querySelector("[data-answering]");
  link.textContent = seq === null ? "#" : `#${seq}`;
  link.href = seq === null ? "#" : `#e-${seq}`;
  bar.querySelector("[data-answering-says]").textContent = seq === null ? "" : [authorOf(seq), saidBy(seq)].filter(Boolean).join(": ");
  if (seq !== null) document.getElementById("line").focus();
}

function prepareAnswer() {
  if (!bar) return;
  document.addEventListener("click", (event) => {
    const reply = event.target.closest("[data-reply]");
    if (reply) answer(reply.dataset.reply);
    if (event.target.closest("[data-not-answering]")) {
      answer(null);
      document.getElementById("line").focus();
    }
  });
  document.getElementById("line").addEventListener("keydown", (event) => {
    if (event.key === "Escape" && field.value && !event.target.value) answer(null);
  }, true);
  // It goes with the message; if that was refused, it comes back with its words.
  const sent = new WeakMap();
  document.addEventListener("htmx:config:request", ({ detail }) => {
    if (detail.ctx.sourceElement?.id !== "say" || !field.value) return;
    sent.set(detail.ctx, field.value);
    answer(null);
  });
  document.addEventListener("htmx:finally:request", ({ detail }) => {
    const failed = !detail.ctx.response || detail.ctx.response.status >= 400;
    if (failed && sent.has(detail.ctx) && !field.value) answer(sent.get(detail.ctx));
  });
}

function prepareMenu() {
  const menu = document.getElementById("do-line");
  if (!menu) return;
  let seq = null;
  const offers = (name) => menu.querySelector(`[data-entry="${name}"]`);
  document.addEventListener("click", (event) => {
    const opener = event.target.closest(".act[data-line]");
    if (!opener) return;
    seq = opener.dataset.line;
    const entry = entryOf(seq);
    const commander = document.querySelector("#role-incident_commander [data-person]")?.dataset.person;
    offers("reply").hidden = !entry.querySelector("[data-reply]");
    offers("edit").hidden = entry.dataset.edit === undefined || entry.dataset.actor !== me;
    const undo = entry.querySelector(".undo[form]");
    offers("undo").hidden = !undo || undo.hidden;
    const redacts = commander === me || document.querySelector("main[data-admin]") !== null;
    menu.querySelector("[data-redact]").hidden = menu.querySelector("[data-redact-note]").hidden = !redacts;
  }, true);
  const doing = {
    reply: () => answer(seq),
    edit: () => edit(seq),
    undo: () => entryOf(seq)?.querySelector(".undo[form]")?.click(),
    pin: () => pin(seq),
    link: () => copyLink(seq),
  };
  menu.addEventListener("click", (event) => {
    const button = event.target.closest("[data-entry]");
    if (!button) return;
    menu.hidePopover();
    doing[button.dataset.entry]();
  });
}

function pin(seq) {
  const sheet = document.getElementById("do-pin");
  sheet.querySelector("[data-pin-seq]").value = seq;
  const text = sheet.querySelector("[name=text]");
  text.value = saidBy(seq);
  sheet.showPopover();
  text.select();
}

async function copyLink(seq) {
  const link = `${location.origin}/incidents/${room}#e-${seq}`;
  try {
    await navigator.clipboard.writeText(link);
    say(`A link to entry #${seq} is copied.`, true);
  } catch {
    // Without a secure context there is no clipboard: the address bar holds it.
    history.replaceState(null, "", `#e-${seq}`);
    say(`The address bar holds the link to entry #${seq} now.`, true);
  }
}

/** The words as they were typed, in a field below the entry; what comes in live leaves it alone. */
async function edit(seq) {
  const entry = entryOf(seq);
  if (!entry || entry.nextElementSibling?.matches(".editing")) return;
  const stands = Number(entry.dataset.edit);
  let text = null;
  try {
    const answered = await fetch(`/api/v1/incidents/${room}/events?after=${stands - 1}&limit=1`, { headers: { Accept: "application/json" } });
    if (answered.ok) text = (await answered.json()).items[0]?.data?.text ?? null;
  } catch {
    text = null;
  }
  if (text === null) {
    say("What it says could not be read just now. Try again.");
    return;
  }
  const form = document.getElementById("edit-form").content.firstElementChild.cloneNode(true);
  form.elements.seq.value = seq;
  form.elements.text.value = text;
  form.elements.text.rows = Math.min(text.split("\n").length + 1, 12);
  (entryOf(seq) ?? entry).after(form);
  htmx.process(form);
  form.elements.text.focus();
}
