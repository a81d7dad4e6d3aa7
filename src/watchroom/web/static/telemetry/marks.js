// What is marked on all graphs: alerts that fired as spans, changes and log lines as moments.
import { changes, isTakenBack, legendOf, loki, onGrid, prometheus } from "./api.js";
import { gridOf, stepFor } from "./range.js";

const MOMENTS_MAX = 200;

/** What a page marks when nothing else is said: alerts, and changes where the server lists them. */
export const ALERTS = { name: "Alerts", language: "promql", text: 'ALERTS{alertstate="firing"}', title: "{{alertname}} {{severity}}", tone: "hot" };

async function spansOf(each, text, ends, pixels, shortest, signal) {
  const grid = gridOf(ends, stepFor(ends, pixels, shortest));
  const data = await prometheus("query_range", { query: text, start: grid.from, end: grid.to, step: grid.step }, signal);
  const { at, series } = onGrid(data.result, grid);
  const found = [];
  for (const { labels, values } of series) {
    let begin = null;
    for (let index = 0; index <= at.length; index += 1) {
      const there = index < at.length && values[index] !== null;
      if (there && begin === null) begin = at[index];
      if (!there && begin !== null) {
        found.push({ from: begin, to: at[index - 1], tone: each.tone, name: each.name, title: said(each, labels) });
        begin = null;
      }
    }
  }
  return found;
}

const said = (each, labels) => {
  const { __name__: _, alertstate: __, ...own } = labels;
  return (each.title ? legendOf(each.title, labels).trim() : "") || Object.values(own).join(" ") || each.name;
};

async function momentsOf(each, text, ends, signal) {
  const data = await loki("query_range", { query: text, start: `${ends.from}000000`, end: `${ends.to}000000`, limit: MOMENTS_MAX, direction: "backward" }, signal);
  return data.result.flatMap(({ stream, values }) => values.map(([ns, line]) => {
    const at = Number(ns) / 1e9;
    return { from: at, to: at, tone: each.tone, name: each.name, title: each.title ? legendOf(each.title, { ...stream, line }) : line.slice(0, 160) };
  }));
}

async function listed(each, ends, signal) {
  return (await changes(signal)).flatMap(({ at, title }) => {
    const seconds = Date.parse(at) / 1000;
    return seconds * 1000 < ends.from || seconds * 1000 > ends.to ? [] : [{ from: seconds, to: seconds, tone: each.tone, name: each.name, title }];
  });
}

/** The spans (s) of all annotations in a range. One that cannot be asked says so in `troubles`, and the others stand. */
export async function marksOf(annotations, fill, ends, pixels, shortest, signal) {
  const troubles = [];
  const parts = await Promise.all(annotations.map(async (each) => {
    try {
      if (each.language === "list") return await listed(each, ends, signal);
      const text = fill(each.text);
      return await (each.language === "logql" ? momentsOf(each, text, ends, signal) : spansOf(each, text, ends, pixels, shortest, signal));
    } catch (error) {
      if (isTakenBack(error)) throw error;
      troubles.push(`${each.name}: ${error.message}`);
      return [];
    }
  }));
  return { spans: parts.flat(), troubles };
}
