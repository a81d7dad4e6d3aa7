"""docs/markers.md: every marker has the facts that feed it, and every fact that it names exists, or the drill brings it."""

import re
from pathlib import Path

import msgspec
import pytest

from docs import generate
from watchroom.record.event import Fact, kind_of

PAGE = Path(generate.DOCS) / "markers.md"
CATEGORIES = {"IS": 9, "IM": 9, "NC": 12, "EC": 9, "CI": 16}
"""Markers of a category, counted from 1."""
DRILL_HEADING = "## Facts that the drill will bring"
_ROW = re.compile(r"^\| ([A-Z]{2}\d+) \| (.+?) \| (.+?) \|$", re.MULTILINE)
_NAMED = re.compile(r"`([a-z_]+)(?:\.([a-z_]+))?`")
_BROUGHT = re.compile(r"^\| `([a-z_]+)` \| (.+?) \|$", re.MULTILINE)


def rows() -> dict[str, list[tuple[str, str]]]:
    """Marker -> the facts and fields that its row names."""
    page, _, _ = PAGE.read_text().partition(DRILL_HEADING)
    return {marker: _NAMED.findall(facts) for marker, _about, facts in _ROW.findall(page)}


def brought() -> set[str]:
    """The facts that the drill will bring, as the page lists them."""
    _, _, drill = PAGE.read_text().partition(DRILL_HEADING)
    return {kind for kind, _says in _BROUGHT.findall(drill)}


def known() -> dict[str, set[str]]:
    """Kind -> its fields, of every fact of the code."""
    generate.import_everything()
    return {
        kind_of(fact): {field.encode_name for field in msgspec.structs.fields(fact)}
        for fact in generate.subclasses(Fact)
    }


def faults(named: dict[str, list[tuple[str, str]]], facts: dict[str, set[str]], drill: set[str]) -> list[str]:
    """What a row names that does not exist."""
    found = []
    for marker, each in named.items():
        if not each:
            found.append(f"{marker} names no fact")
        for kind, field in each:
            if kind in drill and not field:
                continue
            if kind not in facts:
                found.append(f"{marker} names `{kind}`, which is no fact, nor in the list of the drill's")
            elif field and field not in facts[kind]:
                found.append(f"{marker} names `{kind}.{field}`; its fields are {', '.join(sorted(facts[kind]))}")
    return found


def test_every_marker_has_its_facts() -> None:
    wanted = [f"{category}{number}" for category, count in CATEGORIES.items() for number in range(1, count + 1)]
    assert list(rows()) == wanted
    assert faults(rows(), known(), brought()) == []


def test_the_drills_facts_are_needed_and_are_not_there_yet(capsys: pytest.CaptureFixture[str]) -> None:
    listed = brought()
    needed = {kind for each in rows().values() for kind, _field in each}
    assert listed <= needed, "no marker needs these: take them off the list"
    here = listed & known().keys()
    assert not here, f"the code has {', '.join(sorted(here))} now: take them off the list of what the drill will bring"
    with capsys.disabled():
        print(f"\nThe drill will bring: {', '.join(sorted(listed))}.")


def test_a_fault_is_found() -> None:
    named = {"IS1": [("probe_run", "colour"), ("no_such", "")], "IS2": [], "IS3": [("to_come", "")]}
    said = faults(named, {"probe_run": {"probe"}}, {"to_come"})
    assert [line.split()[0] for line in said] == ["IS1", "IS1", "IS2"]
