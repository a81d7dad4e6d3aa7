"""What axe-core finds on a page, and how seldom it must be asked.

Called by `Browser.faults` and by `every_look`. One run of axe over a room takes a second of the machine's time, most of
it for style that it asks of each element, shown or not, and for what lies behind each text. So a page is asked all
rules once, wide and light. Narrow and dark it is asked what width and colour can change: names, headings, landmarks and
what scrolls everywhere, and the rules of markup on what was not shown before. Contrast is asked once for each combination
of colours, in all four looks; wide and dark, narrow and light add only those that stood nowhere else.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from selenium.webdriver.chrome.webdriver import WebDriver

Look = Literal["first", "whole", "colours"]
SOURCE: Final = (Path(__file__).with_name("vendor") / "axe-core" / "axe.min.js").read_text(encoding="utf-8")

# Rules whose verdict on an element rests on its markup alone: no width and no colour changes it.
OF_MARKUP: Final = (
    "accesskeys", "area-alt", "aria-allowed-attr", "aria-allowed-role", "aria-braille-equivalent",
    "aria-conditional-attr", "aria-deprecated-role", "aria-prohibited-attr", "aria-required-attr", "aria-roles",
    "aria-valid-attr", "aria-valid-attr-value", "autocomplete-valid", "avoid-inline-spacing", "blink",
    "css-orientation-lock", "definition-list", "dlitem", "document-title", "duplicate-id-aria",
    "form-field-multiple-labels", "frame-focusable-content", "frame-tested", "frame-title", "frame-title-unique",
    "html-has-lang", "html-lang-valid", "html-xml-lang-mismatch", "image-alt", "image-redundant-alt", "input-image-alt",
    "label-title-only", "list", "listitem", "marquee", "meta-refresh", "meta-viewport", "meta-viewport-large",
    "no-autoplay-audio", "object-alt", "presentation-role-conflict", "role-img-alt", "scope-attr-valid",
    "server-side-image-map", "svg-img-alt", "tabindex", "table-duplicate-name", "table-fake-caption", "td-has-header",
    "td-headers-attr", "th-has-data-cells", "valid-lang", "video-caption",
)  # fmt: skip

# What `preload` would fetch again is only asked by rules about films and turned screens; a page here has neither.
ASK: Final = """
const [within, only, done] = arguments;
axe.run(within ? [...document.querySelectorAll(within)] : document, {resultTypes: ["violations"], preload: false, ...(only.length && {runOnly: only})})
  .then((found) => done(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`)));
"""

# A text's colours: its own, and what it is painted on, up to the nearest ground that nothing shines through. Where an
# element is moved out of its place, its ground may be another's, so that it counts as a combination of its own.
COLOURS: Final = """
window.looked ??= {shown: new WeakSet(), colours: new Set(), places: new WeakMap(), count: 0};
const shown = (e) => e.checkVisibility({visibilityProperty: true});
const moved = (s) => ["absolute", "fixed", "sticky"].includes(s.position) || s.transform !== "none";
const place = (e) => looked.places.get(e) ?? (looked.places.set(e, (looked.count += 1)), looked.count);
const grounds = new Map([[null, ""]]);
function ground(e) {
  if (!grounds.has(e)) {
    const s = getComputedStyle(e), {backgroundColor: colour, backgroundImage: image, opacity} = s;
    const solid = image === "none" && opacity === "1" && !/^rgba|\\/|transparent/.test(colour);
    const under = solid ? "" : ground(e.parentElement) + (moved(s) ? `#${place(e)}` : "");
    const adds = colour !== "rgba(0, 0, 0, 0)" || image !== "none" || opacity !== "1";
    grounds.set(e, adds ? `${under} ${colour} ${image} ${opacity}` : under);
  }
  return grounds.get(e);
}
const says = (e) => e.matches("input, select, textarea") || [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
function large(s) {
  const px = parseFloat(s.fontSize);
  return px >= 24 || (px >= 18.66 && Number(s.fontWeight) >= 700);
}
function news() {
  const found = [];
  for (const e of document.body.querySelectorAll("*")) {
    if (!says(e) || !shown(e)) continue;
    const s = getComputedStyle(e);
    const key = [s.color, large(s), s.textShadow, ground(e)].join(";");
    if (looked.colours.has(key)) continue;
    looked.colours.add(key);
    found.push(e);
  }
  return found;
}
"""

# A look at what is new on the page. A text that is asked for its contrast bears a mark as long as axe is at work.
ASK_NEW: Final = (
    COLOURS
    + """
const [look, markup, done] = arguments;
const texts = news();
const fresh = new Set([...document.querySelectorAll("*")].filter((e) => shown(e) && !looked.shown.has(e)));
for (const e of fresh) looked.shown.add(e);
const tops = [...fresh].filter((e) => !fresh.has(e.parentElement));
async function run() {
  const found = [];
  const ask = async (context, options) =>
    found.push(...(await axe.run(context, {resultTypes: ["violations"], preload: false, ...options})).violations);
  for (const e of texts) e.setAttribute("data-asked", "");
  axe.configure({rules: [{id: "color-contrast", selector: "[data-asked]"}]});
  if (look === "first") await ask(document, {});
  else if (look === "whole") await ask(document, {rules: Object.fromEntries(markup.map((id) => [id, {enabled: false}]))});
  else if (texts.length) await ask(texts, {runOnly: ["color-contrast", "link-in-text-block"]});
  if (look !== "first" && tops.length) await ask(tops, {runOnly: markup});
  return found;
}
run().then((found) => {
  for (const e of texts) e.removeAttribute("data-asked");
  axe.configure({rules: [{id: "color-contrast", selector: "*"}]});
  done(found.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`));
});
"""
)

# Every sheet open at once and one below the other, and nothing else on the page, so that axe is asked once for all.
SHEETS_OPEN: Final = """
const sheets = [...document.querySelectorAll(".sheet")], kept = new Set(sheets);
for (const sheet of sheets) for (let e = sheet.parentElement; e; e = e.parentElement) kept.add(e);
for (const e of document.body.querySelectorAll("*"))
  if (!kept.has(e) && kept.has(e.parentElement) && !sheets.includes(e.parentElement)) e.style.display = "none";
let top = 0;
for (const sheet of sheets) {
  sheet.popover = "manual";
  sheet.showPopover();
  Object.assign(sheet.style, {position: "absolute", inset: "auto", margin: 0, maxHeight: "none", left: 0, top: `${top}px`});
  top += sheet.offsetHeight + 20;
}
return sheets.map((sheet) => sheet.id);
"""


def _have(driver: WebDriver) -> None:
    """Put axe into the page once, from outside, past the page's own policy."""
    if not driver.execute_script("return 'axe' in window"):
        driver.execute_cdp_cmd("Runtime.evaluate", {"expression": SOURCE})


def faults(driver: WebDriver, rules: Sequence[str] = (), within: str = "") -> list[str]:
    """What axe finds by these rules, or by all, on the page as it is or in the parts of it that `within` selects."""
    _have(driver)
    return list(driver.execute_async_script(ASK, within, list(rules)))


def faults_of_the_new(driver: WebDriver, look: Look) -> list[str]:
    """What axe finds on the page that earlier looks at it have not asked: by all rules in the `first` look, by what width
    and colour can change in a look at the `whole`, and else only contrast in new combinations of colours."""
    _have(driver)
    return list(driver.execute_async_script(ASK_NEW, look, OF_MARKUP))


def open_sheets(driver: WebDriver) -> list[str]:
    """Open every sheet of a room at once, with nothing else to be seen. Their ids. The page is of no other use then."""
    return list(driver.execute_script(SHEETS_OPEN))
