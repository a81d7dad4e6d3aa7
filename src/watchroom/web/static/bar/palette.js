// Every command by mouse and touch: a list to look through or to search, from which a command is put into the line and its
// parts are offered one after the other. Ctrl+K and Cmd+K open it from anywhere in the room; once more, and they search.
import { begin } from "../line.js";
import { beginSearch } from "../search.js";
import { fits } from "./offers.js";

const palette = document.getElementById("palette");
const search = document.getElementById("palette-q");

const all = () => [...palette.querySelectorAll("[role=option]")];
const shown = () => all().filter((option) => !option.hidden);
let chosen = 0;

function draw() {
  const options = shown();
  chosen = Math.min(Math.max(chosen, 0), options.length - 1);
  for (const option of all()) option.setAttribute("aria-selected", String(option === options[chosen]));
  for (const group of palette.querySelectorAll("[role=group]")) group.hidden = !group.querySelector("[role=option]:not([hidden])");
  palette.querySelector(".no-command").hidden = options.length > 0;
  if (options[chosen]) search.setAttribute("aria-activedescendant", options[chosen].id);
  else search.removeAttribute("aria-activedescendant");
  options[chosen]?.scrollIntoView({ block: "nearest" });
}

function filter() {
  const words = search.value.trim().replace(/^\//, "").split(/\s+/).filter(Boolean);
  for (const option of all()) option.hidden = !words.every((word) => fits(option.dataset.words, word));
  // The command of that very name stands first for Enter.
  const named = shown().findIndex((option) => option.dataset.name === words[0]?.toLowerCase());
  chosen = Math.max(named, 0);
  draw();
}

function pick(option) {
  palette.hidePopover();
  if (option.dataset.name === "help") document.getElementById("help").showPopover();
  else begin(option.dataset.name);
}

export function preparePalette() {
  if (!palette) return;
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (!palette.matches(":popover-open")) {
      palette.showPopover();
      return;
    }
    palette.hidePopover();
    beginSearch();
  });
  palette.addEventListener("toggle", (event) => {
    if (event.newState !== "open") return;
    search.value = "";
    filter();
    search.focus();
  });
  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      chosen = (chosen + step + shown().length) % Math.max(shown().length, 1);
      draw();
      event.preventDefault();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (shown()[chosen]) pick(shown()[chosen]);
    }
  });
  palette.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) pick(option);
  });
}
