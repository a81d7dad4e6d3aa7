// One graph: lines over time on uPlot, with what is marked on all graphs, a cursor that all graphs share, and zoom by
// dragging or by keys. Gaps stay gaps.
import { el, tell } from "./dom.js";
import { clock, day } from "./range.js";
import { increments, marks, worth } from "./units.js";

const { uPlot } = window;
const COLOURS = 10;
const SHARED = "time";
const TIP_LINES = 10;
let style;

const token = (name) => (style ??= getComputedStyle(document.documentElement)).getPropertyValue(name).trim();

/** The colour of a series by its place; after ten they come again, dashed. */
export const colour = (place) => token(`--c${(place % COLOURS) + 1}`);
const dashOf = (place) => (place < COLOURS ? undefined : place < 2 * COLOURS ? [6, 3] : [2, 3]);

const all = new Set();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const chart of all) chart.again();
});

/** What the cursor of any graph is at (s), or null; the log lines listen. */
export const cursor = new EventTarget();
let last = null;
function moved(at, from) {
  if (at === last) return;
  last = at;
  cursor.dispatchEvent(new CustomEvent("moved", { detail: { at, from } }));
}

function timeMarks(self, splits, _axis, _space, step) {
  const days = splits.length > 1 && splits.at(-1) - splits[0] >= 86_400;
  let before = "";
  return splits.map((at) => {
    const ms = at * 1000;
    const date = day(ms);
    const text = step >= 86_400 ? date : days && date !== before && clock(ms) === "00:00:00" ? date : clock(ms, step < 60);
    before = date;
    return text;
  });
}

const TIME_STEPS = [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800];

export class Chart {
  /** `unit`, `low`, `high`, `stacked`, `thresholds` and `height` as the panel says; `onZoom(from, to)` in ms. */
  constructor(box, options) {
    this.box = box;
    this.options = options;
    this.hidden = new Set();
    this.lines = [];
    this.spans = [];
    this.tip = el("div", { className: "tip", hidden: true });
    this.holder = el("div", {
      className: "plot",
      tabIndex: 0,
      role: "group",
      aria: { label: `Graph of ${options.title}. Left and right move the cursor, plus and minus zoom.` },
      on: { keydown: (event) => this.#key(event), blur: () => this.#leave() },
    });
    box.replaceChildren(this.holder, this.tip);
    this.watch = new ResizeObserver(() => this.#size());
    this.watch.observe(this.holder);
    all.add(this);
  }

  get width() {
    return Math.max(this.holder.clientWidth, 120);
  }

  /** New content: `at` (s), lines of {name, values}, spans of {from, to, title, tone}, and the range (s) of the axis. */
  set({ at, lines, spans = [], ends }) {
    this.at = at;
    this.lines = lines;
    this.spans = spans;
    this.ends = ends;
    this.again();
  }

  /** Draw anew, from what is there. */
  again() {
    style = undefined;
    if (!this.lines) return;
    this.plot?.destroy();
    this.plot = new uPlot(this.#options(), this.#data(), this.holder);
    this.#label();
  }

  marked(spans) {
    this.spans = spans;
    this.plot?.redraw(false);
  }

  /** Show these lines (a set of places), and no others. */
  hide(hidden) {
    this.hidden = hidden;
    if (this.options.stacked) this.again();
    else this.plot?.batch(() => this.lines.forEach((_, place) => this.plot.setSeries(place + 1, { show: !hidden.has(place) })));
    this.#label();
  }

  lit(place) {
    this.plot?.setSeries(place === null ? null : place + 1, { focus: true });
  }

  /** Put the cursor at a time (s), as if the pointer were there. */
  point(at) {
    if (!this.plot) return;
    const left = at === null ? -10 : this.plot.valToPos(at, "x");
    this.plot.setCursor({ left, top: at === null ? -10 : 20 });
  }

  destroy() {
    all.delete(this);
    this.watch.disconnect();
    this.plot?.destroy();
  }

  #size() {
    if (this.plot && Math.abs(this.plot.width - this.width) > 1) this.plot.setSize({ width: this.width, height: this.options.height ?? 240 });
  }

  #label() {
    const shown = this.lines.filter((_, place) => !this.hidden.has(place));
    const names = shown.slice(0, 3).map((line) => line.name).join(", ");
    const count = shown.length > 3 ? ` and ${shown.length - 3} more` : "";
    this.holder.setAttribute("aria-label", `Graph of ${this.options.title}: ${names || "nothing"}${count}. Left and right move the cursor, plus and minus zoom.`);
  }

  #data() {
    if (!this.options.stacked) return [this.at, ...this.lines.map((line) => line.values)];
    // Each line stands on those after it, so that the highest is drawn first and hides none; a gap adds nothing.
    const sum = new Array(this.at.length).fill(0);
    const rows = [];
    for (let place = this.lines.length - 1; place >= 0; place -= 1) {
      const hidden = this.hidden.has(place);
      rows.unshift(this.lines[place].values.map((value, index) => (value === null || hidden ? null : (sum[index] += value))));
    }
    return [this.at, ...rows];
  }

