// What completes in the midst of a message: @people and roles, #entries by what they say, :emoji: by name.
import { fits } from "./bar/offers.js";

const SHOWN_MAX = 9;
const ROLES = ["commander", "tech", "comms", "scribe", "liaison", "expert"];

let emoji = null;
let asked = null;

/** Asked for once, and only by whoever types a colon. */
function learnEmoji() {
  asked ??= fetch("/emoji", { headers: { Accept: "application/json" } })
    .then(async (answer) => {
      if (answer.ok) emoji = Object.entries(await answer.json());
    })
    .catch(() => { asked = null; });
}

/** What the word at the end of the line may become; null when it is none of these. */
export function wordsFor(word, known) {
  if (word.startsWith("@")) return people(word.slice(1), known);
  if (/^#\d*$/.test(word)) return entries(word.slice(1));
  if (/^:[a-z0-9_+-]+$/i.test(word)) return pictures(word.slice(1).toLowerCase());
  return null;
}

function people(word, known) {
  const found = known.people
    .filter((person) => fits(person.text, word) || fits(person.id, word))
    .map((person) => ({ insert: `@${person.text} `, label: person.text, about: person.id }));
  const roles = ROLES.filter((role) => word && role.startsWith(word.toLowerCase())).map((role) => ({ insert: `@${role} `, label: role, about: "whoever has the role" }));
  return [...found, ...roles].slice(0, SHOWN_MAX);
}

/** The entries that are on the page, the newest first; what people said before what happened. */
function entries(digits) {
  const all = [...document.querySelectorAll("#timeline > article")].reverse().filter((entry) => entry.id.slice(2).startsWith(digits));
  const said = all.filter((entry) => entry.classList.contains("say"));
  const shown = digits ? all : said;
  return shown.slice(0, SHOWN_MAX).map((entry) => {
    const text = (entry.querySelector(".md") ?? entry.querySelector(".body")).textContent.replace(/\s+/g, " ").trim();
    return { insert: `#${entry.id.slice(2)} `, label: `#${entry.id.slice(2)}`, about: text.length > 70 ? `${text.slice(0, 70)}…` : text };
  });
}

function pictures(word) {
  learnEmoji();
  if (!emoji) return [];
  const first = emoji.filter(([name]) => name.startsWith(word));
  const inside = emoji.filter(([name]) => !name.startsWith(word) && name.includes(`_${word}`));
  return [...first, ...inside].slice(0, SHOWN_MAX).map(([name, sign]) => ({ insert: `:${name}: `, label: `${sign} :${name}:`, about: "" }));
}
