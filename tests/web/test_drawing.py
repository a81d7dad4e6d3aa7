"""Pictures: words are measured by the real font, everything is escaped, and the colours are those of the pages."""

import re
import xml.etree.ElementTree as ET
from base64 import b64encode
from hashlib import sha256

import pytest

from watchroom.web.drawing import letters, paint
from watchroom.web.drawing.svg import Picture, policy
from watchroom.web.html.static_files import FOLDER

SVG = "{http://www.w3.org/2000/svg}"


def tokens(css: str, name: str) -> list[str]:
    """Every value that a style sheet gives this token."""
    return re.findall(rf"--{name}: (#[0-9a-f]+)", css)


def test_the_colours_are_those_of_the_pages() -> None:
    css = (FOLDER / "base.css").read_text(encoding="utf-8")
    for name, light in paint.LIGHT.items():
        assert tokens(css, name) == [light, paint.DARK[name]], name
    classes = (FOLDER / "picture.css").read_text(encoding="utf-8")
    for name in paint.LIGHT:
        assert f".f-{name} {{ fill: var(--{name}) }}" in classes
        assert f".s-{name} {{ stroke: var(--{name}) }}" in classes


def test_brightness_is_that_of_the_lanes() -> None:
    css = (FOLDER / "room.css").read_text(encoding="utf-8")
    found = {name: float(value) for name, value in re.findall(r"\.(b[1-4]) \{ fill-opacity: ([.\d]+) \}", css)}
    assert found == paint.BY_AGE


@pytest.mark.parametrize(
    ("text", "weight", "units"),
    # Units of the font, of which 2048 are an em (source: the advance widths of Inter 4).
    [("i", 400, 494), ("W", 400, 2012), ("", 700, 0)],
)
def test_a_letter_is_as_wide_as_the_font_says(text: str, weight: int, units: int) -> None:
    assert letters.width(text, 2048, weight) == pytest.approx(units, abs=40)


def test_bold_is_wider_and_what_the_font_has_not_is_taken_to_be_wide() -> None:
    assert letters.width("Mitigated", 20, 700) > letters.width("Mitigated", 20, 600) > letters.width("Mitigated", 20)
    assert letters.width("顧客", 20) == 40
    assert not letters.face(400).has("顧")
    assert letters.width("e\u0301", 20) <= letters.width("ee", 20)


def test_a_line_is_cut_to_its_width_and_a_paragraph_to_its_lines() -> None:
    long = "Nobody has written for long: does it still go on?"
    cut = letters.fit(long, 13, 120)
    assert cut.endswith("…")
    assert letters.width(cut, 13) <= 120
    assert letters.fit("short", 13, 120) == "short"
    lines = letters.wrapped(long, 13, 120)
    assert " ".join(lines) == long
    assert all(letters.width(line, 13) <= 120 for line in lines)
    two = letters.wrapped(long, 13, 120, lines_max=2)
    assert len(two) == 2
    assert two[-1].endswith("…")
    assert letters.wrapped("w" * 400, 13, 100) == [letters.fit("w" * 400, 13, 100)]
    assert letters.wrapped("", 13, 100) == []


def test_what_somebody_wrote_stays_words() -> None:
    picture = Picture(100, 50)
    picture.words(0, 10, '<script>alert("1")</script> & more', 12, data_person='"><x')
    picture.begin(data_cycle="a&b")
    picture.end()
    root = ET.fromstring(picture.file("<title> & more", "about"))
    (text,) = root.iter(f"{SVG}text")
    assert text.text == '<script>alert("1")</script> & more'
    assert text.get("data-person") == '"><x'
    assert not list(root.iter(f"{SVG}script"))
    assert root.findtext(f"{SVG}title") == "<title> & more"


def test_a_part_of_a_page_needs_no_style_and_is_hidden_from_whoever_hears_the_page() -> None:
    picture = Picture(100.5, 50)
    picture.box(1, 2.25, 3, 4, "panel", 2)
    assert picture.part("chart", data_from=3.0) == (
        '<svg class="chart" data-from="3.0" aria-hidden="true" focusable="false" viewBox="0 0 100.5 50" font-size="14">'
        '<rect class="f-panel" fill="#fff" x="1" y="2.25" width="3" height="4" rx="2"/></svg>'
    )


@pytest.mark.parametrize("dark", [True, False])
def test_a_file_s_policy_names_its_own_style_and_lets_nothing_else_in(dark: bool) -> None:
    written = Picture(10, 10).file("t", "a", dark=dark)
    style = re.search(r"<style>(.*?)</style>", written)
    assert style is not None
    digest = b64encode(sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy(dark)
    assert policy(dark).startswith("default-src 'none';")
    assert "script" not in policy(dark)
    assert ("prefers-color-scheme" in style[1]) is dark