  #options() {
    const { unit = "number", low = null, high = null, stacked = false, bars = false, plain = false, height = 240 } = this.options;
    const ink = token("--faint");
    const grid = { stroke: token("--line"), width: 1 };
    const font = "11px Inter, ui-sans-serif, system-ui, sans-serif";
    const top = Math.max(...(this.options.thresholds ?? []).map((each) => each.value), -Infinity);
    const range = (_, min, max) => {
      if (min === null || max === null) return [low ?? 0, high ?? 1];
      const bottom = low ?? (min >= 0 && (stacked || bars || min < max / 2 || min === max) ? 0 : min - (max - min || 1) * 0.05);
      // A threshold that is not far above is shown, so that the distance to it is seen.
      const reach = Number.isFinite(top) && top > max && top < max * 1.5 ? top : max;
      return [bottom, high ?? (reach === bottom ? bottom + 1 : reach + (reach - bottom) * 0.06)];
    };
    const paths = bars ? uPlot.paths.bars({ size: [0.9, 40], align: 1 }) : undefined;
    const series = this.lines.map((line, place) => {
      const stroke = line.colour ? token(line.colour) : colour(place);
      return {
        label: line.name, stroke, width: plain ? 1.5 : 1.25, dash: dashOf(place), show: !this.hidden.has(place), paths,
        fill: bars ? stroke : stacked ? `${stroke}38` : undefined,
        // A sample alone between gaps has no line: it is shown as a point.
        points: bars || plain ? { show: false } : { show: (self, number, from, to) => this.#alone(place, from, to), size: 4, filter: () => this.#lonely(place) },
      };
    });
    const made = {
      width: this.width, height, legend: { show: false }, padding: plain ? [2, 0, 2, 0] : [8, 18, 0, 0],
      scales: { x: { time: true, min: this.ends.from, max: this.ends.to, range: () => [this.ends.from, this.ends.to] }, y: { range } },
      focus: { alpha: 0.18 },
      cursor: plain
        ? { show: false }
        : {
            sync: { key: SHARED, setSeries: false, scales: ["x", null] },
            drag: { x: Boolean(this.options.onZoom), y: false, setScale: false, uni: 12 },
            focus: { prox: 16 }, points: { size: 6, width: 1.5 },
          },
      axes: [
        { show: !plain, stroke: ink, font, grid, ticks: { ...grid, size: 4 }, size: 28, incrs: TIME_STEPS, values: timeMarks, space: 64 },
        { show: !plain, stroke: ink, font, grid, ticks: { show: false }, size: (self, values) => 14 + Math.max(30, ...(values ?? []).map((text) => text.length * 6.2)), incrs: increments(unit), values: (self, splits) => marks(splits, unit), space: 26, gap: 6 },
      ],
      series: [{}, ...series],
      hooks: {
        drawClear: [(self) => this.#drawSpans(self)],
        draw: [(self) => this.#drawThresholds(self)],
        setCursor: [(self) => this.#cursor(self)],
        setSelect: [(self) => this.#select(self)],
        },
    };
    return made;
  }

  #alone(place, from, to) {
    return this.#lonely(place).some((index) => index >= from && index <= to);
  }

  #lonely(place) {
    const { values } = this.lines[place];
    return (this.lines[place].lonely ??= values.flatMap((value, index) => (value !== null && (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null ? [index] : [])));
  }

  #drawSpans(self) {
    const { ctx, bbox } = self;
    ctx.save();
    for (const { from, to, tone } of this.spans) {
      const left = self.valToPos(Math.max(from, this.ends.from), "x", true);
      const right = self.valToPos(Math.min(to, this.ends.to), "x", true);
      if (right < bbox.left || left > bbox.left + bbox.width) continue;
      ctx.fillStyle = token(`--${tone}`);
      ctx.globalAlpha = to > from ? 0.1 : 0.9;
      // A moment is drawn wider than the lines of the grid, which lie over it.
      const wide = Math.max(Math.round(right - left), (to > from ? 1 : 3) * devicePixelRatio);
      ctx.fillRect(Math.round(left) - (to > from ? 0 : devicePixelRatio), bbox.top, wide, bbox.height);
      ctx.globalAlpha = 0.9;
      // A bar along the lower edge, so that a span is seen without its colour as well.
      ctx.fillRect(Math.round(left) - (to > from ? 0 : 2 * devicePixelRatio), bbox.top + bbox.height - 4 * devicePixelRatio, Math.max(wide, 5 * devicePixelRatio), 4 * devicePixelRatio);
    }
    ctx.restore();
  }

  #drawThresholds(self) {
    const { ctx, bbox } = self;
    ctx.save();
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.lineWidth = devicePixelRatio;
    for (const { value, tone } of this.options.plain ? [] : (this.options.thresholds ?? [])) {
      const y = self.valToPos(value, "y", true);
      if (y < bbox.top || y > bbox.top + bbox.height) continue;
      ctx.strokeStyle = token(`--${tone}`);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    }
    ctx.restore();
  }

  #select(self) {
    const { left, width } = self.select;
    if (width < 4 || !this.options.onZoom) return;
    const from = self.posToVal(left, "x") * 1000;
    const to = self.posToVal(left + width, "x") * 1000;
    self.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.options.onZoom(Math.round(from), Math.round(to));
  }

