// The explorer: queries, their graph and table, log lines beside it, a trace by its id, and all of it in the address.
import { isTakenBack, legendOf, loki, onGrid, prometheus } from "./api.js";
import { Chart, cursor } from "./chart.js";
import { LogWords, MetricWords, QueryBox } from "./complete.js";
import { copy, el, tell, tool } from "./dom.js";
import { Legend } from "./legend.js";
import { LogLines, asked, soughtBy } from "./loglines.js";
import { ALERTS, marksOf } from "./marks.js";
import { numbersTable } from "./numbers.js";
import { Picker, firstRange, rangeOf } from "./picker.js";
import { given, place } from "./place.js";
import { asDuration, gridOf, resolved, stepFor } from "./range.js";
import { refusal, whyEmpty } from "./teach.js";
import { showTrace } from "./trace.js";
import { UNITS } from "./units.js";

const QUERIES_MAX = 26;
const SERIES_MAX = 200;
const LEVEL_COLOURS = { fatal: "--hot", critical: "--hot", error: "--hot", warn: "--warn", info: "--c1", debug: "--faint", trace: "--faint", unknown: "--edge" };
const at = (id) => document.getElementById(id);
const letter = (index) => String.fromCharCode(65 + index);

const parameters = new URLSearchParams(location.search);
const state = {
  range: rangeOf(parameters, firstRange()),
  refresh: parameters.get("refresh") ?? "",
  queries: parameters.getAll("q").slice(0, QUERIES_MAX).map((text, index) => ({ text, hidden: parameters.getAll("hide").includes(String(index + 1)) })),
  unit: UNITS[parameters.get("unit")] ? parameters.get("unit") : "number",
  table: parameters.get("view") === "table",
  stacked: parameters.get("stack") === "1",
  logs: parameters.get("logs") ?? "",
  marks: (parameters.get("marks") ?? "1") !== "0",
  trace: parameters.get("trace") ?? "",
};
if (!state.queries.length) state.queries = [{ text: "", hidden: false }];

let metricRun = null;
let logRun = null;
let traceRun = null;
let chart;
let legend;
let volume;
const metricWords = new MetricWords(() => resolved(state.range));
const logWords = new LogWords(() => resolved(state.range));
const annotations = [...(place.changes ? [{ name: "Changes", language: "list", tone: "warn" }] : []), ...(given("annotations") ?? [])].filter((each) => each.language !== "logql" || place.loki);
if (!annotations.some((each) => each.text === ALERTS.text)) annotations.unshift(ALERTS);

function address() {
  const made = new URLSearchParams({ from: state.range.from, to: state.range.to });
  if (state.refresh) made.set("refresh", state.refresh);
  state.queries.forEach(({ text, hidden }, index) => {
    if (text || state.queries.length > 1) made.append("q", text);
    if (hidden) made.append("hide", index + 1);
  });
  if (state.unit !== "number") made.set("unit", state.unit);
  if (state.table) made.set("view", "table");
  if (state.stacked) made.set("stack", "1");
  if (state.logs) made.set("logs", state.logs);
  if (!state.marks) made.set("marks", "0");
  if (state.trace) made.set("trace", state.trace);
  return `${location.pathname}?${made}`;
}

const kept = () => history.replaceState(null, "", address());

// Queries

function drawQueries(focused = null) {
  const list = at("queries");
  list.replaceChildren(...state.queries.map((query, index) => row(query, index)));
  at("add").disabled = state.queries.length >= QUERIES_MAX;
  if (focused !== null) state.queries[focused]?.box.field.focus();
}

function row(query, index) {
  const name = letter(index);
  query.box = new QueryBox({
    label: `Query ${name}`, text: query.text, words: metricWords, hint: 'rate(http_requests_total{job="api"}[5m])',
    run: () => { kept(); runMetrics(); }, changed: (text) => (query.text = text),
  });
  query.says = el("div", { className: "says" });
  const move = (by) => () => {
    const to = index + by;
    if (to < 0 || to >= state.queries.length) return;
    [state.queries[index], state.queries[to]] = [state.queries[to], state.queries[index]];
    drawQueries(to);
    tell(`Query ${name} is ${letter(to)} now`);
    kept();
    runMetrics();
  };
  query.box.field.addEventListener("keydown", (event) => {
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      move(event.key === "ArrowUp" ? -1 : 1)();
    }
  });
  const many = state.queries.length > 1;
  return el("li", { className: query.hidden ? "asked off" : "asked" },
    el("span", { className: "letter", aria: { hidden: "true" } }, name),
    query.box.box,
    el("span", { className: "acts" },
      tool("eye", query.hidden ? `Show ${name}` : `Hide ${name}`, () => { query.hidden = !query.hidden; drawQueries(index); kept(); runMetrics(); }, { aria: { label: `Hide ${name}`, pressed: String(query.hidden) } }),
      tool("copy", `Copy query ${name}`, () => copy(query.text, `Query ${name}`)),
      many ? tool("up", `Move ${name} up`, move(-1), { disabled: index === 0 }) : null,
      many ? tool("down", `Move ${name} down`, move(1), { disabled: index === state.queries.length - 1 }) : null,
      many ? tool("close", `Remove ${name}`, () => { state.queries.splice(index, 1); drawQueries(Math.min(index, state.queries.length - 1)); kept(); runMetrics(); }) : null),
    query.says);
}

