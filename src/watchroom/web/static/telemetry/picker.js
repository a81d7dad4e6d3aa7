// The range that a page looks at: its picker, the way back, zoom out, moving by half, and how often it is asked anew.
import { anchored, el, tell } from "./dom.js";
import { now, place } from "./place.js";
import { QUICK, isRelative, moment, resolved, worded, written } from "./range.js";

const REFRESH = [["", "Off"], ["5s", "5 s"], ["10s", "10 s"], ["30s", "30 s"], ["1m", "1 min"], ["5m", "5 min"]];
const EVERY = { "5s": 5000, "10s": 10_000, "30s": 30_000, "1m": 60_000, "5m": 300_000 };

export class Picker {
  /** `state` has range and refresh; `changed()` after each change; `again()` when only the data is to be asked anew. */
  constructor(state, { changed, again }) {
    this.state = state;
    this.changed = changed;
    this.again = again;
    this.past = [];
    this.words = document.getElementById("range-words");
    this.panel = document.getElementById("range-panel");
    this.back = document.getElementById("range-back");
    const by = (id, act) => document.getElementById(id).addEventListener("click", act);
    by("range-back", () => this.goBack());
    by("range-out", () => this.zoom(2));
    by("range-earlier", () => this.move(-0.5));
    by("range-later", () => this.move(0.5));
    by("ask-again", () => this.again());
    this.#quick();
    this.#own();
    this.#refresh();
    anchored(document.getElementById("range-open"), this.panel);
    this.panel.addEventListener("toggle", (event) => {
      if (event.newState === "open") this.#fill();
    });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.timer && isRelative(this.state.range)) this.again();
    });
    this.show();
  }

  /** Look at another range; the one before can be gone back to. */
  go(range) {
    if (!resolved(range)) return;
    this.past.push(this.state.range);
    this.state.range = range;
    this.show();
    this.changed();
    tell(`Showing ${worded(range)}`);
  }

  goTo(from, to) {
    this.go({ from: String(Math.round(from)), to: String(Math.round(Math.max(to, from + 1000))) });
  }

  goBack() {
    const before = this.past.pop();
    if (!before) return;
    this.state.range = before;
    this.show();
    this.changed();
    tell(`Back to ${worded(before)}`);
  }

  zoom(factor) {
    const ends = resolved(this.state.range);
    if (!ends) return;
    const middle = (ends.from + ends.to) / 2;
    const half = ((ends.to - ends.from) * factor) / 2;
    this.goTo(middle - half, Math.min(middle + half, Math.max(now(), ends.to)));
  }

  move(share) {
    const ends = resolved(this.state.range);
    if (!ends) return;
    const by = (ends.to - ends.from) * share;
    this.goTo(ends.from + by, ends.to + by);
  }

  show() {
    this.words.textContent = worded(this.state.range);
    this.back.disabled = !this.past.length;
    for (const button of this.panel.querySelectorAll("[data-from]")) {
      button.setAttribute("aria-pressed", String(button.dataset.from === this.state.range.from && this.state.range.to === "now"));
    }
  }

  #quick() {
    const list = document.getElementById("range-quick");
    const buttons = QUICK.map(([from, words]) => this.#choice(words, { from, to: "now" }, { from }));
    if (place.span) buttons.unshift(this.#choice("All of the recorded data", { from: String(place.span.from), to: String(place.span.to) }, {}));
    list.replaceChildren(...buttons);
  }

  #choice(words, range, data) {
    const act = () => {
      this.panel.hidePopover();
      this.go(range);
    };
    return el("button", { type: "button", className: "choice", data, on: { click: act } }, words);
  }

  #own() {
    const form = document.getElementById("range-form");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const range = { from: form.from.value.trim(), to: form.to.value.trim() };
      const wrong = moment(range.from) === null ? form.from : moment(range.to) === null ? form.to : null;
      const says = document.getElementById("range-wrong");
      if (wrong || !resolved(range)) {
        says.textContent = wrong ? `“${wrong.value}” is no time: write now-2h, or 2026-01-31 14:05.` : "The beginning has to come before the end.";
        (wrong ?? form.from).focus();
        return;
      }
      says.textContent = "";
      this.panel.hidePopover();
      // What was typed in this place's time goes into the address as a moment that means the same everywhere.
      this.go({ from: fixed(range.from), to: fixed(range.to) });
    });
  }

  #fill() {
    const form = document.getElementById("range-form");
    const { from, to } = this.state.range;
    form.from.value = /^\d+$/.test(from) ? written(Number(from)) : from;
    form.to.value = /^\d+$/.test(to) ? written(Number(to)) : to;
  }

  #refresh() {
    const select = document.getElementById("refresh");
    const known = REFRESH.some(([value]) => value === this.state.refresh);
    select.replaceChildren(...REFRESH.map(([value, words]) => el("option", { value, selected: value === this.state.refresh }, words)));
    if (!known) this.state.refresh = "";
    select.addEventListener("change", () => {
      this.state.refresh = select.value;
      this.#ticking();
      this.changed();
    });
    this.#ticking();
  }

  #ticking() {
    clearInterval(this.timer);
    const every = EVERY[this.state.refresh];
    this.timer = every ? setInterval(() => {
      // A range that has ended does not change, and nobody looks at a hidden page.
      if (!document.hidden && isRelative(this.state.range) && !document.querySelector(":popover-open")) this.again();
    }, every) : undefined;
  }
}

const fixed = (text) => (text.startsWith("now") ? text : String(moment(text)));

/** Range and refresh from an address, as Grafana writes them. */
export function rangeOf(parameters, otherwise) {
  const range = { from: parameters.get("from") ?? otherwise.from, to: parameters.get("to") ?? otherwise.to };
  return resolved(range) ? range : otherwise;
}

/** What is looked at first: the last hour, or all of what was recorded when it ended before that. */
export function firstRange(length = "1h") {
  const { span } = place;
  const usual = { from: `now-${length}`, to: "now" };
  const ends = resolved(usual);
  return span && ends && span.to < ends.from ? { from: String(span.from), to: String(span.to) } : usual;
}
