// Says calmly, on every page, that the record cannot be written just now, and takes it back by itself. What was typed stays
// where it is (forms.js, line.js): only a good answer clears a form.
const EVERY_MS = 20_000;
const IN_TROUBLE_MS = 2000;

const band = document.getElementById("trouble");
let timer = 0;

async function look() {
  clearTimeout(timer);
  let wrong = !band.hidden;
  if (!document.hidden) {
    try {
      const told = await (await fetch("/readyz", { cache: "no-store" })).json();
      wrong = told.troubles.some((trouble) => trouble.code === "record_not_writable");
    } catch {
      // The server cannot be reached: another band says so (live.js).
    }
  }
  band.hidden = !wrong;
  clearTimeout(timer);
  timer = setTimeout(look, wrong ? IN_TROUBLE_MS : EVERY_MS);
}

export function watchForTrouble() {
  if (!band) return;
  document.addEventListener("htmx:after:request", ({ detail }) => {
    if (detail.ctx?.response?.status >= 500) look();
  });
  document.addEventListener("visibilitychange", look);
  timer = setTimeout(look, EVERY_MS);
}
