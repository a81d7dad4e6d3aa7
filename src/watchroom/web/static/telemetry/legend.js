// The list below a graph: last, least, most and mean of each line. A click shows one alone, with Ctrl or ⌘ it hides or
// shows one; a head sorts.
import { swatch } from "./chart.js";
import { copy, el, tool } from "./dom.js";
import { worth } from "./units.js";

const SHOWN = 40;
const COLUMNS = [["last", "Last"], ["min", "Min"], ["max", "Max"], ["mean", "Mean"]];

/** What a list says of a line's values; nulls where it has none. */
export function summed(values) {
  let count = 0;
  let sum = 0;
  let min = null;
  let max = null;
  let last = null;
  for (const value of values) {
    if (value === null) continue;
    count += 1;
    sum += value;
    if (min === null || value < min) min = value;
    if (max === null || value > max) max = value;
    last = value;
  }
  return { last, min, max, mean: count ? sum / count : null };
}

export class Legend {
  constructor(box, chart, { unit, decimals = null }) {
    this.box = box;
    this.chart = chart;
    this.unit = unit;
    this.decimals = decimals;
    this.sort = null;
    this.whole = false;
  }

  /** `lines` of {name, values, expr}. What was shown alone before stays so, if it is there again. */
  set(lines) {
    const kept = this.lines ? new Set(this.lines.filter((_, place) => this.chart.hidden.has(place)).map((line) => line.name)) : new Set();
    this.lines = lines;
    this.sums = lines.map((line) => summed(line.values));
    const hidden = new Set(lines.flatMap((line, place) => (kept.has(line.name) ? [place] : [])));
    this.chart.hidden = hidden.size < lines.length ? hidden : new Set();
    this.draw();
  }

  #press(place, event) {
    const { hidden } = this.chart;
    const others = new Set(this.lines.map((_, each) => each).filter((each) => each !== place));
    let after;
    if (event.ctrlKey || event.metaKey) {
      after = new Set(hidden);
      if (!after.delete(place)) after.add(place);
    } else {
      const alone = !hidden.has(place) && hidden.size === others.size && others.size > 0;
      after = alone ? new Set() : others;
    }
    this.chart.hide(after);
    this.draw();
    this.box.querySelector(`[data-place="${place}"]`)?.focus();
  }

  #order() {
    const places = this.lines.map((_, place) => place);
    if (!this.sort) return places;
    const { key, down } = this.sort;
    const of = (place) => this.sums[place][key] ?? -Infinity;
    return places.sort((a, b) => (down ? of(b) - of(a) : of(a) - of(b)));
  }

  #head(key, words) {
    const sorted = this.sort?.key === key ? this.sort : null;
    const act = () => {
      this.sort = sorted ? (sorted.down ? { key, down: false } : null) : { key, down: true };
      this.draw();
      this.box.querySelector(`[data-sort="${key}"]`)?.focus();
    };
    const button = el("button", { type: "button", className: "link", data: { sort: key }, on: { click: act } }, words, sorted ? (sorted.down ? " ↓" : " ↑") : "");
    return el("th", { scope: "col", ...(sorted ? { aria: { sort: sorted.down ? "descending" : "ascending" } } : {}) }, button);
  }

  draw() {
    const { hidden } = this.chart;
    const order = this.#order();
    const shown = this.whole ? order : order.slice(0, SHOWN);
    const rows = shown.map((place) => {
      const line = this.lines[place];
      const name = el(
        "button",
        {
          type: "button", className: "series", title: `${line.name}\nClick: show alone. Ctrl or ⌘ and click: hide or show.`,
          data: { place }, aria: { pressed: String(!hidden.has(place)) },
          on: { click: (event) => this.#press(place, event), mouseenter: () => this.chart.lit(place), mouseleave: () => this.chart.lit(null) },
        },
        swatch(place, line.colour), el("span", {}, line.name),
      );
      return el("tr", { className: hidden.has(place) ? "off" : "" },
        el("th", { scope: "row" }, name),
        ...COLUMNS.map(([key]) => el("td", {}, worth(this.sums[place][key], this.unit, this.decimals))));
    });
    const more = order.length - shown.length;
    this.box.replaceChildren(
      el("table", { className: "legend" },
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, el("span", { className: "sr" }, "Series")), ...COLUMNS.map(([key, words]) => this.#head(key, words)))),
        el("tbody", {}, ...rows)),
      ...(more > 0 ? [el("button", { type: "button", className: "link more", on: { click: () => { this.whole = true; this.draw(); } } }, `Show ${more} more series`)] : []),
    );
  }
}

/** A small button that copies a query. */
export const copier = (text, what = "Query") => tool("copy", `Copy ${what}`, () => copy(text(), what));
