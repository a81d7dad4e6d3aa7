// The command bar: a combobox (source: ARIA Authoring Practices, combobox with list autocomplete). Commands and their parts
// complete and explain themselves; arrows choose, Tab completes, Enter sends, Escape leaves, the arrow up brings back what
// was sent. What is being typed is found by bar/reading.js, what is offered for it by bar/offers.js.
import { say } from "./forms.js";
import { forgetWhatIsRemoved, recalled, remember, typedAnew } from "./bar/history.js";
import { offered } from "./bar/offers.js";
import { reading } from "./bar/reading.js";
import { wordsFor } from "./words.js";

const HELP = /^\s*(\/help|\/h|\/\?|\?)\s*$/i;

const line = document.getElementById("line");
const list = document.getElementById("options");
const hint = document.getElementById("hint");
const form = line?.form;

let vocabulary = null;
let known = null;
let asked = null;
let options = [];
let chosen = -1;
let moved = false;

async function json(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

// Asked once for each state of the room; whoever types meanwhile waits for the same answer.
function learn() {
  asked ??= Promise.all([vocabulary ?? json("/typed.json"), json(line.dataset.completions)])
    .then(([words, room]) => { [vocabulary, known] = [words, room]; })
    .catch(() => { asked = null; });
  return asked;
}

function found() {
  if (!known || !line.value.startsWith("/") || /^\/[^\s/]*\//.test(line.value)) return null;
  return reading(line.value, vocabulary, known.people.map((person) => person.text));
}

function candidates(at) {
  if (!known) return [];
  const begin = line.value.lastIndexOf(" ") + 1;
  const offers = at ? offered(at, line.value, vocabulary, known) : [];
  const own = wordsFor(line.value.slice(begin), known);
  // What a command asks for goes before what its words may mean.
  return own && !offers.length ? own.map((option) => ({ ...option, from: begin })) : offers;
}

function part(tag, text, name = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (name) element.className = name;
  return element;
}

/** How the command is typed, with the part that is being typed set off, and what that part says. */
function explain(at) {
  hint.hidden = !at?.command;
  if (hint.hidden) return;
  const { command } = at;
  const parts = command.parts.map((each) => {
    const written = each.lead ? `${each.lead} ${each.shown}` : each.shown;
    return part(each === at.part ? "mark" : "span", each.optional ? `[${written}]` : written);
  });
  const name = command.named.includes(at.part) ? [part("mark", at.part.shown)] : [];
  const form = document.createElement("code");
  form.append(...[part("b", `/${command.name}`), ...parts, ...name].flatMap((each) => [each, " "]));
  const rest = at.part ? at.part.does : "Enter sends it";
  hint.replaceChildren(form, part("span", `${command.does}. `, "does"), part("span", `${rest[0].toUpperCase()}${rest.slice(1)}.`, "now"));
}

function draw() {
  list.hidden = options.length === 0;
  document.getElementById("above").hidden = list.hidden && hint.hidden;
  line.setAttribute("aria-expanded", String(!list.hidden));
  list.replaceChildren(...options.map((option, index) => {
    const item = document.createElement("li");
    item.id = `option-${index}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(index === chosen));
    if (option.aside) item.className = "aside";
    item.append(part("code", option.label), part("span", option.about));
    return item;
  }));
  if (chosen >= 0) line.setAttribute("aria-activedescendant", `option-${chosen}`);
  else line.removeAttribute("aria-activedescendant");
  list.children[chosen]?.scrollIntoView({ block: "nearest" });
}

function suggest() {
  const at = found();
  options = candidates(at);
  if (options.length === 1 && `${line.value} ` === options[0].insert) options = [];
  chosen = line.value.startsWith("/") && options.length && !options[0].aside ? 0 : -1;
  moved = false;
  explain(at);
  draw();
}

function close() {
  options = [];
  chosen = -1;
  hint.hidden = true;
  draw();
}

function complete(index) {
  const option = options[index];
  line.value = line.value.slice(0, option.from) + option.insert;
  line.focus();
  suggest();
}

/** Puts a command into the line, ready for its parts; words that stood there come back with the arrow up. */
export function begin(name) {
  if (line.value.trim() && !line.value.startsWith("/")) remember(line.value);
  line.value = `/${name} `;
  line.focus();
  learn().then(suggest);
}

function recall(step) {
  const text = recalled(step, line.value);
  if (text === null) return;
  line.value = text;
  line.setSelectionRange(text.length, text.length);
  close();
}

function onKey(event) {
  const open = options.length > 0;
  if (event.key === "Escape") {
    if (open) close();
    else line.blur();
    event.preventDefault();
    event.stopPropagation();
  } else if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    chosen = (Math.max(chosen, event.key === "ArrowUp" ? 0 : -1) + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length;
    moved = true;
    draw();
    event.preventDefault();
  } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    recall(event.key === "ArrowUp" ? -1 : 1);
    event.preventDefault();
  } else if (open && event.key === "Tab" && !event.shiftKey) {
    complete(Math.max(chosen, 0));
    event.preventDefault();
  } else if (!known && event.key === "Tab" && !event.shiftKey && line.value.startsWith("/")) {
    // Typed faster than the answer came.
    event.preventDefault();
    learn().then(() => {
      if (known) suggest();
      if (options.length) complete(0);
    });
  } else if (open && event.key === "Enter") {
    // A half-typed command is completed first; a whole one is sent.
    const half = line.value.startsWith("/") && !line.value.includes(" ") && !options.some((option) => option.exact);
    if (moved || half) {
      complete(Math.max(chosen, 0));
      event.preventDefault();
    }
  }
}

export function prepareLine() {
  if (!line) return;
  forgetWhatIsRemoved();
  document.addEventListener("htmx:after:swap", () => { asked = null; });
  list.addEventListener("mousedown", (event) => {
    // The line keeps the keyboard, so that one can go on typing.
    event.preventDefault();
  });
  list.addEventListener("click", (event) => {
    const item = event.target.closest("li");
    if (item) complete([...list.children].indexOf(item));
  });
  line.addEventListener("focus", learn);
  line.addEventListener("input", () => {
    typedAnew();
    // What is known already is offered at once; what is new in the room a moment later, unless somebody is choosing.
    if (known) suggest();
    const typed = line.value;
    learn().then(() => {
      if (known && !moved && line.value === typed && document.activeElement === line) suggest();
    });
  });
  line.addEventListener("blur", close);
  line.addEventListener("keydown", onKey);
  // What can be typed is on the page already: asking for it tells the room nothing.
  form.addEventListener("submit", (event) => {
    const help = document.getElementById("help");
    if (!help || !HELP.test(line.value)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    line.value = "";
    close();
    help.showPopover();
  }, true);
  prepareSending();
}

/** The line is free for the next words at once; if it was refused, its words come back. */
function prepareSending() {
  const sent = [];
  document.addEventListener("htmx:config:request", ({ detail }) => {
    if (detail.ctx.sourceElement !== form) return;
    sent.push([detail.ctx, line.value]);
    remember(line.value);
    line.value = "";
    close();
  });
  document.addEventListener("htmx:finally:request", ({ detail }) => {
    const place = sent.findIndex(([ctx]) => ctx === detail.ctx);
    if (place < 0) return;
    const [[ctx, text]] = sent.splice(place, 1);
    if (ctx.response && ctx.response.status < 400) return;
    if (!line.value) line.value = text;
    else if (line.value !== text) say("That was refused, and you type on: the arrow up brings its words back.");
  });
}
