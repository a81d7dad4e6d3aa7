// What a page says when there is nothing to show, or a refusal: what is there instead, and where the mistake is.
import { isTakenBack, prometheus } from "./api.js";
import { el } from "./dom.js";
import { place } from "./place.js";
import { clock, day } from "./range.js";

const NOT_METRICS = new Set(
  ("and or unless by without on ignoring group_left group_right bool offset start end inf nan atan2 le sum min max avg count group stddev stdvar topk bottomk quantile count_values").split(" "),
);

/** The selectors of a query, as far as they can be seen without its grammar: {metric, matchers}. */
export function selectorsOf(query) {
  const hidden = [];
  const text = query.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`/g, (all) => `"${hidden.push(all) - 1}"`);
  const bare = text.replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)/g, " ");
  const found = [];
  for (const [, name = "", , inside = ""] of bare.matchAll(/([a-zA-Z_:][\w:]*)?(\{([^{}]*)\})?/g)) {
    if (!name && !inside) continue;
    const next = bare.slice(bare.indexOf(name) + name.length).trimStart();
    if (name && !inside && (NOT_METRICS.has(name.toLowerCase()) || next.startsWith("(") || /^(\d+)?[smhdwy]$/.test(name))) continue;
    found.push({ metric: name, matchers: inside.split(",").map((each) => each.trim().replace(/"(\d+)"/g, (_, place) => hidden[place])).filter(Boolean) });
  }
  return found;
}

function distance(a, b) {
  const row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    let before = row[0];
    row[0] = i;
    for (let j = 1; j <= b.length; j += 1) {
      const kept = row[j];
      row[j] = Math.min(row[j] + 1, row[j - 1] + 1, before + (a[i - 1] === b[j - 1] ? 0 : 1));
      before = kept;
    }
  }
  return row.at(-1);
}

/** The names nearest to one that is not there. */
export function nearest(name, names, count = 6) {
  const parts = name.toLowerCase().split(/[_:]/).filter((part) => part.length > 2);
  const score = (each) => distance(name.toLowerCase(), each.toLowerCase()) - 4 * parts.filter((part) => each.toLowerCase().includes(part)).length;
  return [...names].map((each) => [score(each), each]).sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1)).slice(0, count).map(([, each]) => each);
}

const when = (ms) => `${day(ms)} ${new Date(ms).getFullYear()} ${clock(ms, false)}`;

/** Why a query has no series: a list of sentences, some with something to press. `use(query)`, `go(range)`. */
export async function whyEmpty(query, ends, { use, go, signal }) {
  const said = [];
  try {
    const names = await prometheus("label/__name__/values", { limit: 20_000 }, signal);
    if (!names.length) return [sentence("This source has no metrics at all yet.")];
    const selectors = selectorsOf(query).filter(({ metric }) => metric);
    for (const { metric, matchers } of selectors.slice(0, 3)) {
      if (!names.includes(metric)) {
        said.push(choices(`No metric is called ${metric}. These exist:`, nearest(metric, names), (name) => use(query.replaceAll(metric, name))));
        continue;
      }
      said.push(...(await labelsMissing(metric, matchers, ends, { use, go, signal })));
    }
    if (!said.length && selectors.length) said.push(sentence("The series are there, but nothing is left of them: look at comparisons, at matching of labels, and at windows shorter than the time between samples."));
    if (!said.length) said.push(choices("No series match. These metrics exist, among others:", names.slice(0, 8), use));
  } catch (error) {
    if (isTakenBack(error)) throw error;
  }
  return said.length ? said : [sentence("No series match.")];
}

async function labelsMissing(metric, matchers, ends, { go, signal }) {
  const within = { start: ends.from / 1000, end: ends.to / 1000 };
  const all = await prometheus("series", { "match[]": metric, limit: 500, ...within }, signal);
  if (!all.length) {
    const words = place.span ? ` What is recorded goes from ${when(place.span.from)} to ${when(place.span.to)}.` : "";
    return [sentence(`${metric} has no samples in this range.${words}`, place.span && go ? el("button", { type: "button", className: "btn s", on: { click: () => go({ from: String(place.span.from), to: String(place.span.to) }) } }, "Show all of it") : null)];
  }
  const said = [];
  for (const matcher of matchers) {
    const label = /^\w+/.exec(matcher)?.[0];
    if (!label) continue;
    const found = await prometheus("series", { "match[]": `${metric}{${matcher}}`, limit: 1, ...within }, signal);
    if (found.length) continue;
    const values = [...new Set(all.map((each) => each[label] ?? ""))].sort();
    const has = values.filter(Boolean);
    said.push(sentence(has.length ? `No series of ${metric} fits ${matcher}. Values of ${label} here: ${has.slice(0, 12).join(", ")}${has.length > 12 ? " …" : "."}` : `${metric} has no label ${label}. It has ${Object.keys(all[0]).filter((name) => name !== "__name__").join(", ") || "none"}.`));
  }
  return said;
}

const sentence = (words, more = null) => el("p", {}, words, more ? " " : "", more);

function choices(words, names, use) {
  return el("div", {}, el("p", {}, words), el("p", { className: "names" }, ...names.map((name) => el("button", { type: "button", className: "btn s", on: { click: () => use(name) } }, el("code", {}, name)))));
}

/** A refusal: the sentence, what helps, and the query with the place marked. */
export function refusal(trouble, query = "") {
  const parts = [el("p", {}, trouble.message ?? String(trouble))];
  if (trouble.at && query) {
    const line = query.split("\n")[trouble.at.line - 1] ?? "";
    const place = Math.min(trouble.at.column - 1, line.length);
    parts.push(el("p", { className: "where" }, el("code", {}, line.slice(0, place), el("mark", {}, line.slice(place, place + 1) || "\u00a0"), line.slice(place + 1)), el("small", {}, ` at character ${trouble.at.column}${query.includes("\n") ? ` of line ${trouble.at.line}` : ""}`)));
  }
  if (trouble.hint) parts.push(el("p", { className: "helps" }, trouble.hint));
  return el("div", { className: "refusal", role: "status" }, ...parts);
}
