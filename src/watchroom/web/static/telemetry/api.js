// Asking the sources: a few questions at once, each of which can be taken back, and refusals as calm sentences.
import { place } from "./place.js";

/** Browsers open six connections to a host: some are left for whatever else the page does. */
const AT_ONCE = 4;
const waiting = [];
let running = 0;

/** A refusal in plain words; `at` is the place in the query (line and column from 1), where it is known. */
export class Trouble extends Error {
  constructor(words, { at = null, hint = "", status = 0 } = {}) {
    super(words);
    this.at = at;
    this.hint = hint;
    this.status = status;
  }
}

function next() {
  while (running < AT_ONCE && waiting.length) {
    const task = waiting.shift();
    if (task.signal?.aborted) {
      task.reject(new DOMException("taken back", "AbortError"));
      continue;
    }
    running += 1;
    task.run().then(task.resolve, task.reject).finally(() => {
      running -= 1;
      next();
    });
  }
}

function inLine(signal, run) {
  return new Promise((resolve, reject) => {
    waiting.push({ signal, run, resolve, reject });
    next();
  });
}

export const isTakenBack = (error) => error?.name === "AbortError";

function placed(text) {
  const found = /(?:^|\s)(\d+):(\d+): parse error/.exec(text) ?? /line (\d+), col (\d+)/.exec(text);
  return found ? { line: Number(found[1]), column: Number(found[2]) } : null;
}

const HINTS = [
  [/expected type matrix in call to function '(\w+)'/, "$1 reads a window of time: write its argument as metric[5m]."],
  [/expected type instant vector|expected type vector/i, "A window such as [5m] goes only into functions like rate()."],
  [/unclosed left parenthesis/, "A bracket is opened and never closed."],
  [/unexpected end of input inside braces|unclosed left brace/, "The { is never closed."],
  [/unknown function with name '(\w+)'/, "There is no function $1; type a letter or two and choose from the list."],
  [/many-to-many|multiple matches for labels|many-to-one/, "Say which labels to match on: on(...) or ignoring(...), with group_left or group_right if one side has more."],
  [/11,000 points/, "Choose a shorter range."],
  [/at least one regexp or equality matcher/, 'Name a stream, such as {job="api"}.'],
  [/too many samples|samples (may|that)/, "Narrow it by labels, or choose a shorter range."],
  [/waiting already/, "Many are asking at this moment; it is asked again at the next refresh."],
];

function hintOf(text) {
  for (const [pattern, words] of HINTS) {
    const found = pattern.exec(text);
    if (found) return words.replace("$1", found[1] ?? "");
  }
  return "";
}

function refusal(status, text) {
  let said = text;
  try {
    const body = JSON.parse(text);
    said = typeof body.error === "string" ? body.error : (body.error?.message ?? text);
  } catch {
    // Loki's refusals are plain text.
  }
  said = said.trim().replace(/^invalid parameter "query": /, "");
  const at = placed(said);
  const bare = said.replace(/^\d+:\d+: /, "").replace(/^unknown position: /, "").replace(/^parse error( at line \d+, col \d+)?\s*: /, "");
  if (status === 401 || status === 403) return new Trouble("You may not look at this.", { hint: "Sign in again, or ask for a seat in the drill.", status });
  const words = bare ? bare[0].toUpperCase() + bare.slice(1) : `The server answered ${status}`;
  return new Trouble(/[.!?]$/.test(words) ? words : `${words}.`, { at, hint: hintOf(said), status });
}

async function fetched(address, options, signal) {
  let answer;
  try {
    answer = await fetch(address, { credentials: "same-origin", ...options, signal });
  } catch (error) {
    if (isTakenBack(error)) throw error;
    throw new Trouble("The server does not answer.", { hint: "What you see is what came last; it is asked again at the next refresh." });
  }
  if (!answer.ok) throw refusal(answer.status, await answer.text());
  return answer.json();
}

function encoded(parameters) {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined && each !== null) form.append(name, each);
  }
  return form;
}

/** Prometheus: what stands under `data`. Questions are posted, since a query may be longer than an address. */
export function prometheus(path, parameters = {}, signal = undefined) {
  const posted = ["query", "query_range", "series", "labels"].includes(path);
  const form = encoded(parameters);
  const address = `${place.prometheus}/api/v1/${path}`;
  return inLine(signal, async () => {
    const answer = posted
      ? await fetched(address, { method: "POST", body: form }, signal)
      : await fetched(form.size ? `${address}?${form}` : address, {}, signal);
    return answer.data;
  });
}

/** Loki: what stands under `data`, or all of it where there is no such thing. */
export function loki(path, parameters = {}, signal = undefined) {
  return inLine(signal, async () => {
    const answer = await fetched(`${place.loki}/loki/api/v1/${path}?${encoded(parameters)}`, {}, signal);
    return answer.data ?? answer;
  });
}

export function tempo(path, parameters = {}, signal = undefined) {
  return inLine(signal, () => fetched(`${place.tempo}/api/${path}?${encoded(parameters)}`, {}, signal));
}

/** The changes that the server lists by itself. */
export function changes(signal = undefined) {
  return inLine(signal, async () => (await fetched(place.changes, {}, signal)).items);
}

/** Matrix -> series on a grid (s): a step without a sample is a gap (null), and NaN is drawn as one. */
export function onGrid(result, grid) {
  const count = Math.round((grid.to - grid.from) / grid.step) + 1;
  const at = Array.from({ length: count }, (_, index) => grid.from + index * grid.step);
  const series = result.map(({ metric, values }) => {
    const numbers = new Array(count).fill(null);
    for (const [time, text] of values) {
      const value = Number(text.replace("Inf", "Infinity"));
      const step = Math.round((time - grid.from) / grid.step);
      if (Number.isFinite(value) && step >= 0 && step < count) numbers[step] = value;
    }
    return { labels: metric, values: numbers };
  });
  return { at, series };
}

/** `metric{a="b"}` as it is written. */
export function labelled(labels) {
  const { __name__: name = "", ...others } = labels;
  const inside = Object.entries(others).map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(", ");
  return inside ? `${name}{${inside}}` : name || "{}";
}

/** A legend's text with each `{{label}}` in its place. */
export function legendOf(format, labels, otherwise) {
  if (format) return format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => labels[label] ?? "");
  const { length } = Object.keys(labels);
  return length ? labelled(labels) : otherwise;
}
