// Which part of a command is being typed: the line up to the caret against the command's parts. Pure; the server reads the
// sent line by itself, this only knows what to explain and to offer.
const FREE = new Set(["text", "list", "link", "pairs", "lever", "services", "signals", "guests", "category"]);

const escaped = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Where the lead of a part stands in `text`: a bar at its first place, a word or a comma at its last; null without. */
function led(text, lead) {
  if (lead === "|" || lead === ",") {
    const at = lead === "|" ? text.indexOf("|") : text.lastIndexOf(",");
    return at < 0 ? null : [at, at + 1 + (text[at + 1] === " " ? 1 : 0)];
  }
  const found = [...text.matchAll(new RegExp(`(?:^|(?<=\\s))${escaped(lead)}\\s`, "gi"))].at(-1);
  return found ? [found.index, found.index + found[0].length] : null;
}

/** How many characters of `text` a part that is one word takes, with the blank after it; 0 while it is not finished. */
function taken(text, part, people) {
  if (part.kind === "people" || part.kind === "callable") {
    const whole = people.filter((name) => text.toLowerCase().startsWith(`${name.toLowerCase()} `)).sort((a, b) => b.length - a.length);
    if (whole.length) return whole[0].length + 1;
  }
  const gap = text.indexOf(" ");
  return gap < 0 ? 0 : gap + 1;
}

/**
 * The command of a line, the part at its end, that part's value so far, and where the value begins.
 * `command` is null while its name is typed or where there is none of that name; `part` where all parts are said.
 */
export function reading(line, vocabulary, people = []) {
  const [, word, gap] = /^\/(\S*)(\s*)/.exec(line);
  const name = vocabulary.synonyms[word.toLowerCase()] ?? word.toLowerCase();
  const command = gap ? vocabulary.commands.find((each) => each.name === name) : undefined;
  if (!command) return { word, command: null, part: null, value: word, begin: 1, said: false };
  const begin = 1 + word.length + gap.length;
  const named = byName(line, begin, command);
  if (named) return { word, command, ...named, said: true };
  return { word, command, ...inOrder(line, begin, command.parts, people) };
}

function byName(line, begin, command) {
  const names = command.named.map((part) => escaped(part.shown.slice(0, -1))).join("|");
  if (!names) return null;
  const all = [...line.slice(begin).matchAll(new RegExp(`(?:^|(?<=\\s))(${names})=`, "gi"))];
  if (!all.length) return null;
  const last = all.at(-1);
  const at = begin + last.index + last[0].length;
  const part = command.named.find((each) => each.shown.toLowerCase() === last[0].toLowerCase());
  return { part, value: line.slice(at), begin: at, index: command.parts.length };
}

function inOrder(line, begin, parts, people) {
  let at = begin;
  let entered = -1;
  for (let index = 0; index < parts.length;) {
    const part = parts[index];
    const rest = line.slice(at);
    if (part.lead && entered !== index) {
      const lead = led(rest, part.lead);
      if (lead?.[0] === 0) at += lead[1];
      else if (!rest && !part.optional) return { part, value: "", begin: at, index, said: false };
      else {
        index += 1;
        continue;
      }
      entered = index;
    } else if (FREE.has(part.kind)) {
      const [lead, next] = ahead(rest, parts, index) ?? [];
      if (!lead) return { part, value: rest, begin: at, index, said: rest.trim() !== "" };
      at += lead[1];
      index = entered = next;
    } else {
      const length = taken(rest, part, people);
      if (!length) return { part, value: rest, begin: at, index, said: rest !== "" };
      const another = part.optional && part.kind === "choice" && !part.choices.includes(rest.slice(0, length - 1).toLowerCase());
      if (!another) at += length;
      index += 1;
    }
  }
  return { part: null, value: line.slice(at), begin: at, index: parts.length, said: true };
}

/** The next lead that is written after a free part, and whose it is. */
function ahead(rest, parts, index) {
  for (let next = index + 1; next < parts.length; next += 1) {
    const lead = parts[next].lead && led(rest, parts[next].lead);
    if (lead) return [lead, next];
  }
  return null;
}
