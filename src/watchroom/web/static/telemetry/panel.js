// One panel of a dashboard: asks what it shows when it can be seen, takes its questions back when they are no longer
// wanted, and says calmly what is wrong.
import { isTakenBack, legendOf, loki, onGrid, prometheus } from "./api.js";
import { Chart } from "./chart.js";
import { anchored, copy, el, sign } from "./dom.js";
import { Legend, summed } from "./legend.js";
import { LogLines, asked, soughtBy } from "./loglines.js";
import { numbersTable } from "./numbers.js";
import { place } from "./place.js";
import { gridOf, stepFor } from "./range.js";
import { refusal } from "./teach.js";
import { worth } from "./units.js";

const SERIES_MAX = 100;
const LINES = 200;
const UNIT_PX = 30;

export class Panel {
  /** `board` has `ends()`, `fill(text, grid)`, `zoom(from, to)`, `spans`, and `explore(panel)`, the address of the explorer. */
  constructor(definition, number, board) {
    this.definition = definition;
    this.board = board;
    this.number = number;
    this.body = el("div", { className: "body" });
    this.says = el("div", { className: "says" });
    this.legendBox = el("div", { className: "below" });
    const menu = el("div", { className: "drop menu", popover: "auto", id: `menu-${number}` });
    this.menu = menu;
    menu.addEventListener("beforetoggle", () => this.#fillMenu());
    const { title, description, width, kind } = definition;
    this.element = el("section", { className: `panel tile w${width} k-${kind}`, aria: { labelledby: `title-${number}` }, data: { panel: number } },
      el("header", {},
        el("h3", { id: `title-${number}` }, title),
        description ? anchored(el("button", { type: "button", className: "tool about", aria: { label: `About ${title}` } }, "?"), this.#about(description)) : null,
        anchored(el("button", { type: "button", className: "tool more", aria: { label: `More of ${title}` } }, sign("more")), menu)),
      this.says, this.body, this.legendBox, this.aboutBox ?? null, menu);
    this.body.style.height = kind === "table" || kind === "logs" ? "" : `${this.#height()}px`;
    this.body.style.maxHeight = kind === "table" || kind === "logs" ? `${this.#height() + 60}px` : "";
    this.stale = true;
    this.seen = false;
    this.watch = new IntersectionObserver(([entry]) => {
      this.seen = entry.isIntersecting;
      if (this.seen && this.stale) this.load();
    }, { rootMargin: "160px" });
    this.watch.observe(this.element);
  }

  #about(words) {
    this.aboutBox = el("div", { className: "drop", popover: "auto" }, el("p", {}, words));
    return this.aboutBox;
  }

  #height() {
    const { height, kind } = this.definition;
    return Math.max(height * UNIT_PX - (kind === "timeseries" ? 96 : 46), 44);
  }

  /** Something has changed: ask now if it can be seen, else when it comes into view. */
  again() {
    this.stale = true;
    this.run?.abort();
    if (this.seen) this.load();
  }

  async load() {
    this.stale = false;
    this.run?.abort();
    this.run = new AbortController();
    const { signal } = this.run;
    const ends = this.board.ends();
    const grid = gridOf(ends, stepFor(ends, this.body.clientWidth || 400, place.step));
    this.element.setAttribute("aria-busy", "true");
    try {
      await this[this.definition.kind](grid, ends, signal);
    } catch (error) {
      if (isTakenBack(error)) {
        this.stale = true;
        return;
      }
      this.#wrong(error);
    }
    if (!signal.aborted) this.element.removeAttribute("aria-busy");
  }

