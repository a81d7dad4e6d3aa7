// One trace as a waterfall: who did what from when to when. Source: OpenTelemetry's OTLP JSON, as Tempo answers it.
import { tempo } from "./api.js";
import { el } from "./dom.js";
import { worth } from "./units.js";

const DEPTH_MAX = 12;

const valueOf = (any) => any?.stringValue ?? any?.intValue ?? any?.doubleValue ?? (any?.boolValue === undefined ? "" : String(any.boolValue));
const attributesOf = (list) => Object.fromEntries((list ?? []).map(({ key, value }) => [key, valueOf(value)]));

/** The spans of an answer in the order in which they are shown: each below its parent, with its depth. */
export function spansOf(body) {
  const spans = (body.batches ?? body.resourceSpans ?? []).flatMap((batch) => {
    const service = attributesOf(batch.resource?.attributes)["service.name"] ?? "unknown";
    return (batch.scopeSpans ?? batch.instrumentationLibrarySpans ?? []).flatMap(({ spans: own }) => own.map((span) => ({
      id: span.spanId, parent: span.parentSpanId ?? "", name: span.name, service,
      from: Number(span.startTimeUnixNano) / 1e9, to: Number(span.endTimeUnixNano) / 1e9,
      failed: /ERROR|^2$/.test(String(span.status?.code ?? "")), message: span.status?.message ?? "",
      attributes: attributesOf(span.attributes),
    })));
  });
  const known = new Set(spans.map((span) => span.id));
  const below = new Map();
  for (const span of spans.sort((a, b) => a.from - b.from)) {
    const parent = known.has(span.parent) ? span.parent : "";
    below.set(parent, [...(below.get(parent) ?? []), span]);
  }
  const found = [];
  const walk = (parent, depth) => {
    for (const span of below.get(parent) ?? []) {
      found.push({ ...span, depth });
      below.delete(parent);
      walk(span.id, depth + 1);
    }
  };
  walk("", 0);
  return found;
}

export async function showTrace(box, id, signal) {
  const body = await tempo(`traces/${encodeURIComponent(id)}`, {}, signal);
  const spans = spansOf(body);
  const from = Math.min(...spans.map((span) => span.from));
  const whole = Math.max(...spans.map((span) => span.to)) - from || 1e-9;
  const failed = spans.filter((span) => span.failed).length;
  const rows = spans.map((span) => {
    const bar = el("span", { className: `bar${span.failed ? " failed" : ""}` });
    bar.style.left = `${((span.from - from) / whole) * 100}%`;
    bar.style.width = `${Math.max(((span.to - span.from) / whole) * 100, 0.4)}%`;
    const details = Object.entries(span.attributes).map(([key, value]) => el("div", {}, el("dt", {}, key), el("dd", {}, String(value))));
    const head = el("summary", { className: `d${Math.min(span.depth, DEPTH_MAX)}` },
      el("span", { className: "what" }, el("b", {}, span.service), ` ${span.name}`, span.failed ? el("em", { className: "level" }, "ERROR") : null),
      el("span", { className: "track", aria: { hidden: "true" } }, bar), el("span", { className: "took" }, worth(span.to - span.from, "seconds")));
    return el("li", {}, el("details", {}, head, el("dl", {}, ...(span.message ? [el("div", {}, el("dt", {}, "message"), el("dd", {}, span.message))] : []), ...details, ...(details.length || span.message ? [] : [el("p", { className: "none" }, "No attributes.")]))));
  });
  box.replaceChildren(
    el("p", { className: "note" }, `${spans.length} spans of ${new Set(spans.map((span) => span.service)).size} services in ${worth(whole, "seconds")}${failed ? `, ${failed} failed` : ""}.`),
    el("ol", { className: "trace" }, ...rows),
  );
  return { from: from * 1000, to: (from + whole) * 1000 };
}
