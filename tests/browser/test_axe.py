"""That looking four times at a page, and each time only at what is new, sees what four whole looks would see."""

from urllib.parse import quote

import pytest

from tests.browser.chromium import NARROW, WIDE, Browser

pytestmark = pytest.mark.peer("chromium", "chromedriver")

PAGE = """<!doctype html><html lang="en"><title>Looked at</title><meta name="viewport" content="width=device-width">
<style>
  :root {{ color-scheme: light dark; --ink: #111; --ground: #fff }}
  @media (prefers-color-scheme: dark) {{ :root {{ --ink: #eee; --ground: #111 }} }}
  body {{ color: var(--ink); background: var(--ground) }} .only-narrow {{ display: none }}
  @media (max-width: 500px) {{ .only-narrow {{ display: block }} .only-wide {{ display: none }} }}
  {style}
</style><main><h1>Looked at</h1><p>Words</p><p>More words</p><div><p>And <b>others</b></p></div>{body}
<div popover id="sheet" role="dialog" aria-label="Sheet"><p>Shut</p></div></main>"""
FAINT = "color: #999; background: #aaa"

FAULTS = {
    "nothing": ("", "", {}),
    "everywhere": (f".f {{ {FAINT} }}", "<p class=f>Faint</p>", {f"{WIDE} light": "color-contrast"}),
    "dark": (
        f"@media (prefers-color-scheme: dark) {{ .f {{ {FAINT} }} }}",
        "<p class=f>Faint</p>",
        {f"{NARROW} dark": "color-contrast"},
    ),
    "narrow light": (
        f"@media (max-width: 500px) and (prefers-color-scheme: light) {{ .f {{ {FAINT} }} }}",
        "<p class=f>Faint</p>",
        {f"{NARROW} light": "color-contrast"},
    ),
    "wide dark": (
        f"@media (min-width: 501px) and (prefers-color-scheme: dark) {{ .f {{ {FAINT} }} }}",
        "<p class=f>Faint</p>",
        {f"{WIDE} dark": "color-contrast"},
    ),
    "a ground that is moved there": (
        """@media (min-width: 501px) and (prefers-color-scheme: dark) {
          .g { position: relative; height: 40px; background: #bbb }
          .f { position: absolute; top: 0; background: none }
        }""",
        "<div class=g><p class=f>Faint</p></div>",
        {f"{WIDE} dark": "color-contrast"},
    ),
    "a name that a narrow page hides": (
        "",
        "<button><span class=only-wide>Send</span></button>",
        {f"{NARROW} dark": "button-name"},
    ),
    "a heading that a narrow page hides": (
        "@media (max-width: 500px) { h1 { display: none } }",
        "",
        {f"{NARROW} dark": "page-has-heading-one"},
    ),
    "markup that only a narrow page shows": (
        "",
        "<div class=only-narrow><p role=button aria-checked=true tabindex=0>x</p></div>",
        {f"{NARROW} dark": "aria-allowed-attr"},
    ),
    "too wide": (
        "@media (max-width: 500px) { .f { width: 700px } }",
        "<p class=f>Wide</p>",
        {f"{NARROW} light": "P.f"},
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_in_the_look_that_has_it(name: str, looker: Browser) -> None:
    style, body, wanted = FAULTS[name]
    looker.width(WIDE)
    looker.scheme("light")
    looker.driver.get("data:text/html;charset=utf-8," + quote(PAGE.format(style=style, body=body)))
    before = looker.script("return document.body.innerHTML")
    found = looker.every_look()
    assert looker.script("return document.body.innerHTML") == before, "the page is as it was"
    assert len(found) == len(wanted), found
    assert all(
        fault.startswith(f"{look}: {rule}") for fault, (look, rule) in zip(found, wanted.items(), strict=True)
    ), found
