// What is offered at the end of the line: commands, then for the part that is being typed whatever the room has for it,
// then the words and names by which more can be said.
import { timesFor } from "./times.js";

const SHOWN_MAX = 9;
const MORE_MAX = 5;
const ENTRIES_MAX = 8;
const LISTS = new Set(["list", "services", "signals", "guests", "category"]);
const PEOPLE = new Set(["people", "callable", "guests"]);

export const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
export const fits = (text, word) => plain(text).startsWith(plain(word)) || plain(text).split(/[\s@.,:_-]+/).some((part) => part.startsWith(plain(word)));

export function people(known, word, begin, mark) {
  return known.people
    .filter((person) => fits(person.text, word) || fits(person.id, word))
    .map((person) => ({ from: begin, insert: mark ? `${mark}${person.text} ` : `${person.id} `, label: person.text, about: person.id }));
}

/** Commands whose name begins with `word`, then those that do what it says. */
export function commands(vocabulary, word) {
  const typed = word.toLowerCase();
  const meant = vocabulary.synonyms[typed];
  const begin = vocabulary.commands.filter((command) => command.name.startsWith(typed) || command.name === meant);
  const inside = vocabulary.commands.filter((command) => !begin.includes(command) && fits(command.does, typed));
  return [...begin, ...(typed.length > 2 ? inside : [])]
    .map((command) => ({ from: 0, insert: `/${command.name} `, label: command.form, about: command.does, exact: command.name === typed || command.name === meant }));
}

function values(part, value, known) {
  if (["time", "past", "span"].includes(part.kind)) return timesFor(part, value).map((each) => ({ id: each.value, text: each.about, fits: true }));
  if (part.kind === "number") return entries();
  if (part.choices.length) return part.choices.map((id) => ({ id, text: "" }));
  const own = known[part.kind] ?? [];
  const all = own.map((each) => (typeof each === "string" ? { id: each, text: "" } : each));
  return PEOPLE.has(part.kind) ? [{ id: "me", text: "yourself" }, ...all] : all;
}

/** The newest entries of the timeline, for whatever is said of one by its number. */
function entries() {
  return [...document.querySelectorAll("#timeline > article")].slice(-ENTRIES_MAX).reverse()
    .map((entry) => ({ id: entry.id.slice(2), text: entry.querySelector(".body")?.innerText.trim().replace(/\s+/g, " ").slice(0, 80) ?? "" }));
}

function more(found, line, begin) {
  const { command, index, part, value } = found;
  if (part && !["text", "link", "pairs", "lever", "list"].includes(part.kind)) return [];
  const word = line.slice(Math.max(begin, line.lastIndexOf(" ") + 1));
  // In the middle of a word only what it may become; after a blank all that may follow.
  if (part && !value.trim()) return [];
  const leads = command.parts.slice(index + (part ? 1 : 0)).filter((each) => each.lead && each.optional);
  const names = command.named.filter((each) => !new RegExp(`\\s${each.shown}`, "i").test(line));
  const from = line.length - word.length;
  return [
    ...leads.map((each) => ({ word: each.lead, label: `${each.lead} ${each.shown}`, insert: `${each.lead} `, about: each.does, tight: each.lead === "," })),
    ...names.map((each) => ({ word: each.shown, label: each.shown, insert: each.shown, about: each.does })),
  ]
    .filter((each) => (word ? word.length > 1 && each.word.startsWith(word.toLowerCase()) : line.endsWith(" ")))
    .slice(0, MORE_MAX)
    .map((each) => ({ from: each.tight ? line.trimEnd().length : from, insert: each.insert, label: each.label, about: each.about, aside: true }));
}

/** What is offered for what `reading` found at the end of `line`. */
export function offered(found, line, vocabulary, known) {
  if (!found.command) return commands(vocabulary, found.word).slice(0, found.word ? SHOWN_MAX : vocabulary.commands.length);
  if (!found.part) return more(found, line, found.begin);
  const list = LISTS.has(found.part.kind) || found.part.kind === "guests";
  const cut = list ? found.value.lastIndexOf(",") + 1 : 0;
  const word = found.value.slice(cut).trimStart();
  const from = line.length - word.length;
  const said = list ? found.value.slice(0, cut).split(",").map((each) => each.trim()) : [];
  const fitting = values(found.part, word, known)
    .filter((each) => !said.includes(each.id) && (each.fits || fits(each.id, word) || fits(each.text, word)))
    .slice(0, SHOWN_MAX)
    .map((each) => ({ from, insert: list ? each.id : `${each.id} `, label: PEOPLE.has(found.part.kind) && each.text && each.id.includes("@") ? each.text : each.id, about: PEOPLE.has(found.part.kind) && each.id.includes("@") ? each.id : each.text }));
  return [...fitting, ...more(found, line, found.begin)];
}
