// A box for a query with what may come next: metrics, labels, values and functions, from the source itself.
import { isTakenBack, loki, prometheus } from "./api.js";
import { el, later, tell } from "./dom.js";

const FUNCTIONS = ("abs absent absent_over_time avg_over_time ceil changes clamp clamp_max clamp_min count_over_time delta deriv exp floor histogram_quantile idelta increase irate label_join label_replace last_over_time ln log10 log2 max_over_time min_over_time "
  + "predict_linear present_over_time quantile_over_time rate resets round scalar sgn sort sort_desc sqrt stddev_over_time sum_over_time time timestamp vector").split(" ");
const AGGREGATIONS = "avg bottomk count count_values group max min quantile stddev stdvar sum topk".split(" ");
const WORDS = "and by bool group_left group_right ignoring offset on or unless without".split(" ");
const STAGES = ["json", "logfmt", "pattern", "regexp", "unpack", "decolorize", "line_format", "label_format", "drop", "keep", "unwrap"];
const LOG_FUNCTIONS = "count_over_time rate bytes_rate bytes_over_time sum_over_time avg_over_time max_over_time min_over_time quantile_over_time absent_over_time sum avg max min count topk bottomk".split(" ");
const SHOWN = 60;
let boxes = 0;

/** What is being written at a place of a text: kind, the part already there, and where it begins. */
export function contextOf(text, at) {
  const before = text.slice(0, at);
  const bare = before.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`/g, (all) => `"${" ".repeat(all.length - 2)}"`);
  const quote = /["'`]([^"'`]*)$/.exec(bare.replace(/"[^"]*"/g, (all) => " ".repeat(all.length)));
  const brace = bare.lastIndexOf("{");
  const inside = brace > bare.lastIndexOf("}");
  if (inside) {
    const metric = /([a-zA-Z_:][\w:]*)?\s*$/.exec(before.slice(0, brace))[1] ?? "";
    const value = /([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)\s*["'`]([^"'`]*)$/.exec(before.slice(brace));
    if (value) return { kind: "value", label: value[1], metric, part: value[2], begin: at - value[2].length, matchers: others(before.slice(brace + 1), value[1]) };
    if (quote) return { kind: "none", part: "", begin: at };
    const label = /([a-zA-Z_]\w*)?$/.exec(before)[0];
    return /(?:\{|,)\s*$/.test(before.slice(0, at - label.length)) ? { kind: "label", metric, part: label, begin: at - label.length } : { kind: "none", part: "", begin: at };
  }
  if (quote) return { kind: "none", part: "", begin: at };
  const stage = /\|\s*([a-z_]*)$/.exec(before);
  if (stage) return { kind: "stage", part: stage[1], begin: at - stage[1].length };
  const word = /[a-zA-Z_:][\w:]*$/.exec(before)?.[0] ?? "";
  if (/\[[^\]]*$/.test(bare)) return { kind: "none", part: "", begin: at };
  const list = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)$/.exec(before.slice(0, at - word.length));
  if (list) return { kind: "label", metric: /([a-zA-Z_:][\w:]*)\s*[{[]/.exec(text)?.[1] ?? "", part: word, begin: at - word.length };
  return { kind: "word", part: word, begin: at - word.length };
}

function others(inside, label) {
  return [...inside.matchAll(/([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"((?:\\.|[^"\\])*)"/g)].filter(([, name]) => name !== label).map(([, name, how, value]) => `${name}${how}"${value}"`);
}

/** What a Prometheus offers; names are asked for once. */
export class MetricWords {
  constructor(range) {
    this.range = range;
    this.known = new Map();
  }

  async #of(path, parameters = {}) {
    const key = path + JSON.stringify(parameters);
    if (!this.known.has(key)) this.known.set(key, prometheus(path, parameters));
    try {
      return await this.known.get(key);
    } catch (error) {
      this.known.delete(key);
      if (!isTakenBack(error)) return [];
      throw error;
    }
  }

  metrics() {
    return this.#of("label/__name__/values", { limit: 20_000 });
  }

  async about() {
    return this.#of("metadata");
  }

  async offers({ kind, label, metric, matchers = [] }) {
    const match = metric || matchers.length ? { "match[]": `${metric}{${matchers.join(",")}}` } : {};
    if (kind === "value") return (await this.#of(`label/${encodeURIComponent(label)}/values`, { ...match, limit: 1000 })).map((text) => ({ text, end: "" }));
    if (kind === "label") return (await this.#of("labels", match)).filter((text) => text !== "__name__").map((text) => ({ text }));
    if (kind !== "word") return [];
    const [names, about] = await Promise.all([this.metrics(), this.about()]);
    const helpOf = (name) => about[name]?.[0] ?? about[name.replace(/_(total|bucket|sum|count)$/, "")]?.[0];
    return [
      ...names.map((text) => ({ text, says: helpOf(text)?.help ?? "", type: helpOf(text)?.type ?? "" })),
      ...[...FUNCTIONS, ...AGGREGATIONS].map((text) => ({ text, type: "function", end: "(" })),
      ...WORDS.map((text) => ({ text, type: "word" })),
    ];
  }
}

/** What a Loki offers. */
export class LogWords {
  constructor(range) {
    this.range = range;
  }

  async offers({ kind, label, matchers = [] }) {
    const ends = this.range();
    const within = ends ? { start: `${Math.round(ends.from)}000000`, end: `${Math.round(ends.to)}000000` } : {};
    try {
      if (kind === "value") return ((await loki(`label/${encodeURIComponent(label)}/values`, { ...within, query: matchers.length ? `{${matchers.join(",")}}` : undefined })) ?? []).map((text) => ({ text, end: "" }));
      if (kind === "label") return ((await loki("labels", within)) ?? []).map((text) => ({ text, end: '="' }));
    } catch {
      return [];
    }
    if (kind === "stage") return STAGES.map((text) => ({ text, type: "stage" }));
    if (kind === "word") return LOG_FUNCTIONS.map((text) => ({ text, type: "function", end: "(" }));
    return [];
  }
}

function ranked(offers, part) {
  const word = part.toLowerCase();
  const score = ({ text }) => {
    const low = text.toLowerCase();
    const place = low.indexOf(word);
    if (place >= 0) return place === 0 ? 0 : 1;
    // All letters in their order: `hrt` finds http_requests_total.
    let at = -1;
    for (const letter of word) if ((at = low.indexOf(letter, at + 1)) < 0) return 9;
    return 2;
  };
  return offers.map((offer, place) => ({ offer, place, score: score(offer) })).filter(({ score: s }) => s < 9).sort((a, b) => a.score - b.score || a.offer.text.length - b.offer.text.length || a.place - b.place).slice(0, SHOWN).map(({ offer }) => offer);
}

export class QueryBox {
  /** A box called `label` that holds `text`; `run(text)` when it is asked for, `changed(text)` at each letter. */
  constructor({ label, text, words, run, changed, hint = "" }) {
    boxes += 1;
    this.words = words;
    this.run = run;
    this.field = el("textarea", {
      className: "query", rows: 1, spellcheck: false, autocomplete: "off", autocapitalize: "off", value: text, placeholder: hint,
      aria: { label, autocomplete: "list", controls: `offers-${boxes}`, haspopup: "listbox" },
      on: {
        input: () => { changed(this.field.value); this.#soon(this.turn); },
        keydown: (event) => this.#key(event), blur: () => setTimeout(() => this.close(), 150), click: () => this.close(),
      },
    });
    this.list = el("ul", { className: "offers", id: `offers-${boxes}`, role: "listbox", hidden: true, aria: { label: `What may come next in ${label}` } });
    this.box = el("div", { className: "query-box" }, this.field, this.list);
    this.turn = 0;
    // What was asked for or closed meanwhile is not offered any more.
    this.#soon = later(120, (turn) => turn === this.turn && this.offer(false));
    this.shown = [];
  }

  #soon;

  get text() {
    return this.field.value;
  }

  set text(value) {
    this.field.value = value;
  }

  async offer(wanted) {
    const at = this.field.selectionStart;
    const context = contextOf(this.field.value, at);
    if (!wanted && !context.part && context.kind === "word") return this.close();
    const { turn } = this;
    const offers = await this.words.offers(context);
    if (document.activeElement !== this.field || this.field.selectionStart !== at || turn !== this.turn) return undefined;
    const found = ranked(offers, context.part).filter(({ text }) => wanted || text !== context.part);
    if (!found.length) return this.close();
    this.context = context;
    this.shown = found;
    this.chosen = -1;
    this.list.replaceChildren(...found.map(({ text, says = "", type = "" }, place) => el("li", {
      role: "option", id: `${this.list.id}-${place}`, aria: { selected: "false" },
      on: { mousedown: (event) => { event.preventDefault(); this.take(place); } },
    }, el("code", {}, text), type ? el("small", {}, type) : null, says ? el("span", {}, says) : null)));
    this.list.hidden = false;
    tell(`${found.length} offers`);
    // A name that is whole already is not exchanged for a longer one, unless somebody chooses that.
    if (wanted || (context.part && !offers.some(({ text }) => text === context.part))) this.#choose(0);
    return undefined;
  }

  #choose(place) {
    this.list.children[this.chosen]?.setAttribute("aria-selected", "false");
    this.chosen = (place + this.shown.length) % this.shown.length;
    const item = this.list.children[this.chosen];
    item.setAttribute("aria-selected", "true");
    item.scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", item.id);
  }

  take(place) {
    const { text, end = "" } = this.shown[place];
    const { value, selectionStart } = this.field;
    const rest = value.slice(selectionStart).replace(/^[\w:]*/, "");
    const put = text + (rest.startsWith(end) ? "" : end);
    this.field.value = value.slice(0, this.context.begin) + put + rest;
    const at = this.context.begin + put.length;
    this.field.setSelectionRange(at, at);
    this.field.dispatchEvent(new Event("input"));
    this.close();
  }

  close() {
    this.turn += 1;
    this.list.hidden = true;
    this.field.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    const open = !this.list.hidden;
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      this.offer(true);
    } else if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.#choose(this.chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (open && event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (open && this.chosen >= 0 && !event.ctrlKey && !event.metaKey) this.take(this.chosen);
      else {
        this.close();
        this.run(this.field.value);
      }
    } else if (open && event.key === "Tab" && !event.shiftKey && this.chosen >= 0) {
      event.preventDefault();
      this.take(this.chosen);
    }
  }

  /** Show where a query cannot be read: line and column from 1. */
  mark(at) {
    if (!at) return;
    const lines = this.field.value.split("\n");
    const begin = lines.slice(0, at.line - 1).reduce((sum, line) => sum + line.length + 1, 0) + at.column - 1;
    if (document.activeElement === this.field) this.field.setSelectionRange(begin, begin);
  }
}
