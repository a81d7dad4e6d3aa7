// The command bar: a combobox (source: ARIA Authoring Practices, combobox with list autocomplete). Commands, the room's ids and
// people complete; arrows choose, Tab completes, Enter sends, Escape leaves.
const ARGUMENTS = {
  evidence: ["H", "direction"], test: ["H"], supported: ["H"], ruleout: ["H"],
  start: ["I"], helped: ["I"], noeffect: ["I"], worse: ["I"], tooearly: ["I"], revert: ["I"], mitigated: ["I"],
  take: ["role"], lead: ["role", "people"], handover: ["role", "people"], release: ["role"],
  own: ["cycle", "people"], update: ["audience"], draft: ["audience"], call: ["callable"], heard: ["P"], escalate: ["callable"], endstream: ["W"], task: ["people"], ack: ["T"], report: ["T"],
  known: ["N"], inbound: ["kind"], takein: ["Q"], answer: ["Q"], used: ["Q"], decline: ["Q"], later: ["Q"], letgo: ["people"],
  accept: ["role"], approve: ["U"], judge: ["timing"], noticed: ["noticer"],
  sev: ["severity"], trend: ["trend"], notnow: ["question"], category: ["category", "category", "category", "category"], guidance: ["level"], resolve: ["understood"], close: ["review", "people"],
};
const FIXED = {
  direction: ["for", "against"], severity: ["1", "2", "3", "4"], trend: ["worse", "stable", "better"],
  kind: ["report", "question", "request", "decision", "direction", "priority", "offer"],
  timing: ["early", "timely", "late"], noticer: ["monitor", "engineer", "customer"],
  level: ["off", "questions", "full"], understood: ["yes", "partly", "no"], review: ["review", "no review because"],
};
const SHOWN_MAX = 9;

export function prepareLine() {
  const line = document.getElementById("line");
  const list = document.getElementById("options");
  if (!line) return;
  const form = line.form;
  let known = null;
  let asked = null;
  let options = [];
  let chosen = -1;
  let moved = false;

  document.addEventListener("htmx:after:swap", () => { asked = null; });

  // Asked once for each state of the room; whoever types meanwhile waits for the same answer.
  function learn() {
    asked ??= fetch(line.dataset.completions, { headers: { Accept: "application/json" } })
      .then(async (answer) => {
        if (!answer.ok) throw new Error(answer.status);
        known = await answer.json();
      })
      .catch(() => { asked = null; });
    return asked;
  }

  function candidates(text) {
    if (!known) return [];
    const word = text.slice(text.lastIndexOf(" ") + 1);
    if (word.startsWith("@")) return people(word.slice(1), "@");
    if (!text.startsWith("/")) return [];
    const parts = text.slice(1).split(/\s+/);
    if (parts.length === 1) {
      const begin = known.commands.filter((command) => command.name.startsWith(parts[0].toLowerCase()));
      const inside = known.commands.filter((command) => !begin.includes(command) && command.does.includes(parts[0].toLowerCase()));
      return [...begin, ...(parts[0].length > 2 ? inside : [])].map((command) => ({ insert: `/${command.name} `, label: command.form, about: command.does, exact: command.name === parts[0] }));
    }
    const kind = ARGUMENTS[parts[0].toLowerCase()]?.[parts.length - 2];
    if (!kind) return [];
    if (kind === "people") return [{ insert: "me ", label: "me", about: "yourself" }, ...people(word, "")].filter((option) => fits(option.label, word) || fits(option.about, word));
    const values = FIXED[kind] ?? known[kind] ?? [];
    return values
      .map((value) => (typeof value === "string" ? { insert: `${value} `, label: value, about: "" } : { insert: `${value.id} `, label: value.id, about: value.text }))
      .filter((option) => fits(option.label, word) || fits(option.about, word));
  }

  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const fits = (text, word) => plain(text).startsWith(plain(word)) || plain(text).split(/[\s@.]+/).some((part) => part.startsWith(plain(word)));
  const people = (word, mark) => known.people
    .filter((person) => fits(person.text, word) || fits(person.id, word))
    .map((person) => ({ insert: mark ? `${mark}${person.text} ` : `${person.id} `, label: person.text, about: person.id }));

  function draw() {
    list.hidden = options.length === 0;
    line.setAttribute("aria-expanded", String(!list.hidden));
    list.replaceChildren(...options.map((option, index) => {
      const item = document.createElement("li");
      item.id = `option-${index}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(index === chosen));
      const label = document.createElement("code");
      label.textContent = option.label;
      const about = document.createElement("span");
      about.textContent = option.about;
      item.append(label, about);
      item.addEventListener("mousedown", (event) => {
        event.preventDefault();
        complete(index);
      });
      return item;
    }));
    if (chosen >= 0) line.setAttribute("aria-activedescendant", `option-${chosen}`);
    else line.removeAttribute("aria-activedescendant");
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  }

  function suggest() {
    options = candidates(line.value).slice(0, line.value === "/" ? 80 : SHOWN_MAX);
    if (options.length === 1 && `${line.value} ` === options[0].insert) options = [];
    chosen = options.length && line.value.startsWith("/") ? 0 : -1;
    moved = false;
    draw();
  }

  function close() {
    options = [];
    chosen = -1;
    draw();
  }

  function complete(index) {
    const option = options[index];
    const start = line.value.lastIndexOf(" ") + 1;
    line.value = line.value.slice(0, start) + option.insert;
    line.focus();
    suggest();
  }

  line.addEventListener("focus", learn);
  line.addEventListener("input", () => {
    // What is known already is offered at once; what is new in the room a moment later, unless somebody is choosing.
    if (known) suggest();
    const typed = line.value;
    learn().then(() => {
      if (known && !moved && line.value === typed && document.activeElement === line) suggest();
    });
  });
  line.addEventListener("blur", close);
  line.addEventListener("keydown", (event) => {
    const open = options.length > 0;
    if (event.key === "Escape") {
      if (open) close();
      else line.blur();
      event.preventDefault();
      event.stopPropagation();
    } else if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length;
      moved = true;
      draw();
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
  });

  // What can be typed is on the page already: asking for it tells the room nothing.
  form.addEventListener("submit", (event) => {
    const help = document.getElementById("help");
    if (!help || !/^\s*(\/help|\/h|\/\?|\?)\s*$/i.test(line.value)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    line.value = "";
    close();
    help.showPopover();
  }, true);

  // The line is free for the next words at once; if it was refused, its words come back.
  let sent = [];
  document.addEventListener("htmx:config:request", ({ detail }) => {
    if (detail.ctx.sourceElement !== form) return;
    sent.push([detail.ctx, line.value]);
    line.value = "";
    close();
  });
  document.addEventListener("htmx:finally:request", ({ detail }) => {
    const place = sent.findIndex(([ctx]) => ctx === detail.ctx);
    if (place < 0) return;
    const [[ctx, text]] = sent.splice(place, 1);
    const failed = !ctx.response || ctx.response.status >= 400;
    if (failed && !line.value) line.value = text;
  });
}
