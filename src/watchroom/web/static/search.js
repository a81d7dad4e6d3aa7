// Search from every page: the box in the head is a combobox (source: ARIA Authoring Practices, combobox with list autocomplete).
// What is typed is asked for a moment later; arrows choose, Enter opens, Escape leaves. On the page of what was found, arrows walk.
import { dress, tick } from "./dress.js";

const PAUSE_MS = 120;

export function prepareSearch() {
  const box = document.getElementById("find");
  if (box) prepareBox(box);
  prepareHits();
}

/** Go to the box, or to the page's own. Whether there was one. */
export function beginSearch() {
  const own = document.getElementById("search-q");
  const box = document.getElementById("find");
  const field = own ?? box;
  if (!field) return false;
  if (field === box && box.offsetParent === null) {
    location.assign("/search");
    return true;
  }
  field.focus();
  field.select();
  return true;
}

function prepareBox(box) {
  const list = document.getElementById("found");
  // In a room the first slash begins a command.
  if (document.getElementById("line")) box.nextElementSibling.textContent = "//";
  let asked = 0;
  let shown = 0;
  let timer = 0;
  let chosen = -1;

  const options = () => [...list.querySelectorAll("[role=option]")];

  function choose(index) {
    chosen = index;
    options().forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    const option = options()[index];
    if (option) {
      box.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else box.removeAttribute("aria-activedescendant");
  }

  function close() {
    clearTimeout(timer);
    asked += 1;
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    choose(-1);
  }

  async function ask() {
    const number = ++asked;
    try {
      const answer = await fetch(`/search/offered?q=${encodeURIComponent(box.value.trim())}`, { headers: { "HX-Request": "true" } });
      // An answer that comes late, or to a box that was left, is not for what stands there now.
      if (!answer.ok || number !== asked || number < shown || document.activeElement !== box) return;
      shown = number;
      list.innerHTML = await answer.text();
      list.hidden = false;
      box.setAttribute("aria-expanded", "true");
      choose(-1);
      dress();
      tick();
    } catch {
      close();
    }
  }

  function take(option) {
    if (option.dataset.fill) {
      box.value = `${box.value.trim()} ${option.dataset.fill}`.trim();
      box.focus();
      ask();
    } else location.assign(option.dataset.href);
  }

  box.addEventListener("focus", ask);
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  });
  box.addEventListener("blur", close);
  // The box keeps the focus while something is chosen with the mouse.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
  box.addEventListener("keydown", (event) => {
    const count = options().length;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if (list.hidden) box.blur();
      else close();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden && count) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose(chosen < 0 ? (step > 0 ? 0 : count - 1) : (chosen + step + count) % count);
    } else if (event.key === "ArrowDown" && list.hidden) {
      event.preventDefault();
      ask();
    } else if (event.key === "Enter" && chosen >= 0 && !list.hidden) {
      event.preventDefault();
      take(options()[chosen]);
    }
  });
}

function prepareHits() {
  const own = document.getElementById("search-q");
  if (!own) return;
  const links = () => [...document.querySelectorAll(".hits .what a, .teach a")];
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = links().indexOf(document.activeElement);
    if (document.activeElement !== own && at < 0) return;
    if (event.key === "ArrowDown") {
      event.preventDefault();
      links()[Math.min(at + 1, links().length - 1)]?.focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      event.preventDefault();
      (links()[at - 1] ?? own).focus();
    } else if (event.key === "Escape") {
      if (at >= 0) own.focus();
      else own.blur();
    }
  });
}
