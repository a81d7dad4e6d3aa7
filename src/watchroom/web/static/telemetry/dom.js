// Elements in few words, and words that are read out. Text is always text: nothing here makes HTML of it.

/** An element: `props` are properties, `data`, `aria` and `on` maps of their kind; children are nodes or texts. */
export function el(tag, props = {}, ...children) {
  const made = tag === "svg" || tag === "path" ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (name === "data") Object.assign(made.dataset, value);
    else if (name === "aria") for (const [key, text] of Object.entries(value)) made.setAttribute(`aria-${key}`, text);
    else if (name === "on") for (const [kind, act] of Object.entries(value)) made.addEventListener(kind, act);
    else if (name in made && tag !== "svg" && tag !== "path") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

const signs = {
  close: "M4 4l8 8M12 4l-8 8",
  up: "M8 13V3.5M4 7.5l4-4 4 4",
  down: "M8 3v9.5M4 8.5l4 4 4-4",
  eye: "M1.8 8C3.4 5.2 5.5 3.8 8 3.8S12.6 5.2 14.2 8c-1.6 2.8-3.7 4.2-6.2 4.2S3.4 10.8 1.8 8Z M8 6.4a1.6 1.6 0 1 1 0 3.2a1.6 1.6 0 0 1 0-3.2Z",
  copy: "M5.5 5.5h7v8h-7Z M3.5 10.5v-8h7",
  search: "M7 2.8a4.2 4.2 0 1 1 0 8.4a4.2 4.2 0 0 1 0-8.4Z M10.2 10.2 13.5 13.5",
  loop: "M12.8 6.2A5.2 5.2 0 1 0 13 9.6 M13.2 3.2v3.2H10",
  left: "M10 3 5 8l5 5",
  right: "M6 3l5 5-5 5",
  out: "M7 2.8a4.2 4.2 0 1 1 0 8.4a4.2 4.2 0 0 1 0-8.4Z M10.2 10.2 13.5 13.5 M5 7h4",
  clock: "M8 2.2a5.8 5.8 0 1 1 0 11.6a5.8 5.8 0 0 1 0-11.6Z M8 5v3.2l2.2 1.6",
  more: "M3.5 8h.1M8 8h.1M12.5 8h.1",
  whole: "M3 6.5V3h3.5M9.5 3H13v3.5M13 9.5V13H9.5M6.5 13H3V9.5",
};

/** A sign beside words, or inside a button that has a name. */
export function sign(name) {
  return el("svg", { class: "i", viewBox: "0 0 16 16", "aria-hidden": "true" }, el("path", { d: signs[name] }));
}

/** A button that shows a sign and is called by words. */
export function tool(name, words, act, more = {}) {
  return el("button", { type: "button", className: "tool", title: words, aria: { label: words }, on: { click: act }, ...more }, sign(name));
}

let said;
/** Words for those who listen: the last ones only. */
export function tell(words) {
  said ??= document.getElementById("said");
  if (said) said.textContent = words;
}

/** Copy, and say so; where the browser forbids it, the words are shown to be copied by hand. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied.`);
  } catch {
    window.prompt(`Copy ${what} from here:`, text);
  }
}

/** A short word at the lower edge that goes by itself. */
export function toast(words) {
  const place = document.getElementById("toast");
  place.textContent = words;
  place.hidden = false;
  clearTimeout(place.timer);
  place.timer = setTimeout(() => (place.hidden = true), 2500);
}

export function later(ms, act) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), ms);
  };
}

/** A panel that opens below its button, wholly inside the window. */
export function anchored(button, panel) {
  button.popoverTargetElement = panel;
  panel.addEventListener("toggle", (event) => {
    if (event.newState !== "open") return;
    const at = button.getBoundingClientRect();
    const { width, height } = panel.getBoundingClientRect();
    panel.style.left = `${Math.max(8, Math.min(at.left, document.documentElement.clientWidth - width - 8))}px`;
    panel.style.top = `${Math.max(8, Math.min(at.bottom + 4, innerHeight - height - 8))}px`;
  });
  return button;
}
