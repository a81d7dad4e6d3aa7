// Where this page stands: the addresses of its sources, the server's clock, and what the recorded data spans.

const main = document.getElementById("main");

export const place = {
  base: main.dataset.base,
  prometheus: main.dataset.prometheus,
  loki: main.dataset.loki,
  tempo: main.dataset.tempo,
  changes: main.dataset.changes,
  /** How often the source has samples (s): no step is shorter. */
  step: Number(main.dataset.step) || 15,
  /** What recorded data spans (ms); null where it is live. */
  span: main.dataset.begin ? { from: Number(main.dataset.begin), to: Number(main.dataset.end) } : null,
};

// A drill's clock may be anywhere: what counts is how far this browser's is from the server's.
const skew = Number(main.dataset.now) - Date.now() || 0;

export const now = () => Date.now() + skew;

/** What the server put into the page as data. */
export function given(id) {
  const found = document.getElementById(id);
  return found ? JSON.parse(found.textContent) : null;
}
