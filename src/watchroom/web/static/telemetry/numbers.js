// Instant answers as a table: a row for each series, a column for each label that differs, the values last.
import { el } from "./dom.js";
import { worth } from "./units.js";

const ROWS_MAX = 500;

/** `answers`: [{name, data, unit}] with Prometheus's instant data. Series of several answers with the same labels share a row. */
export function numbersTable(answers, { title, unit = "number", decimals = null, thresholds = [] }) {
  const rows = new Map();
  answers.forEach(({ data }, column) => {
    const result = data.resultType === "scalar" || data.resultType === "string" ? [{ metric: {}, value: data.result }] : data.result;
    for (const { metric, value, values } of result) {
      const { __name__: _, ...labels } = metric;
      const key = JSON.stringify(Object.entries(labels).sort());
      const row = rows.get(key) ?? { labels, values: [] };
      row.values[column] = Number(String((value ?? values.at(-1))[1]).replace("Inf", "Infinity"));
      rows.set(key, row);
    }
  });
  const names = [...new Set([...rows.values()].flatMap((row) => Object.keys(row.labels)))];
  const sorted = [...rows.values()].sort((a, b) => (b.values[0] ?? -Infinity) - (a.values[0] ?? -Infinity));
  const toneOf = (value) => thresholds.findLast((each) => value >= each.value)?.tone ?? "";
  const body = sorted.slice(0, ROWS_MAX).map((row) => el("tr", {},
    ...names.map((name, place) => el(place ? "td" : "th", place ? {} : { scope: "row" }, row.labels[name] ?? "")),
    ...answers.map(({ unit: own }, column) => el("td", { className: `number ${toneOf(row.values[column])}` }, worth(row.values[column] ?? null, own ?? unit, decimals)))));
  return el("div", { className: "scroll", tabIndex: 0, role: "region", aria: { label: `Table: ${title}` } },
    el("table", { className: "numbers" },
      el("thead", {}, el("tr", {}, ...names.map((name) => el("th", { scope: "col" }, name)), ...answers.map(({ name }) => el("th", { scope: "col", className: "number" }, name)))),
      el("tbody", {}, ...body)),
    sorted.length > ROWS_MAX ? el("p", { className: "none" }, `${sorted.length - ROWS_MAX} more rows: narrow the query.`) : null);
}