  #cursor(self) {
    const { idx, left, event } = self.cursor;
    const here = left >= 0 && idx !== null && idx !== undefined;
    const own = here && (this.holder.matches(":hover") || this.holder === document.activeElement);
    if (own) moved(this.at[idx], this);
    else if (!here && event && !document.querySelector(".plot:hover")) moved(null, this);
    this.tip.hidden = !own || !this.lines.length;
    if (!own) return;
    this.#tip(idx, left + self.over.offsetLeft);
  }

  #tip(idx, left) {
    const rows = this.lines
      .map((line, place) => ({ line, place, value: line.values[idx] }))
      .filter(({ value, place }) => value !== null && value !== undefined && !this.hidden.has(place))
      .sort((a, b) => b.value - a.value);
    const at = this.at[idx];
    const spans = this.spans.filter(({ from, to }) => from - this.#near() <= at && at <= Math.max(to, from + this.#near()));
    this.tip.replaceChildren(
      el("b", {}, `${day(at * 1000)} ${clock(at * 1000)}`),
      ...rows.slice(0, TIP_LINES).map(({ line, place, value }) => el("span", {}, swatch(place, line.colour), el("i", {}, line.name), el("em", {}, worth(value, this.options.unit, this.options.decimals)))),
      ...(rows.length > TIP_LINES ? [el("small", {}, `and ${rows.length - TIP_LINES} more`)] : []),
      ...(rows.length ? [] : [el("small", {}, "No samples here")]),
      ...spans.slice(0, 4).map(({ title, tone }) => el("small", { className: `mark-${tone}` }, title)),
    );
    const right = left > this.width / 2;
    this.tip.style.left = right ? "" : `${left + 14}px`;
    this.tip.style.right = right ? `${this.width - left + 14}px` : "";
    this.read = `${clock(at * 1000)}: ${rows.slice(0, 4).map(({ line, value }) => `${line.name} ${worth(value, this.options.unit)}`).join(", ") || "no samples"}`;
  }

  #near() {
    return (this.ends.to - this.ends.from) / 200;
  }

  #leave() {
    this.point(null);
    this.tip.hidden = true;
    moved(null, this);
  }

  #key(event) {
    if (!this.plot || event.ctrlKey || event.metaKey || event.altKey || event.target !== this.holder) return;
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity }[event.key];
    if (steps !== undefined && this.at.length) {
      event.preventDefault();
      const known = this.plot.cursor.idx ?? (steps > 0 ? -1 : this.at.length);
      const index = Math.min(Math.max(known + steps * (event.shiftKey ? 5 : 1), 0), this.at.length - 1);
      this.point(this.at[index]);
      tell(this.read ?? "");
    } else if ("+-=".includes(event.key) && this.options.onZoom) {
      event.preventDefault();
      const middle = this.at[this.plot.cursor.idx ?? Math.floor(this.at.length / 2)] ?? (this.ends.from + this.ends.to) / 2;
      const half = ((this.ends.to - this.ends.from) * (event.key === "-" ? 2 : 0.5)) / 2;
      this.options.onZoom(Math.round((middle - half) * 1000), Math.round((middle + half) * 1000));
    }
  }
}

/** The sign of a line in a list: its colour, and its dashes where colours come again. */
export function swatch(place, own = null) {
  const kind = own ? `own${own.replace("--", "-")}` : `s${(place % COLOURS) + 1}`;
  return el("span", { className: `swatch ${kind}${place >= COLOURS ? " again" : ""}`, aria: { hidden: "true" } });
}