function filled(text, grid) {
  const rate = asDuration(Math.max(grid.step + place.step, 4 * place.step));
  const known = { __interval: asDuration(grid.step), __rate_interval: rate, __range: asDuration(grid.to - grid.from), __range_s: String(grid.to - grid.from), __interval_ms: String(grid.step * 1000), __range_ms: String((grid.to - grid.from) * 1000), __auto: asDuration(grid.step) };
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (all, braced, plain) => known[braced ?? plain] ?? all);
}

// Metrics

async function runMetrics() {
  metricRun?.abort();
  metricRun = new AbortController();
  const { signal } = metricRun;
  const ends = resolved(state.range);
  const box = at("graph");
  const live = state.queries.filter((query) => !query.hidden && query.text.trim());
  at("metrics").hidden = !live.length;
  at("begin").hidden = live.length > 0 || Boolean(state.logs);
  for (const query of state.queries) if (!live.includes(query)) query.says.replaceChildren();
  if (!live.length) return;
  document.body.classList.add("asking");
  const grid = gridOf(ends, stepFor(ends, box.clientWidth || 800, place.step));
  try {
    const answers = await Promise.all(live.map((query) => answered(query, grid, ends, signal)));
    if (state.table) {
      box.replaceChildren(numbersTable(answers.flatMap((data, index) => (data ? [{ name: letter(state.queries.indexOf(live[index])), data }] : [])), { title: "values at the end of the range", unit: state.unit }));
      at("legend").replaceChildren();
      chart?.destroy();
      chart = null;
    } else await draw(answers, live, grid, ends, signal);
  } catch (error) {
    if (!isTakenBack(error)) throw error;
  } finally {
    if (!signal.aborted) document.body.classList.remove("asking");
  }
}

async function answered(query, grid, ends, signal) {
  try {
    const text = filled(query.text, grid);
    const data = state.table
      ? await prometheus("query", { query: text, time: grid.to }, signal)
      : await prometheus("query_range", { query: text, start: grid.from, end: grid.to, step: grid.step }, signal);
    if (data.result.length) query.says.replaceChildren();
    else query.says.replaceChildren(el("div", { className: "empty", role: "status" }, ...(await whyEmpty(text, ends, { signal, go: (range) => picker.go(range), use: (other) => use(query, other) }))));
    query.last = { text: query.text, table: state.table, data };
    return data;
  } catch (error) {
    if (isTakenBack(error)) throw error;
    query.says.replaceChildren(refusal(error, query.text));
    query.box.mark(error.at);
    // A server that cannot be reached takes nothing away: what came last stays.
    const same = query.last?.text === query.text && query.last.table === state.table;
    return error.status === 0 && same ? query.last.data : null;
  }
}

function use(query, text) {
  query.text = query.box.text = text;
  kept();
  runMetrics();
}

async function draw(answers, live, grid, ends, signal) {
  const lines = [];
  let count = 0;
  answers.forEach((data, index) => {
    if (!data) return;
    const { series } = onGrid(data.result, grid);
    count += series.length;
    const name = letter(state.queries.indexOf(live[index]));
    for (const { labels, values } of series.slice(0, SERIES_MAX)) {
      const own = legendOf("", labels, live[index].text);
      lines.push({ name: live.length > 1 ? `${name}: ${own}` : own, values });
    }
  });
  const options = { title: "the queries", unit: state.unit, stacked: state.stacked, height: 300, onZoom: (from, to) => picker.goTo(from, to) };
  if (chart) Object.assign(chart.options, options);
  else {
    chart = new Chart(at("graph"), options);
    legend = new Legend(at("legend"), chart, { unit: state.unit });
  }
  legend.unit = state.unit;
  const points = Array.from({ length: Math.round((grid.to - grid.from) / grid.step) + 1 }, (_, index) => grid.from + index * grid.step);
  legend.set(lines);
  chart.set({ at: points, lines, ends: { from: ends.from / 1000, to: ends.to / 1000 }, spans: chart.spans });
  const cut = count - lines.length;
  at("graph-note").textContent = `A point every ${asDuration(grid.step)}.${cut > 0 ? ` ${cut} of ${count} series are not drawn: sum or filter them.` : ""}`;
  at("legend").hidden = !lines.length;
  await drawMarks(ends, signal);
}

