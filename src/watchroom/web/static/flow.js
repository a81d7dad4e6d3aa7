// The chart of the flow: its bars and arrows reach to the present, and its times tick.
// A silence that is longer is drawn as long as this; as in web/flow/scale.py.
const SILENCE_DRAWN_S = 600;

const place = (bar, name, value) => {
  const text = value.toFixed(1);
  if (bar.getAttribute(name) !== text) bar.setAttribute(name, text);
};

/** A class by how long ago the last fact was, in minutes; the same steps as on the server. */
const age = (minutes) => (minutes <= 2 ? "b4" : minutes <= 10 ? "b3" : minutes <= 30 ? "b2" : "b1");

/** Once a second: `now` in ms, and how times are written, by the name in `data-t`. */
export function flow(now, shown) {
  for (const text of document.querySelectorAll("svg [data-t][data-at]")) {
    const said = shown[text.dataset.t](new Date(text.dataset.at));
    if (text.textContent !== said) text.textContent = said;
  }
  for (const lit of document.querySelectorAll("svg [data-ages]")) {
    const bright = age((now - Date.parse(lit.dataset.last)) / 60_000);
    lit.classList.remove("b0", "b1", "b2", "b3", "b4");
    lit.classList.add(bright);
  }
  const panel = document.querySelector("#panel-flow[data-live][data-knots]");
  if (!panel) return;
  // The axis: times and how far along it they lie, both in seconds. A long silence is drawn short, also the one up to now.
  const knots = panel.dataset.knots.split(" ").filter(Boolean).map((knot) => knot.split(":").map(Number));
  if (!knots.length) return;
  const [end, long] = knots.at(-1);
  const present = now / 1000;
  const whole = Math.max(long + Math.min(Math.max(present - end, 0), SILENCE_DRAWN_S), 1);
  const share = (ms) => {
    const at = ms / 1000;
    const after = knots.findIndex(([time]) => time > at);
    if (after === 0) return 0;
    if (after < 0) return Math.min((long + Math.min(at - end, SILENCE_DRAWN_S)) / whole, 1);
    const [[one, from], [other, to]] = [knots[after - 1], knots[after]];
    return (from + ((at - one) / (other - one)) * (to - from)) / whole;
  };
  const until = panel.querySelector(".until text");
  if (until && until.textContent !== "now") until.textContent = "now";
  for (const svg of panel.querySelectorAll("svg.chart")) stretch(svg, share);
}

function stretch(svg, share) {
  const from = Number(svg.dataset.from);
  const long = Number(svg.dataset.to) - from;
  for (const spell of svg.querySelectorAll(".spell")) {
    const x = from + Math.min(share(Date.parse(spell.dataset.first)) * long, long - 12);
    place(spell, "x", x);
    place(spell, "width", Math.max(from + share(Date.parse(spell.dataset.last)) * long - x, 12));
  }
  for (const part of svg.querySelectorAll(".moves")) {
    part.setAttribute("transform", `translate(${(from + share(Date.parse(part.dataset.at)) * long).toFixed(1)} 0)`);
  }
  const names = [];
  for (const passing of svg.querySelectorAll(".passing")) {
    const x = Math.min(Math.max(from + share(Date.parse(passing.dataset.at)) * long, from + 4), from + long - 4) + Number(passing.dataset.nudge);
    const text = `translate(${x.toFixed(1)} 0)`;
    if (passing.getAttribute("transform") !== text) passing.setAttribute("transform", text);
    const name = passing.querySelector(".name");
    if (name) names.push(name);
  }
  // Time draws the arrows together: a name that would lie on another is left to the words below.
  const drawn = [];
  for (const name of names) {
    const box = name.getBoundingClientRect();
    const clash = drawn.some((other) => box.left < other.right && box.right > other.left && box.top < other.bottom - 4 && box.bottom - 4 > other.top);
    name.classList.toggle("hides", clash);
    if (!clash) drawn.push(box);
  }
}
