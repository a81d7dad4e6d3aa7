// The choices above a dashboard: their values from the source or from a list, and what they put into queries.
import { isTakenBack, prometheus } from "./api.js";
import { anchored, el, toast } from "./dom.js";
import { asDuration } from "./range.js";
import { place } from "./place.js";

const ALL = "$__all";
const OFFERED = 500;
const escaped = (value) => value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("\\", "\\\\").replaceAll('"', '\\"');
// A value stands between double quotes: what would end them is escaped.
const quoted = (value) => value.replace(/["\\]/g, "\\$&");

export class Variables {
  /** `wanted` are parameters of the address (`var-NAME`); `changed()` when somebody chose. */
  constructor(box, variables, wanted, changed) {
    this.box = box;
    this.variables = variables;
    this.changed = changed;
    this.options = new Map();
    this.chosen = new Map();
    for (const each of variables) {
      const own = wanted.getAll(`var-${each.name}`);
      this.chosen.set(each.name, own.length ? (each.multi ? own : own.slice(0, 1)) : first(each));
    }
  }

  /** What the address has to say of the choices. */
  into(parameters) {
    for (const [name, values] of this.chosen) for (const value of values) parameters.append(`var-${name}`, value);
  }

  /** Ask for the values in their order, since a later one may depend on an earlier one. */
  async load(ends, signal) {
    for (const each of this.variables) {
      let values = each.values;
      if (each.query) {
        try {
          values = await this.#asked(each, ends, signal);
        } catch (error) {
          if (isTakenBack(error)) throw error;
          toast(`The values of ${each.label} cannot be listed: ${error.message}`);
          values = [];
        }
      }
      this.options.set(each.name, values);
      if (!this.chosen.get(each.name).length && values.length) this.chosen.set(each.name, [values[0]]);
    }
    this.draw();
  }

  async #asked(each, ends, signal) {
    const [, selector, label] = /^label_values\(\s*(?:([\s\S]+?)\s*,\s*)?([a-zA-Z_]\w*)\s*\)$/.exec(each.query.trim());
    const within = { start: ends.from / 1000, end: ends.to / 1000 };
    if (selector) within["match[]"] = this.fill(selector, null);
    return (await prometheus(`label/${label}/values`, within, signal)).filter(Boolean);
  }

  draw() {
    this.box.hidden = !this.variables.length;
    this.box.replaceChildren(...this.variables.map((each) => (each.multi ? this.#many(each) : this.#one(each))));
  }

  #values(each) {
    const known = this.options.get(each.name) ?? [];
    // What an address asks for stays to be seen, although the source does not know it (any more).
    return [...new Set([...this.chosen.get(each.name).filter((value) => value !== ALL), ...known])].sort(each.values.length ? undefined : inOrder).slice(0, OFFERED);
  }

  #one(each) {
    const values = this.#values(each);
    const chosen = this.chosen.get(each.name)[0];
    const ordered = each.values.length ? each.values : values;
    const options = [...(each.all ? [[ALL, "All"]] : []), ...ordered.map((value) => [value, value])];
    const select = el("select", { on: { change: () => { this.chosen.set(each.name, [select.value]); this.changed(); } } }, ...options.map(([value, words]) => el("option", { value, selected: value === chosen }, words)));
    return el("label", { className: "choice-of" }, el("span", {}, each.label), select);
  }

  #many(each) {
    const chosen = this.chosen.get(each.name);
    const everything = chosen.includes(ALL);
    const words = everything ? "All" : chosen.length > 2 ? `${chosen.length} chosen` : chosen.join(", ") || "None";
    const id = `var-${each.name}`;
    const pick = () => {
      const boxes = [...panel.querySelectorAll("input")];
      const all = boxes.find((box) => box.value === ALL);
      const own = boxes.filter((box) => box !== all && box.checked).map((box) => box.value);
      return own.length ? own : first(each, this.options.get(each.name));
    };
    const line = (value, says, checked) => el("label", { className: "tick" }, el("input", { type: "checkbox", value, checked, on: { change: (event) => {
      // Everything and something do not go together: the later choice holds.
      if (value === ALL && event.target.checked) for (const box of panel.querySelectorAll("input")) box.checked = box.value === ALL;
      else if (value !== ALL) for (const box of panel.querySelectorAll(`input[value="${CSS.escape(ALL)}"]`)) box.checked = false;
    } } }), el("span", {}, says));
    const panel = el("div", { id, className: "drop", popover: "auto" },
      el("fieldset", {}, el("legend", {}, each.label), ...(each.all ? [line(ALL, "All", everything)] : []), ...this.#values(each).map((value) => line(value, value, !everything && chosen.includes(value)))));
    panel.addEventListener("toggle", (event) => {
      if (event.newState !== "closed") return;
      const all = panel.querySelector(`input[value="${CSS.escape(ALL)}"]`);
      const after = all?.checked ? [ALL] : pick();
      if (after.join("\n") === chosen.join("\n")) return;
      this.chosen.set(each.name, after);
      this.changed();
    });
    const button = el("button", { type: "button", className: "btn s", aria: { label: `${each.label}: ${words}` } }, words);
    return el("div", { className: "choice-of" }, el("span", {}, each.label), anchored(button, panel), panel);
  }

  /** A text with the choices and the grid in it, as Grafana writes them for Prometheus and Loki. */
  fill(text, grid) {
    return text.replace(/\$(?:\{(\w+)(?::(\w+))?\}|([a-zA-Z_]\w*))/g, (all, braced, format, plain) => {
      const name = braced ?? plain;
      if (grid && name.startsWith("__")) return builtIn(name, grid) ?? all;
      const variable = this.variables.find((each) => each.name === name);
      return variable ? this.#written(variable, format) : all;
    });
  }

  #written(variable, format) {
    const chosen = this.chosen.get(variable.name);
    const everything = chosen.includes(ALL);
    if (everything) return ".*";
    if (format === "raw" || format === "csv") return chosen.join(",");
    if (format === "pipe") return chosen.join("|");
    if (format === "regex") return chosen.length === 1 ? escaped(chosen[0]) : `(${chosen.map(escaped).join("|")})`;
    if (!variable.multi && !variable.all) return quoted(chosen[0] ?? "");
    return chosen.length === 1 ? escaped(chosen[0]) : `(${chosen.map(escaped).join("|")})`;
  }
}

function inOrder(a, b) {
  return a.localeCompare(b, "en", { numeric: true });
}

function first(variable, known = []) {
  if (variable.initial) return [variable.initial];
  if (variable.all) return [ALL];
  const values = variable.values.length ? variable.values : known;
  return values.length ? [values[0]] : [];
}

function builtIn(name, grid) {
  const whole = grid.to - grid.from;
  return {
    __interval: asDuration(grid.step),
    __interval_ms: String(grid.step * 1000),
    __rate_interval: asDuration(Math.max(grid.step + place.step, 4 * place.step)),
    __range: asDuration(whole),
    __range_s: String(Math.round(whole)),
    __range_ms: String(Math.round(whole * 1000)),
    __from: String(grid.from * 1000),
    __to: String(grid.to * 1000),
  }[name];
}