async function drawMarks(ends, signal) {
  if (!state.marks) {
    chart?.marked([]);
    at("marks-list").replaceChildren();
    return;
  }
  const { spans } = await marksOf(annotations, (text) => text, ends, 800, place.step, signal);
  chart?.marked(spans);
  const names = [...new Map(spans.map((span) => [`${span.name}: ${span.title}`, span])).values()].slice(0, 12);
  at("marks-list").replaceChildren(...names.map(({ name, title, tone }) => el("li", { className: `mark-${tone}` }, el("b", {}, name), ` ${title}`)));
}

// Logs

let lines;
function filterLogs(label, value, keeps) {
  const quoted = JSON.stringify(value);
  const text = state.logs.trim();
  const brace = text.indexOf("}");
  const streams = /\|\s*(json|logfmt|pattern|regexp|unpack)\b/.test(text);
  // A label of the stream goes into the selector; one that a stage has made is filtered after it.
  const own = brace < 0 || streams ? null : `${text.slice(0, brace).trimEnd()}, ${label}${keeps ? "=" : "!="}${quoted}${text.slice(brace)}`;
  setLogs(own ?? `${text} | ${label}${keeps ? "=" : "!="}${quoted}`);
}

function setLogs(text) {
  state.logs = logBox.text = text;
  kept();
  runLogs();
}

async function runLogs() {
  logRun?.abort();
  logRun = new AbortController();
  const { signal } = logRun;
  const says = at("logs-says");
  const query = state.logs.trim();
  at("logs-found").hidden = !query;
  const ends = resolved(state.range);
  if (!query) {
    says.replaceChildren();
    const names = await streamNames(ends, signal).catch(() => []);
    if (!signal.aborted && names.length) says.replaceChildren(el("p", { className: "none" }, "A stream in braces shows its lines. These are here:"), el("p", { className: "names" }, ...names));
    return;
  }
  at("begin").hidden = true;
  const grid = gridOf(ends, stepFor(ends, (at("volume").clientWidth || 800) / 4, 1));
  try {
    const found = await asked(filled(query, grid), ends, signal);
    if (found.numbers) {
      says.replaceChildren(refusal({ message: "This counts lines; it does not show them.", hint: "Write it without the function around it to see the lines." }));
      at("logs-found").hidden = true;
      return;
    }
    says.replaceChildren(...(found.lines.length ? [] : [await emptyLogs(query, ends, signal)]));
    at("logs-found").hidden = !found.lines.length;
    lines ??= new LogLines(at("lines"), { title: "of the query", filter: filterLogs, trace: (id) => setTrace(id) });
    lines.set(found.lines, { words: soughtBy(query), step: Math.max(grid.step, 2) });
    await drawVolume(query, grid, ends, signal);
  } catch (error) {
    if (isTakenBack(error)) return;
    says.replaceChildren(refusal(error, query));
    at("logs-found").hidden = true;
  }
}

async function emptyLogs(query, ends, signal) {
  const [stream] = /\{[^}]*\}/.exec(query) ?? [""];
  const names = await streamNames(ends, signal);
  if (!names.length) return el("div", { className: "empty", role: "status" }, el("p", {}, "No log lines at all in this range."));
  const { length } = (await loki("series", { ...within(ends), "match[]": stream }, signal)) ?? [];
  if (length) return el("div", { className: "empty", role: "status" }, el("p", {}, `${length} streams fit ${stream}, but none of their lines passes the filters after it.`));
  return el("div", { className: "empty", role: "status" }, el("p", {}, "No stream fits. These exist:"), el("p", { className: "names" }, ...names));
}

const within = (ends) => ({ start: `${Math.round(ends.from)}000000`, end: `${Math.round(ends.to)}000000` });

/** Some streams that have lines in a range, each to be pressed. */
async function streamNames(ends, signal) {
  const labels = (await loki("labels", within(ends), signal)) ?? [];
  const values = await Promise.all(labels.slice(0, 4).map(async (label) => [label, (await loki(`label/${encodeURIComponent(label)}/values`, within(ends), signal)) ?? []]));
  const texts = values.flatMap(([label, all]) => all.slice(0, 6).map((value) => `{${label}=${JSON.stringify(value)}}`));
  return texts.map((text) => el("button", { type: "button", className: "btn s", on: { click: () => setLogs(text) } }, el("code", {}, text)));
}

