// Times as they are typed, read as the server reads them (web/command_bar/parts.py), to show which moment is meant before
// the line is sent. The server's reading is the one that counts.
import { now, span } from "../dress.js";

const UNITS = { s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const DAY_MS = 86_400_000;
const two = (number) => String(number).padStart(2, "0");

/** The moment that `text` means, in milliseconds, or null; `back` for a time that was. */
export function moment(text, back = false) {
  const word = text.trim().replace(/\s+ago$/, "");
  const spans = /^(\d{1,4})\s*(s|min|m|h|d)$/i.exec(word);
  if (spans) return now() + (back ? -1 : 1) * Number(spans[1]) * UNITS[spans[2].toLowerCase()];
  const hour = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(word);
  if (hour) {
    const at = new Date(now());
    at.setHours(Number(hour[1]), Number(hour[2]), 0, 0);
    if (back && at > now()) at.setDate(at.getDate() - 1);
    if (!back && at <= now()) at.setDate(at.getDate() + 1);
    return at.getTime();
  }
  if (!/^\d{4}-\d{2}-\d{2}/.test(word)) return null;
  const at = Date.parse(/t/i.test(word) ? word : `${word}T12:00`);
  return Number.isNaN(at) ? null : at;
}

/** The moment in words: "tomorrow 04:00, in 14 h". */
export function stated(at) {
  const date = new Date(at);
  const today = new Date(now());
  const noon = (day) => new Date(day).setHours(12, 0, 0, 0);
  const days = Math.round((noon(date) - noon(today)) / DAY_MS);
  const names = { "-1": "yesterday", 0: "today", 1: "tomorrow" };
  const day = names[days] ?? date.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" });
  const far = at >= now() ? `in ${span(at - now() + 999)}` : `${span(now() - at)} ago`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}, ${far}`;
}

/** What is offered where a time is typed. */
export function timesFor(part, value) {
  const back = part.kind === "past";
  const typed = moment(value, back);
  if (typed !== null) return [{ value: value.trim(), about: stated(typed) }];
  const hour = /^([01]?\d|2[0-3]):?$/.exec(value.trim());
  if (part.shown.includes("DATE") || /^\d{4}-/.test(part.shown)) {
    return [1, 3, 5, 7].map((days) => {
      const at = new Date(now() + days * DAY_MS);
      const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
      return { value: date, about: stated(Date.parse(`${date}T12:00`)) };
    }).filter((option) => option.value.startsWith(value.trim()));
  }
  const spans = part.kind === "span" ? ["5m", "10m", "30m", "1h", "4h"] : ["5m", "10m", "20m", "30m", "1h"];
  const all = value.trim() && hour ? [`${two(hour[1])}:00`, `${two(hour[1])}:30`, `${hour[1]}m`] : spans;
  return all
    .filter((each) => hour || each.startsWith(value.trim()))
    .map((each) => ({ value: each, about: part.kind === "span" ? part.does : stated(moment(each, back)) }));
}
