// The timeline: stays at the newest for whoever reads there, stays put for whoever reads above, and folds storms of alerts.
import { dressRows } from "./dress.js";
import { showEntry } from "./filters.js";

const timeline = document.getElementById("timeline");
const scroll = timeline?.closest(".scroll");
const newest = document.getElementById("newest");
const NEAR_PX = 48;
const SHOWN = 2;
const STORM = 5;
const STORMY = ["k-signal_recorded", "k-signal_resolved", "k-signal_moved", "k-signal_triaged"];

const scrolls = () => scroll.scrollHeight > scroll.clientHeight + 1;
const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_PX;
const toEnd = () => { scroll.scrollTop = scroll.scrollHeight; };

export function keepPlace() {
  if (!timeline) return;
  const linked = location.hash && document.getElementById(location.hash.slice(1));
  if (linked) linked.scrollIntoView({ block: "center" });
  else toEnd();
  // A link to an entry that is older than those on the page.
  if (/^#e-\d+$/.test(location.hash) && !linked?.getClientRects().length) {
    showEntry(Number(location.hash.slice(3))).then((found) => { if (found) document.getElementById(location.hash.slice(1)).scrollIntoView({ block: "center" }); });
  }
  document.fonts?.ready.then(() => { if (!location.hash && pinned) toEnd(); });

  let pinned = true;
  let height = 0;
  scroll.addEventListener("scroll", () => {
    pinned = atEnd();
    if (pinned) newest.hidden = true;
  }, { passive: true });
  addEventListener("resize", () => { if (pinned) toEnd(); });
  newest.addEventListener("click", () => { toEnd(); newest.hidden = true; });

  document.addEventListener("htmx:before:swap", () => { height = scroll.scrollHeight; });
  new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes]).filter((node) => node.nodeType === 1);
    // What came in above, by "Earlier", is no news.
    if (!added.includes(timeline.lastElementChild)) return;
    document.dispatchEvent(new CustomEvent("room:news", { detail: added.length }));
    // What the filter hides is no news to whoever reads here.
    if (pinned) toEnd();
    else if (scrolls() && added.some((entry) => entry.getClientRects().length)) newest.hidden = false;
  }).observe(timeline, { childList: true });

  // Earlier entries come in above: keep what is being read where it is.
  document.addEventListener("htmx:after:swap", ({ detail }) => {
    if (detail.ctx.request?.action?.includes("/entries")) {
      const above = scroll.querySelectorAll(":scope > article");
      timeline.prepend(...above);
      if (scrolls()) scroll.scrollTop += scroll.scrollHeight - height;
    }
  });
}

/** Runs of the same kind of alert entry: the first two stand, the others wait behind a button. */
export function foldStorms() {
  if (!timeline) return;
  let run = [];
  const close = () => {
    if (run.length >= STORM) fold(run);
    run = [];
  };
  for (const entry of timeline.children) {
    const kind = STORMY.find((name) => entry.classList.contains(name));
    if (!kind || (run.length && !run[0].classList.contains(kind))) close();
    if (kind) run.push(entry);
  }
  close();
  dressRows();
}

function fold(run) {
  const [, second] = run;
  let button = second.querySelector(".unfold");
  if (!button) {
    button = document.createElement("button");
    button.type = "button";
    button.className = "unfold";
    button.addEventListener("click", () => {
      second.dataset.open = second.dataset.open === "1" ? "" : "1";
      foldStorms();
    });
    second.querySelector(".body").append(button);
  }
  const open = second.dataset.open === "1";
  const hidden = run.slice(SHOWN);
  for (const entry of hidden) entry.classList.toggle("storm", !open);
  button.textContent = open ? "Show fewer" : `and ${hidden.length} more`;
  button.setAttribute("aria-expanded", String(open));
}