async function drawVolume(query, grid, ends, signal) {
  const text = `sum by (detected_level) (count_over_time(${query} [${asDuration(grid.step)}]))`;
  const data = await loki("query_range", { query: text, start: `${grid.from}000000000`, end: `${grid.to}000000000`, step: grid.step }, signal).catch((error) => {
    // Lines that can be shown may still not be counted, such as those that a stage could not read.
    if (isTakenBack(error)) throw error;
    return null;
  });
  at("volume").hidden = !data;
  if (!data) return;
  const { at: points, series } = onGrid(data.result, grid);
  volume ??= new Chart(at("volume"), { title: "log lines by level", unit: "none", stacked: true, bars: true, height: 90, onZoom: (from, to) => picker.goTo(from, to) });
  const order = Object.keys(LEVEL_COLOURS).reverse();
  const levels = series.map(({ labels, values }) => ({ name: labels.detected_level || "unknown", values, colour: LEVEL_COLOURS[labels.detected_level] ?? LEVEL_COLOURS.unknown })).sort((a, b) => order.indexOf(b.name) - order.indexOf(a.name));
  volume.set({ at: points, lines: levels, ends: { from: ends.from / 1000, to: ends.to / 1000 } });
}

// Traces

function setTrace(id) {
  state.trace = id.trim();
  at("trace-id").value = state.trace;
  at("trace-part").open = true;
  kept();
  runTrace();
}

async function runTrace() {
  traceRun?.abort();
  traceRun = new AbortController();
  const box = at("trace");
  if (!state.trace) return box.replaceChildren();
  try {
    await showTrace(box, state.trace, traceRun.signal);
    return tell("The trace is shown");
  } catch (error) {
    if (isTakenBack(error)) return undefined;
    const words = error.status === 404 ? "There is no trace of this id here: it may be too old, or from elsewhere." : error.message;
    return box.replaceChildren(refusal({ message: words, hint: error.hint ?? "" }));
  }
}

// The page

function runAll() {
  runMetrics();
  if (place.loki) runLogs();
}

cursor.addEventListener("pointed", (event) => {
  for (const each of [chart, volume]) each?.point(event.detail);
});

drawQueries();
const picker = new Picker(state, { changed: () => { history.pushState(null, "", address()); runAll(); }, again: runAll });
at("add").addEventListener("click", () => {
  state.queries.push({ text: "", hidden: false });
  drawQueries(state.queries.length - 1);
});
at("run").addEventListener("click", () => { kept(); runAll(); });
const unit = at("unit");
unit.replaceChildren(...Object.entries(UNITS).map(([value, { says }]) => el("option", { value, selected: value === state.unit }, says)));
unit.addEventListener("change", () => { state.unit = unit.value; kept(); runMetrics(); });
for (const [id, key] of [["table", "table"], ["stacked", "stacked"], ["marks", "marks"]]) {
  at(id).checked = state[key];
  at(id).addEventListener("change", (event) => { state[key] = event.target.checked; kept(); runMetrics(); });
}
at("share").addEventListener("click", () => {
  // A link shows later what is seen now: the ends of the range are written into it.
  const ends = resolved(state.range);
  const shown = new URL(address(), location.href);
  if (ends) {
    shown.searchParams.set("from", Math.round(ends.from));
    shown.searchParams.set("to", Math.round(ends.to));
    shown.searchParams.delete("refresh");
  }
  copy(shown.href, "Link");
});
let logBox;
if (place.loki) {
  logBox = new QueryBox({ label: "Log query", text: state.logs, words: logWords, hint: '{job="api"} |= "error"', run: setLogs, changed: (text) => (state.logs = text) });
  at("log-query").replaceChildren(logBox.box);
  at("logs-run").addEventListener("click", () => setLogs(state.logs));
}
if (place.tempo) {
  at("trace-form").addEventListener("submit", (event) => {
    event.preventDefault();
    setTrace(at("trace-id").value);
  });
  if (state.trace) setTrace(state.trace);
}
addEventListener("popstate", () => location.reload());
metricWords.metrics().then((names) => {
  const shown = names.slice(0, 24);
  at("begin-names").replaceChildren(...shown.map((name) => el("button", { type: "button", className: "btn s", on: { click: () => { use(state.queries[0], name); } } }, el("code", {}, name))));
  at("begin-count").textContent = names.length ? `${names.length} metrics are here. Choose one, or type in the box above.` : "This source has no metrics yet.";
}).catch(() => (at("begin-count").textContent = "The metrics cannot be listed just now."));
runAll();
