// Ranges of time: `now-1h`, milliseconds since 1970, or a date and time of this place, as Grafana's addresses have them.
import { now } from "./place.js";

export const QUICK = [
  ["now-5m", "Last 5 minutes"],
  ["now-15m", "Last 15 minutes"],
  ["now-30m", "Last 30 minutes"],
  ["now-1h", "Last 1 hour"],
  ["now-3h", "Last 3 hours"],
  ["now-6h", "Last 6 hours"],
  ["now-12h", "Last 12 hours"],
  ["now-24h", "Last 24 hours"],
  ["now-2d", "Last 2 days"],
  ["now-7d", "Last 7 days"],
];
const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const two = (number) => String(number).padStart(2, "0");
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `90m`, `1h30m` as milliseconds; null for what is no duration. */
export function duration(text) {
  if (!/^(\d+[smhdw])+$/.test(text)) return null;
  return [...text.matchAll(/(\d+)([smhdw])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit], 0);
}

/** The milliseconds that a text means at this moment; null when it means none. */
export function moment(text, at = now()) {
  const word = text.trim();
  if (word === "now") return at;
  const back = /^now-(.+)$/.exec(word);
  if (back) {
    const ms = duration(back[1]);
    return ms === null ? null : at - ms;
  }
  if (/^\d{12,14}$/.test(word)) return Number(word);
  if (/^\d{9,11}$/.test(word)) return Number(word) * 1000;
  const read = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?(Z)?$/.exec(word);
  if (!read) return null;
  const [, year, month, day, hour = 0, minute = 0, second = 0, zone] = read;
  const parts = [year, month - 1, day, hour, minute, second].map(Number);
  const ms = zone ? Date.UTC(...parts) : new Date(...parts).getTime();
  return Number.isNaN(ms) ? null : ms;
}

/** Both ends in milliseconds; null when they mean nothing, or come in the wrong order. */
export function resolved(range) {
  const at = now();
  const from = moment(range.from, at);
  const to = moment(range.to, at);
  return from === null || to === null || from >= to ? null : { from, to };
}

export const isRelative = (range) => range.to.startsWith("now");

/** A moment as somebody types it. */
export function written(ms) {
  const at = new Date(ms);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export function clock(ms, seconds = true) {
  const at = new Date(ms);
  return `${two(at.getHours())}:${two(at.getMinutes())}${seconds ? `:${two(at.getSeconds())}` : ""}`;
}

export function day(ms) {
  const at = new Date(ms);
  return `${at.getDate()} ${MONTHS[at.getMonth()]}`;
}

/** A range in words. */
export function worded(range) {
  const quick = QUICK.find(([from]) => from === range.from && range.to === "now");
  if (quick) return quick[1];
  if (range.to === "now" && range.from.startsWith("now-")) return `Last ${range.from.slice(4)}`;
  const ends = resolved(range);
  if (!ends) return "No range";
  const year = new Date(ends.from).getFullYear() === new Date(now()).getFullYear() ? "" : ` ${new Date(ends.from).getFullYear()}`;
  const short = ends.to - ends.from < 300_000;
  const same = day(ends.from) === day(ends.to);
  return `${day(ends.from)}${year} ${clock(ends.from, short)} – ${same ? "" : `${day(ends.to)} `}${clock(ends.to, short)}`;
}

const STEPS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** The step (s) that gives a point about every two pixels, and no more often than there are samples. */
export function stepFor(ends, pixels, shortest) {
  const wanted = Math.max((ends.to - ends.from) / 1000 / Math.max(pixels / 2, 60), shortest);
  return STEPS.find((step) => step >= wanted) ?? Math.ceil(wanted / 86_400) * 86_400;
}

/** The grid (s) of a range: whole multiples of the step, so that the same steps are asked for after a refresh. */
export function gridOf(ends, step) {
  const from = Math.floor(ends.from / 1000 / step) * step;
  const to = Math.floor(ends.to / 1000 / step) * step;
  return { from, to: Math.max(to, from), step };
}

/** `90` as `1m30s`, as queries write it. */
export function asDuration(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)}ms`;
  let left = Math.round(seconds);
  let text = "";
  for (const [unit, size] of [["d", 86_400], ["h", 3600], ["m", 60], ["s", 1]]) {
    if (left >= size) {
      text += `${Math.floor(left / size)}${unit}`;
      left %= size;
    }
  }
  return text || "0s";
}
