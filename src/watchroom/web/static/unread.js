// New since you looked: a line above the first entry that this browser has not shown, and how many there are. What somebody has
// read is kept in their browser alone: the record does not hold who reads what.
const timeline = document.getElementById("timeline");
const scroll = timeline?.closest(".scroll");
const pill = document.getElementById("unread");
const me = document.body.dataset.me;
const key = `seen:${document.getElementById("main")?.dataset.room}`;
const NEAR_PX = 48;

let first = null;

const entries = () => [...timeline.querySelectorAll(":scope > article")];
const seqOf = (entry) => Number(entry.id.slice(2));
const newest = () => entries().reduce((last, entry) => Math.max(last, seqOf(entry)), 0);

function kept() {
  try {
    return Number(localStorage.getItem(key));
  } catch {
    return 0;
  }
}

/** Whoever has the page before them, at its newest entry, has looked. */
function keep() {
  if (document.hidden || scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight > NEAR_PX) return;
  try {
    localStorage.setItem(key, String(Math.max(newest(), kept())));
  } catch {
    // Nothing is kept in this browser: then nothing is marked.
  }
}

/** Mark what came after the entry `seen`; one's own words are not news. */
function mark(seen) {
  const fresh = entries().filter((entry) => seqOf(entry) > seen && entry.dataset.actor !== me && entry.getClientRects().length);
  first = fresh.length ? fresh[0].id : null;
  dressUnread();
  const mine = fresh.filter((entry) => entry.classList.contains("meant-me")).length;
  pill.hidden = fresh.length === 0;
  pill.textContent = `${fresh.length} new since you looked${mine ? ` · ${mine} for you` : ""}`;
}

/** After each swap: an entry that was sent again has lost its line. */
export function dressUnread() {
  if (!timeline) return;
  for (const entry of timeline.querySelectorAll(".first-new")) if (entry.id !== first) entry.classList.remove("first-new");
  if (first) document.getElementById(first)?.classList.add("first-new");
}

export function prepareUnread() {
  if (!timeline || !pill) return;
  const seen = kept();
  if (seen) mark(seen);
  keep();
  pill.addEventListener("click", () => {
    document.getElementById(first)?.scrollIntoView({ block: "center" });
    pill.hidden = true;
  });
  let left = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) left = newest();
    else {
      if (left && newest() > left) mark(left);
      keep();
    }
  });
  document.addEventListener("room:news", keep);
  scroll.addEventListener("scroll", keep, { passive: true });
  addEventListener("pagehide", keep);
}