  #wrong(error) {
    // What is drawn stays: it is what was last known.
    this.says.replaceChildren(refusal(error, error.query ?? ""));
  }

  #empty(words = "No series match in this range.") {
    const link = el("a", { href: this.board.explore(this) }, "Look closer in the explorer");
    this.body.replaceChildren(el("div", { className: "nothing" }, el("p", {}, words), link));
    this.legendBox.replaceChildren();
    this.chart?.destroy();
    this.chart = null;
    this.lines?.destroy();
    this.lines = null;
  }

  async #ranges(grid, signal) {
    return Promise.all(this.definition.queries.map(async (query) => {
      const text = this.board.fill(query.text, grid);
      try {
        const form = { query: text, start: grid.from, end: grid.to, step: grid.step };
        const data = await (query.language === "logql" ? loki : prometheus)("query_range", form, signal);
        // Lines are no numbers: a query that only selects them draws nothing.
        return data.resultType === "matrix" ? onGrid(data.result, grid).series : [];
      } catch (error) {
        if (!isTakenBack(error)) error.query = text;
        throw error;
      }
    }));
  }

  async #lines(grid, signal) {
    const answers = await this.#ranges(grid, signal);
    return answers.flatMap((series, index) => {
      const { legend, text } = this.definition.queries[index];
      return series.map(({ labels, values }) => ({ name: legendOf(legend, labels, this.definition.queries.length > 1 ? text : this.definition.title), values }));
    });
  }

  async timeseries(grid, ends, signal) {
    const all = await this.#lines(grid, signal);
    const lines = all.slice(0, SERIES_MAX);
    this.says.replaceChildren(...(all.length > lines.length ? [el("p", { className: "none" }, `${all.length - lines.length} more series are not drawn.`)] : []));
    if (!lines.length) return this.#empty();
    const { title, unit, decimals, low, high, stacked, thresholds } = this.definition;
    if (!this.chart) {
      this.chart = new Chart(this.body, { title, unit, decimals, low, high, stacked, thresholds, height: this.#height(), onZoom: (from, to) => this.board.zoom(from, to) });
      this.legend = new Legend(this.legendBox, this.chart, { unit, decimals });
    }
    const points = Array.from({ length: Math.round((grid.to - grid.from) / grid.step) + 1 }, (_, index) => grid.from + index * grid.step);
    this.legend.set(lines);
    return this.chart.set({ at: points, lines, spans: this.board.spans, ends: { from: ends.from / 1000, to: ends.to / 1000 } });
  }

  async stat(grid, ends, signal) {
    const lines = (await this.#lines(grid, signal)).slice(0, 12);
    this.says.replaceChildren();
    if (!lines.length) return this.#empty();
    const { unit, decimals, thresholds } = this.definition;
    for (const chart of this.sparks ?? []) chart.destroy();
    this.sparks = [];
    const points = Array.from({ length: Math.round((grid.to - grid.from) / grid.step) + 1 }, (_, index) => grid.from + index * grid.step);
    const made = lines.map((line) => {
      const { last } = summed(line.values);
      const reached = last === null ? undefined : thresholds.findLast((each) => last >= each.value);
      const box = el("div", { className: "spark", aria: { hidden: "true" } });
      return {
        line, box,
        element: el("div", { className: `stat-of${reached ? ` ${reached.tone}` : ""}` },
          lines.length > 1 ? el("span", { className: "of" }, line.name) : null,
          el("strong", {}, worth(last, unit, decimals)),
          // The colour of a threshold has its words, for whoever does not see the colour.
          reached ? el("span", { className: "reached" }, `${reached.tone === "good" ? "fine: " : ""}at or above ${worth(reached.value, unit)}`) : null,
          box),
      };
    });
    this.body.replaceChildren(el("div", { className: `stats of${Math.min(made.length, 4)}` }, ...made.map((each) => each.element)));
    for (const { line, box } of made) {
      if (box.clientWidth < 60 || box.clientHeight < 16) continue;
      const chart = new Chart(box, { title: line.name, plain: true, height: box.clientHeight, unit });
      chart.holder.removeAttribute("tabindex");
      chart.set({ at: points, lines: [line], ends: { from: ends.from / 1000, to: ends.to / 1000 } });
      this.sparks.push(chart);
    }
    return undefined;
  }

  async table(grid, ends, signal) {
    const { queries, unit, decimals, thresholds, title } = this.definition;
    const answers = await Promise.all(queries.map(async (query, index) => {
      const text = this.board.fill(query.text, grid);
      try {
        const data = await (query.language === "logql" ? loki : prometheus)("query", { query: text, time: grid.to }, signal);
        return { name: query.legend || (queries.length > 1 ? String.fromCharCode(65 + index) : "Value"), data };
      } catch (error) {
        if (!isTakenBack(error)) error.query = text;
        throw error;
      }
    }));
    this.says.replaceChildren();
    if (answers.every(({ data }) => !data.result.length)) return this.#empty("No series match at the end of this range.");
    return this.body.replaceChildren(numbersTable(answers, { title, unit, decimals, thresholds }));
  }

  async logs(grid, ends, signal) {
    if (!place.loki) return this.#empty("There are no logs here.");
    const answers = await Promise.all(this.definition.queries.map(async (query) => {
      const text = this.board.fill(query.text, grid);
      try {
        return (await asked(text, ends, signal, LINES)).lines ?? [];
      } catch (error) {
        if (!isTakenBack(error)) error.query = text;
        throw error;
      }
    }));
    this.says.replaceChildren();
    const lines = answers.flat().sort((a, b) => b.at - a.at);
    if (!lines.length) return this.#empty("No log lines in this range.");
    this.lines ??= new LogLines(this.body, { title: this.definition.title });
    return this.lines.set(lines, { words: this.definition.queries.flatMap((query) => soughtBy(query.text)), step: grid.step, limit: LINES, format: this.definition.queries[0].legend });
  }

  /** The marks of all graphs have come. */
  marked() {
    this.chart?.marked(this.board.spans);
  }

  #fillMenu() {
    const ends = this.board.ends();
    const grid = gridOf(ends, stepFor(ends, this.body.clientWidth || 400, place.step));
    const texts = this.definition.queries.map((query) => this.board.fill(query.text, grid));
    const alone = this.board.alone === this.number;
    this.menu.replaceChildren(
      el("a", { className: "choice", href: this.board.explore(this) }, sign("search"), "Open in the explorer"),
      el("a", { className: "choice", href: this.board.only(alone ? null : this.number) }, sign("whole"), alone ? "Show all panels" : "Show this panel alone"),
      el("button", { type: "button", className: "choice", on: { click: () => { this.menu.hidePopover(); copy(texts.join("\n"), texts.length > 1 ? "Queries" : "Query"); } } }, sign("copy"), texts.length > 1 ? "Copy the queries" : "Copy the query"),
    );
  }
}
