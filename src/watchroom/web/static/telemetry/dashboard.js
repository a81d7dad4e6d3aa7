// A dashboard: choices, rows of panels, and what is marked on all of them; all that is chosen stands in the address.
import { isTakenBack } from "./api.js";
import { cursor } from "./chart.js";
import { copy, el } from "./dom.js";
import { marksOf } from "./marks.js";
import { Panel } from "./panel.js";
import { Picker, firstRange, rangeOf } from "./picker.js";
import { given, place } from "./place.js";
import { gridOf, resolved, stepFor } from "./range.js";
import { Variables } from "./variables.js";

const at = (id) => document.getElementById(id);
const definition = given("dashboard");
const parameters = new URLSearchParams(location.search);
const state = {
  range: rangeOf(parameters, firstRange(definition.range)),
  refresh: parameters.get("refresh") ?? definition.refresh,
  alone: parameters.has("panel") ? Number(parameters.get("panel")) : null,
  unmarked: new Set(parameters.getAll("unmarked")),
};
const variables = new Variables(at("variables"), definition.variables, parameters, () => {
  changed();
});
const panels = [];
let run = null;

const board = {
  spans: [],
  alone: state.alone,
  ends: () => resolved(state.range),
  fill: (text, grid) => variables.fill(text, grid),
  zoom: (from, to) => picker.goTo(from, to),
  only: (number) => address(number),
  explore: (panel) => {
    const ends = resolved(state.range);
    const grid = gridOf(ends, stepFor(ends, 800, place.step));
    const made = new URLSearchParams({ from: state.range.from, to: state.range.to });
    for (const query of panel.definition.queries) made.append(query.language === "logql" ? "logs" : "q", variables.fill(query.text, grid));
    if (panel.definition.unit !== "number") made.set("unit", panel.definition.unit);
    if (panel.definition.stacked) made.set("stack", "1");
    if (panel.definition.kind === "table") made.set("view", "table");
    return `${place.base}/explore?${made}`;
  },
};

function address(alone = state.alone) {
  const made = new URLSearchParams({ from: state.range.from, to: state.range.to });
  if (state.refresh !== definition.refresh) made.set("refresh", state.refresh);
  variables.into(made);
  if (alone !== null) made.set("panel", alone);
  for (const name of state.unmarked) made.append("unmarked", name);
  return `${location.pathname}?${made}`;
}

function changed() {
  history.pushState(null, "", address());
  runAll();
}

async function runAll() {
  run?.abort();
  run = new AbortController();
  const { signal } = run;
  for (const panel of panels) panel.run?.abort();
  try {
    await variables.load(resolved(state.range), signal);
    for (const panel of panels) panel.again();
    await mark(signal);
  } catch (error) {
    if (!isTakenBack(error)) throw error;
  }
}

async function mark(signal) {
  const wanted = definition.annotations.filter((each) => !state.unmarked.has(each.name) && (each.language !== "logql" || place.loki));
  const ends = resolved(state.range);
  const grid = gridOf(ends, stepFor(ends, 800, place.step));
  const { spans, troubles } = await marksOf(wanted, (text) => variables.fill(text, grid), ends, 800, place.step, signal);
  board.spans = spans;
  for (const panel of panels) panel.marked();
  at("marks-says").textContent = troubles.join(" ");
}

function drawMarks() {
  at("marks-choice").replaceChildren(...definition.annotations.map((each) => el("label", { className: `tick mark-${each.tone}` },
    el("input", { type: "checkbox", checked: !state.unmarked.has(each.name), on: { change: (event) => {
      if (event.target.checked) state.unmarked.delete(each.name);
      else state.unmarked.add(each.name);
      history.replaceState(null, "", address());
      mark(run.signal).catch(() => undefined);
    } } }), el("span", {}, each.name))));
}

function drawRows() {
  let number = 0;
  const rows = definition.rows.map((row) => {
    const own = row.panels.map((panel) => {
      number += 1;
      if (state.alone !== null && state.alone !== number) return null;
      const made = new Panel(state.alone === null ? panel : { ...panel, width: 24, height: Math.max(panel.height, 16) }, number, board);
      panels.push(made);
      return made.element;
    }).filter(Boolean);
    if (!own.length) return null;
    const tiles = el("div", { className: "tiles" }, ...own);
    if (!row.title) return tiles;
    return el("details", { className: "band", open: !row.collapsed || state.alone !== null }, el("summary", {}, el("h2", {}, row.title)), tiles);
  }).filter(Boolean);
  at("rows").replaceChildren(...rows, ...(state.alone === null ? [] : [el("p", {}, el("a", { className: "btn", href: address(null) }, "Show all panels"))]));
}

cursor.addEventListener("pointed", (event) => {
  for (const panel of panels) panel.chart?.point(event.detail);
});
drawRows();
drawMarks();
const picker = new Picker(state, { changed, again: runAll });
at("share").addEventListener("click", () => {
  const ends = resolved(state.range);
  const shown = new URL(address(), location.href);
  shown.searchParams.set("from", Math.round(ends.from));
  shown.searchParams.set("to", Math.round(ends.to));
  shown.searchParams.set("refresh", "");
  copy(shown.href, "Link");
});
addEventListener("popstate", () => location.reload());
runAll();
