"""The poster: true to its profile, whole on its paper, the same in words, and blank where a pen is to write."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from watchroom.incident.profile import Profile
from watchroom.incident.shipped import NAMES, shipped
from watchroom.web.drawing.letters import width
from watchroom.web.poster.drawing import PAPERS, WIDE, poster
from watchroom.web.poster.making import svg
from watchroom.web.poster.markdown import markdown
from watchroom.web.poster.sheet import Group, Sheet, sheet_of

SVG = "{http://www.w3.org/2000/svg}"
DOCS = Path(__file__).parents[2] / "docs"
GROUPS = [Group("payments", ("Ravi Varma", "Tomasz Kowal")), Group("checkout", ("Ana Meyer", "Inès Duarte"))]
HOSTILE = [Group("<script>*a* | b" + "w" * 70, tuple(f"| Person {n} `x` & <b> " + "w" * 60 for n in range(60)))] * 40


def sheets() -> Iterator[tuple[str, Sheet]]:
    """Every sheet that the shipped profiles make, and what an odd one does."""
    for name in NAMES:
        yield name, sheet_of(shipped(name))
        yield f"{name} with people", sheet_of(shipped(name), GROUPS)
        yield f"{name} blank", sheet_of(shipped(name), blank=True)
    yield "hostile", sheet_of(crowded(), HOSTILE)


def crowded() -> Profile:
    """A profile that says as much as one can."""
    profile = shipped("itil-50")
    roles = ("incident_commander", "technical_lead", "communications_lead", "scribe", "customer_liaison")
    crew = msgspec.structs.replace(profile.crew, proposed=dict.fromkeys(("SEV1", "SEV2", "SEV3", "SEV4"), roles))
    beats = tuple(
        msgspec.structs.replace(
            profile.cadence.beats[0], severity=severity, audience=audience, first_s=90, every_s=7_260
        )
        for severity in ("SEV1", "SEV2", "SEV3", "SEV4")
        for audience in ("responders", "leadership", "support", "customers", "regulator")
    )
    cadence = msgspec.structs.replace(profile.cadence, beats=beats)
    return msgspec.structs.replace(profile, title="W" * 80, crew=crew, cadence=cadence)


SHEETS = dict(sheets())


def texts(sheet: Sheet, paper: str) -> list[tuple[str, float, float, float]]:
    """Each text with where it begins and ends, and its base line."""
    root = ET.fromstring(svg(sheet, PAPERS[paper]))
    found = _texts(root)
    for group in root.iter(f"{SVG}g"):
        x, y, smaller = (float(part) for part in re.findall(r"[-\d.]+", group.get("transform", "")))
        inside = set(_texts(group))
        found = [each for each in found if each not in inside]
        found += [(words, x + begin * smaller, x + end * smaller, y + at * smaller) for words, begin, end, at in inside]
    return found


def _texts(root: ET.Element) -> list[tuple[str, float, float, float]]:
    found = []
    for text in root.iter(f"{SVG}text"):
        words, size = text.text or "", float(text.get("font-size", 14))
        spacing = float(text.get("letter-spacing", 0)) / size
        long = width(words, size, int(text.get("font-weight", 400)), spacing)
        x = float(text.get("x", 0))
        left = {"end": x - long, "middle": x - long / 2}.get(text.get("text-anchor", ""), x)
        found.append((words, left, left + long, float(text.get("y", 0))))
    return found


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("name", SHEETS)
def test_everything_stands_on_the_sheet(name: str, paper: str) -> None:
    high = PAPERS[paper].high
    for words, begin, end, y in texts(SHEETS[name], paper):
        assert begin >= 24, words
        assert end <= WIDE - 24, words
        assert 20 <= y <= high - 14, words


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("name", SHEETS)
def test_no_words_lie_on_others(name: str, paper: str) -> None:
    placed = texts(SHEETS[name], paper)
    for number, (words, begin, end, y) in enumerate(placed):
        for others, begins, ends, other in placed[:number]:
            # Lines of one size or another never come nearer than the smaller's height.
            clash = abs(y - other) < 9 and begin < ends - 0.5 and begins < end - 0.5
            assert not clash, (words, others)


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("name", [name for name in SHEETS if name != "hostile"])
def test_nothing_that_is_shipped_is_cut(name: str, paper: str) -> None:
    cut = [words for words, *_ in texts(SHEETS[name], paper) if "…" in words]
    assert cut == []


def test_it_says_what_the_profile_decides() -> None:
    said = {name: markdown(SHEETS[name]) for name in NAMES}
    assert "| Everybody" not in said["sre-3"]
    assert "| everybody | SEV 1 | SEV 1 | SEV 2 |" in said["sre-3"]
    assert "| everybody | SEV 1 | SEV 2 | SEV 3 |" in said["itil-50"]
    assert "| SEV 1 | Commander, Technical lead |" in said["sre-3"]
    assert "| SEV 1 | Commander, Technical lead, Comms lead, Scribe, Customer liaison |" in said["itil-50"]
    assert "## What is promised?" not in said["sre-15"]
    assert "| SEV 1 | 15 min | 4 h | always |" in said["itil-15"]
    assert "| SEV 2 | 5, then 20 min | 30 min, then 1 h | 15, then 30 min |" in said["itil-50"]
    assert "Review: SEV 1 within 3 days, SEV 2 within 5 business days." in said["sre-15"]
    assert "- [ ] customers were told" in said["itil-3"]
    assert "- [ ] customers were told" not in said["sre-3"]


def test_the_words_are_those_of_the_tradition_and_the_size() -> None:
    said = {name: markdown(SHEETS[name]) for name in NAMES}
    for size in ("3", "15", "50"):
        assert said[f"sre-{size}"].startswith("# How we run an incident\n")
        assert said[f"itil-{size}"].startswith("# How we run a major incident\n")
        assert "postmortem" in said[f"sre-{size}"]
        assert "problem record" in said[f"itil-{size}"]
    assert "One person may steer and repair." in said["sre-3"]
    assert "Whoever commands does not type." in said["sre-15"]
    assert "Which thread has no lead?" in said["itil-50"]
    assert "Which thread has no lead?" not in said["itil-15"]
    assert len(set(said.values())) == 6


@pytest.mark.parametrize("name", NAMES)
def test_each_cycle_asks_heads_off_its_gap_and_hands_on(name: str) -> None:
    sheet = SHEETS[name]
    said = markdown(sheet)
    assert [told.cycle for told in sheet.cycles] == [
        "detection", "mitigation", "communication", "resolution", "review", "preparation",
    ]  # fmt: skip
    assert len({told.gap for told in sheet.cycles}) == 6
    for told in sheet.cycles:
        assert 3 <= len(told.questions) <= 4
        assert any("?" in question for question in told.questions)
        assert all(question in said for question in told.questions)
        assert f"**Before you go on: {told.gap.lower()}.** {told.before}" in said
    assert said.count("Hands on: ") == 6
    assert not re.search(r"\b(step|phase) \d", said)


@pytest.mark.parametrize("name", NAMES)
def test_a_blank_one_asks_the_same_and_answers_nothing(name: str) -> None:
    blank, filled = SHEETS[f"{name} blank"], SHEETS[name]
    assert [told.questions for told in blank.cycles] == [told.questions for told in filled.cycles]
    assert not any(told.decides for told in blank.cycles)
    for part in blank.parts:
        assert not any(cell for row in part.rows for cell in row[1:])
        assert not any(part.lines)
    said = markdown(blank)
    assert "Team: ______" in said
    assert "SEV 1 | ______" in said
    assert not blank.groups


def test_people_stand_on_it_as_words() -> None:
    sheet = sheet_of(shipped("sre-15"), GROUPS)
    said = " ".join(words for words, *_ in texts(sheet, "a3"))
    assert "payments" in said
    assert "Ana Meyer, Inès Duarte" in said
    assert "- **checkout**: Ana Meyer, Inès Duarte" in markdown(sheet)
    hostile = SHEETS["hostile"]
    assert "<script>" not in svg(hostile, PAPERS["a3"])
    assert "<script>" not in markdown(hostile)
    assert "\\| Person 0 \\`x\\`" in markdown(hostile)


def test_it_is_known_by_which_profile_it_is() -> None:
    assert re.search(r"Profile sre-15@[0-9a-f]{12}", SHEETS["sre-15"].foot)
    changed = msgspec.structs.replace(shipped("sre-15"), page_answer_s=60)
    assert sheet_of(changed).foot != SHEETS["sre-15"].foot


@pytest.mark.parametrize(("paper", "size"), [("a3", ("420mm", "297mm")), ("tabloid", ("431.8mm", "279.4mm"))])
def test_it_has_the_size_of_its_paper(paper: str, size: tuple[str, str]) -> None:
    root = ET.fromstring(svg(SHEETS["sre-15"], PAPERS[paper]))
    wide, high = (float((root.get(name) or "").removesuffix("mm")) for name in ("width", "height"))
    assert (wide, high) == pytest.approx([float(each.removesuffix("mm")) for each in size], abs=0.1)
    assert poster(SHEETS["sre-15"], PAPERS[paper]).wide == WIDE


def test_the_picture_in_the_documentation_is_fresh() -> None:
    kept = DOCS / "poster.svg"
    assert kept.stat().st_size < 200_000
    fresh = svg(sheet_of(shipped("sre-15")), PAPERS["a3"])
    assert kept.read_text(encoding="utf-8") == fresh, "run: watchroom poster --out docs/poster.svg"
