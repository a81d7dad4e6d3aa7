// One line's menu, and the sheet that removes its text for ever. Both are opened for a line, show its words, and hold them
// no longer than the line does.
import { say } from "./forms.js";

const QUOTED_CHARS = 160;
let meant = null;

const sheets = () => [document.getElementById("do-line"), document.getElementById("do-redact")];
const opener = (seq) => document.querySelector(`#e-${seq} .act[data-line]`);

export function prepareRedaction() {
  if (sheets().includes(null)) return;
  // Before the button opens its popover.
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".act[data-line]");
    if (button) mean(button.dataset.line);
  }, true);
  // One after the other: opened from inside, the sheet would lie over the menu, and Escape lead back to it.
  sheets()[0].querySelector("[data-redact]").addEventListener("click", () => {
    sheets()[0].hidePopover();
    sheets()[1].showPopover();
  });
  for (const sheet of sheets()) {
    sheet.addEventListener("toggle", ({ newState }) => {
      if (newState === "open" || sheets().some((other) => other.matches(":popover-open"))) return;
      const line = meant;
      mean(null);
      sheets()[1].querySelector("form").reset();
      if (line && document.activeElement === document.body) (opener(line) ?? document.getElementById("line")).focus({ preventScroll: true });
    });
  }
  // The line's own words may go while somebody still looks at them here.
  document.addEventListener("htmx:after:swap", () => {
    if (meant === null || opener(meant)) return;
    const line = meant;
    for (const part of document.querySelectorAll("[data-line-says]")) part.textContent = "";
    // One's own request shuts the sheet when its answer comes.
    if (sheets()[1].querySelector(".htmx-request")) return;
    for (const sheet of sheets()) if (sheet.matches(":popover-open")) sheet.hidePopover();
    say(`What stood in entry #${line} has just been removed.`);
  });
}

function mean(seq) {
  meant = seq;
  const words = seq === null ? "" : (document.querySelector(`#e-${seq} .body`)?.textContent.replace(/\s+/g, " ").trim() ?? "");
  const quoted = words.length > QUOTED_CHARS ? `${words.slice(0, QUOTED_CHARS)}…` : words;
  for (const part of document.querySelectorAll("[data-line-no]")) part.textContent = seq === null ? "" : `#${seq}`;
  for (const part of document.querySelectorAll("[data-line-says]")) part.textContent = quoted;
  for (const part of document.querySelectorAll("[data-line-seq]")) part.value = seq ?? "";
}
