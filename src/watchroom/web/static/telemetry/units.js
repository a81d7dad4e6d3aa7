// Values with their units, as people read them: three digits that matter, and the same unit along an axis.

const SI = [[1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"]];
const BINARY = [[2 ** 50, "Pi"], [2 ** 40, "Ti"], [2 ** 30, "Gi"], [2 ** 20, "Mi"], [2 ** 10, "Ki"], [1, ""]];
const TIMES = [[86_400, "d"], [3600, "h"], [60, "min"], [1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]];

/** Unit -> what stands for it in a list, and how a value is scaled. The names are those of `dashboards/units.py`. */
export const UNITS = {
  number: { says: "Number", scales: SI.slice(0, 6) },
  none: { says: "As it is", scales: [[1, ""]] },
  seconds: { says: "Seconds", scales: TIMES },
  milliseconds: { says: "Milliseconds", scales: TIMES.map(([size, word]) => [size * 1000, word]) },
  bytes: { says: "Bytes", scales: BINARY.map(([size, word]) => [size, `${word}B`]) },
  "bytes/s": { says: "Bytes per second", scales: BINARY.map(([size, word]) => [size, `${word}B/s`]) },
  "bits/s": { says: "Bits per second", scales: SI.slice(0, 6).map(([size, word]) => [size, `${word}b/s`]) },
  percent: { says: "Percent (0–100)", scales: [[1, "%"]] },
  ratio: { says: "Percent (0–1)", scales: [[0.01, "%"]] },
  "req/s": { says: "Requests per second", scales: SI.slice(0, 6).map(([size, word]) => [size, `${word} req/s`]) },
  "ops/s": { says: "Operations per second", scales: SI.slice(0, 6).map(([size, word]) => [size, `${word} ops/s`]) },
  "per minute": { says: "Per minute", scales: SI.slice(0, 6).map(([size, word]) => [size, `${word} /min`]) },
  boolean: { says: "Yes or no", scales: [[1, ""]] },
  euros: { says: "Euros", scales: SI.slice(0, 6).map(([size, word]) => [size, `${word} €`]) },
  pounds: { says: "Pounds", scales: SI.slice(0, 6).map(([size, word]) => [size, `${word} £`]) },
  dollars: { says: "US dollars", scales: SI.slice(0, 6).map(([size, word]) => [size, `${word} $`]) },
};

const of = (unit) => UNITS[unit] ?? UNITS.number;

function scaleOf(size, unit) {
  const { scales } = of(unit);
  if (!size || !Number.isFinite(size)) return scales.find(([each]) => each === 1) ?? scales.at(-1);
  return scales.find(([each]) => size >= each) ?? scales.at(-1);
}

function digits(value, decimals) {
  if (decimals !== undefined && decimals !== null) return value.toFixed(decimals);
  const size = Math.abs(value);
  if (size !== 0 && size < 0.001) return value.toExponential(1);
  const places = size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toFixed(places).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

const spaced = (text, word) => (word ? `${text}${word.startsWith(" ") || word === "%" ? "" : "\u202f"}${word.replace(/^ /, "\u202f")}` : text);

/** One value with its unit. A dash is no value. */
export function worth(value, unit = "number", decimals = null) {
  if (value === null || value === undefined) return "–";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (unit === "boolean") return value ? "yes" : "no";
  if (unit === "none") return decimals === null ? String(value) : value.toFixed(decimals);
  const [size, word] = scaleOf(Math.abs(value), unit);
  return spaced(digits(value / size, decimals), word);
}

/** All the marks of an axis in one unit. */
export function marks(values, unit) {
  const [size, word] = scaleOf(Math.max(...values.map(Math.abs)), unit);
  const gap = values.length > 1 ? Math.abs(values[1] - values[0]) / size : 1;
  const places = gap >= 1 || gap === 0 ? 0 : Math.min(6, Math.ceil(-Math.log10(gap) - 1e-9));
  if (unit === "boolean") return values.map((value) => (value === 1 ? "yes" : value === 0 ? "no" : ""));
  return values.map((value) => spaced((value / size).toFixed(Number.isInteger(Math.round(value / gap / size * 1e6) / 1e6) ? places : places + 1), word));
}

/** Distances between marks: round in this unit. */
export function increments(unit) {
  const found = [];
  if (unit === "seconds" || unit === "milliseconds") {
    const one = unit === "seconds" ? 1 : 1000;
    for (let power = -9; power < 0; power += 1) for (const step of [1, 2, 5]) found.push(step * 10 ** power * one);
    for (const step of [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400]) found.push(step * one);
    for (let power = 1; power < 6; power += 1) for (const step of [2, 5, 10]) found.push(step * 8640 * 10 ** power * one);
    return found;
  }
  if (unit.startsWith("bytes")) {
    for (let power = 0; power <= 60; power += 1) found.push(2 ** power);
    return found;
  }
  for (let power = -12; power < 18; power += 1) for (const step of [1, 2, 2.5, 5]) found.push(step * 10 ** power);
  return found;
}
