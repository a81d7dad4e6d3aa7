// Log lines in order of time: the level as a word, labels behind each line, and the lines of the cursor's moment lit.
import { legendOf, loki } from "./api.js";
import { cursor } from "./chart.js";
import { copy, el } from "./dom.js";
import { place } from "./place.js";
import { clock, day } from "./range.js";

export const LINES_MAX = 500;
const LEVELS = { fatal: "fatal", critical: "fatal", crit: "fatal", panic: "fatal", error: "error", err: "error", warning: "warn", warn: "warn", wrn: "warn", info: "info", information: "info", notice: "info", debug: "debug", dbg: "debug", trace: "trace" };
const WORDS = { fatal: "FATAL", error: "ERROR", warn: "WARN", info: "INFO", debug: "DEBUG", trace: "TRACE", unknown: "LOG" };
const FIELD = /"?\b(?:level|severity|lvl)"?\s*[=:]\s*"?([a-z]+)/i;
const WORD = /\b(fatal|critical|panic|error|err|warning|warn|debug|trace|info)\b/i;
const TRACE = /\b(?:trace_?id|traceID)"?\s*[=:]\s*"?([0-9a-f]{16,32})\b/i;

/** How serious a line is: from its labels, a field, or its words; Loki's order. */
export function levelOf(labels, text) {
  const named = labels.detected_level ?? labels.level ?? labels.severity ?? labels.lvl ?? FIELD.exec(text)?.[1] ?? WORD.exec(text)?.[1];
  return LEVELS[named?.toLowerCase()] ?? "unknown";
}

/** The lines of an answer, newest first. */
export function linesOf(result) {
  return result
    .flatMap(({ stream, values }) => values.map(([ns, text]) => ({ ns, at: Number(ns) / 1e9, text, labels: stream, level: levelOf(stream, text) })))
    .sort((a, b) => (a.ns.length === b.ns.length ? (a.ns < b.ns ? 1 : a.ns > b.ns ? -1 : 0) : b.ns.length - a.ns.length));
}

export async function asked(query, ends, signal, limit = LINES_MAX) {
  const data = await loki("query_range", { query, start: `${Math.round(ends.from)}000000`, end: `${Math.round(ends.to)}000000`, limit, direction: "backward" }, signal);
  if (data.resultType !== "streams") return { numbers: data };
  return { lines: linesOf(data.result) };
}

/** What a query looks for in the text, so that it can be seen in the lines. */
export function soughtBy(query) {
  const found = [...query.matchAll(/\|=\s*(?:"((?:\\.|[^"\\])*)"|`([^`]*)`)/g)].map(([, quoted, raw]) => raw ?? quoted.replace(/\\(.)/g, "$1"));
  return found.filter((word) => word.length > 1);
}

function highlighted(text, words) {
  if (!words.length) return [text];
  const pattern = new RegExp(`(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`, "g");
  return text.split(pattern).map((part, index) => (index % 2 ? el("mark", {}, part) : part));
}

export class LogLines {
  /** `filter(label, value, keeps)` when somebody wants only the lines of a label, or none of them. */
  constructor(box, { title, filter = null, trace = null }) {
    this.box = box;
    this.filter = filter;
    this.trace = trace;
    this.list = el("ol", { className: "lines", tabIndex: 0, aria: { label: `Log lines: ${title}` } });
    this.note = el("p", { className: "none" });
    box.replaceChildren(this.note, this.list);
    this.moved = (event) => this.#light(event.detail);
    cursor.addEventListener("moved", this.moved);
  }

  destroy() {
    cursor.removeEventListener("moved", this.moved);
  }

  /** `step` (s): how far around the cursor's moment lines are lit. */
  set(lines, { words = [], step = 15, limit = LINES_MAX, format = "" }) {
    this.lines = lines;
    this.step = step;
    this.days = lines.length && day(lines[0].at * 1000) !== day(lines.at(-1).at * 1000);
    this.note.textContent = lines.length >= limit ? `The newest ${limit} lines; the range has more. Choose a shorter one, or filter.` : "";
    this.note.hidden = lines.length < limit;
    this.list.hidden = !lines.length;
    this.list.replaceChildren(...lines.map((line) => this.#line(line, words, format)));
  }

  #line(line, words, format) {
    const ms = line.at * 1000;
    const time = `${this.days ? `${day(ms)} ` : ""}${clock(ms)}.${String(Math.floor(ms % 1000)).padStart(3, "0")}`;
    const text = format ? legendOf(format, { ...line.labels, line: line.text }) : line.text;
    const head = el("summary", {}, el("time", { dateTime: new Date(ms).toISOString() }, time), el("b", { className: "level" }, WORDS[line.level]), el("span", { className: "said" }, ...highlighted(text, words)));
    const item = el("details", { on: { toggle: () => item.open && item.childElementCount === 1 && item.append(this.#labels(line)) } }, head);
    return el("li", { className: `l-${line.level}`, data: { at: line.at }, on: { mouseenter: () => this.#point(line.at), mouseleave: () => this.#point(null) } }, item);
  }

  #point(at) {
    cursor.dispatchEvent(new CustomEvent("pointed", { detail: at }));
  }

  #labels(line) {
    const rows = Object.entries(line.labels).sort(([a], [b]) => (a < b ? -1 : 1)).map(([label, value]) => el("div", {},
      el("dt", {}, label), el("dd", {}, value, ...(this.filter ? [this.#act("only", label, value, true), this.#act("without", label, value, false)] : []))));
    const id = line.labels.trace_id ?? line.labels.traceID ?? line.labels.traceId ?? TRACE.exec(line.text)?.[1];
    const acts = [el("button", { type: "button", className: "btn s", on: { click: () => copy(line.text, "Line") } }, "Copy line")];
    if (id && place.tempo && this.trace) acts.push(el("button", { type: "button", className: "btn s", on: { click: () => this.trace(id) } }, "Show trace"));
    return el("div", { className: "labels" }, el("pre", {}, line.text), el("dl", {}, ...rows), el("p", { className: "line" }, ...acts));
  }

  #act(word, label, value, keeps) {
    return el("button", { type: "button", className: "link", aria: { label: `${word} lines where ${label} is ${value}` }, on: { click: () => this.filter(label, value, keeps) } }, word);
  }

  #light({ at, from }) {
    if (!this.lines?.length) return;
    let nearest = null;
    for (const item of this.list.children) {
      const away = at === null ? Infinity : Math.abs(Number(item.dataset.at) - at);
      const lit = away <= this.step / 2;
      item.classList.toggle("lit", lit);
      if (lit && (nearest === null || away < nearest.away)) nearest = { item, away };
    }
    // Only the list itself is moved, never the page.
    if (nearest && from) this.list.scrollTop = nearest.item.offsetTop - this.list.offsetTop - this.list.clientHeight / 2;
  }
}
