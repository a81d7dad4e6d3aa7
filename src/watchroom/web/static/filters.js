// What the timeline shows, in the address too. Switching leaves the page as it is: the entries are fetched up to the number that
// the page has reached, and what came live since stays. Without a script each filter is a page of its own.
import { lastSeen } from "./live.js";

const timeline = document.getElementById("timeline");
const bar = document.getElementById("shows");
const scroll = timeline?.closest(".scroll");
const room = document.getElementById("main")?.dataset.room;
const TRIES = 4;

const seqOf = (entry) => Number(entry.id.slice(2));

export function prepareFilters() {
  if (!bar) return;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-show]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(link.dataset.show).then((done) => {
      if (done) history.pushState(null, "", address(link.dataset.show));
    });
  });
  addEventListener("popstate", () => {
    const asked = new URL(location.href).searchParams.get("show") ?? "all";
    if (asked !== timeline.dataset.show) show(asked);
  });
}

function address(name) {
  const url = new URL(location.href);
  if (name === "all") url.searchParams.delete("show");
  else url.searchParams.set("show", name);
  url.hash = "";
  return url;
}

/** Show everything, back to an entry that is not on the page now; whether it is there then. */
export async function showEntry(seq) {
  if (!bar || seq < 1 || seq > lastSeen()) return false;
  if (!(await show("all", Math.max(seq - 5, 1)))) return false;
  if (timeline.dataset.show === "all") history.replaceState(null, "", `${address("all").href}#e-${seq}`);
  return document.getElementById(`e-${seq}`) !== null;
}

async function show(name, from) {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const upto = lastSeen();
    const query = new URLSearchParams({ before: upto + 1, show: name, ...(from ? { from } : {}) });
    let text = null;
    try {
      const answer = await fetch(`/incidents/${room}/entries?${query}`, { headers: { Accept: "text/html" } });
      if (answer.ok) text = await answer.text();
    } catch {
      text = null;
    }
    if (text === null) {
      location.assign(address(name));
      return false;
    }
    // Something came in meanwhile: an earlier entry may look otherwise now.
    if (lastSeen() !== upto && tried < TRIES - 1) continue;
    put(name, upto, text);
    return true;
  }
  return false;
}

function put(name, upto, text) {
  const fetched = new DOMParser().parseFromString(text, "text/html").body;
  const live = [...timeline.querySelectorAll(":scope > article")].filter((entry) => seqOf(entry) > upto);
  const writing = [...timeline.querySelectorAll(":scope > .editing")];
  document.getElementById("earlier")?.remove();
  const earlier = fetched.querySelector("#earlier");
  timeline.dataset.show = name;
  timeline.replaceChildren(...fetched.querySelectorAll(":scope > article"), ...live);
  for (const form of writing) (document.getElementById(`e-${form.elements.seq.value}`) ?? timeline.lastElementChild)?.after(form);
  if (earlier) {
    scroll.prepend(earlier);
    htmx.process(earlier);
  }
  for (const link of bar.querySelectorAll("[data-show]")) {
    if (link.dataset.show === name) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  document.dispatchEvent(new CustomEvent("room:entries"));
  scroll.scrollTop = scroll.scrollHeight;
}
