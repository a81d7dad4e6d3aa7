// The board's line about yesterday and this week: counted here, since only the reader's own clock knows which day that is.
import { now, span } from "./dress.js";

function told(name, all) {
  if (!all.length) return `${name}: none`;
  const hurt = all.reduce((sum, each) => sum + Number(each.dataset.hurt || 0), 0);
  const grave = all.filter((each) => each.dataset.sev === "SEV1").length;
  const again = all.filter((each) => Number(each.dataset.again) > 0).length;
  const parts = [`${all.length} ${all.length === 1 ? "incident" : "incidents"}`];
  if (grave) parts.push(`${grave} of them SEV 1`);
  if (hurt) parts.push(`customers hurt for ${span(hurt * 1000)}`);
  if (again) parts.push(`${again} came back`);
  return `${name}: ${parts.join(", ")}`;
}

/** After the page has come and after each swap. */
export function countWeek() {
  const had = document.getElementById("had");
  if (!had) return;
  const today = new Date(now());
  today.setHours(0, 0, 0, 0);
  const yesterday = new Date(today);
  yesterday.setDate(today.getDate() - 1);
  // The week begins on a Monday (source: ISO 8601).
  const monday = new Date(today);
  monday.setDate(today.getDate() - ((today.getDay() + 6) % 7));
  const between = (from, to) => [...had.querySelectorAll("data")].filter((each) => {
    const at = Date.parse(each.value);
    return at >= from && at < to;
  });
  had.querySelector("[data-had-text]").textContent =
    `${told("Yesterday", between(yesterday, today))} · ${told("This week", between(monday, Infinity))}`;
}
