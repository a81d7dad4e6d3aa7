"""What the house stands on: each library is pinned by hash, has its reason on record, and names no place to get it."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.source import HOUSE, imports, keep, modules

PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
RECORD = HOUSE / "docs/decisions/0002-dependencies.md"
DECISION_PARTS = ["Context", "Options", "Outcome", "What it costs"]
SOURCE_ONLY = "requirements-sdist.lock"
LOCKS = ("requirements.lock", "requirements-dev.lock", SOURCE_ONLY)

# A distribution whose import has another name, and what comes with a named one and may be imported beside it.
IMPORTED_AS = {
    "google-re2": {"re2"},
    "argon2-cffi": {"argon2"},
    "jinja2": {"jinja2", "markupsafe"},
    "markdown-it-py": {"markdown_it"},
    "prometheus-client": {"prometheus_client"},
    "promql-parser": {"promql_parser"},
    "pyyaml": {"yaml"},
}


def plain(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower()


def pins(lock: str) -> dict[str, str]:
    """Library -> its pinned version, from a lock."""
    text = (HOUSE / lock).read_text(encoding="utf-8")
    return {found[1].lower(): found[2] for found in re.finditer(r"^([A-Za-z0-9._-]+)==(\S+)", text, re.MULTILINE)}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_by_hash_and_names_no_place(lock: str) -> None:
    text = (HOUSE / lock).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    assert entries
    assert not [entry.splitlines()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry]
    assert not re.findall(
        r"^\s*(?:-i\b|--index|--extra|--find|--trusted|-f\b|-e\b|.*(?:://|\s@\s)).*", text, re.MULTILINE
    )


def test_the_locks_hold_what_the_project_asks_for() -> None:
    wanted = {plain(one) for one in [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["build"]]}
    assert wanted <= pins("requirements.lock").keys()
    assert wanted | {plain(one) for one in PROJECT["dependency-groups"]["dev"]} <= pins("requirements-dev.lock").keys()


def test_tests_run_on_the_versions_that_users_get() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


def test_each_library_has_its_reason_on_record() -> None:
    reasons = set(re.findall(r"^\| \*\*([\w-]+)\*\*", RECORD.read_text(encoding="utf-8"), re.MULTILINE))
    asked = (
        PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"] + PROJECT["dependency-groups"]["build"]
    )
    assert reasons == {plain(one) for one in asked} | pins(SOURCE_ONLY).keys()


def test_the_house_imports_only_what_it_asks_for() -> None:
    """A library that only comes along with another may leave with it."""
    asked = {plain(one) for one in PROJECT["project"]["dependencies"]}
    allowed = {name for one in asked for name in IMPORTED_AS.get(one, {one.replace("-", "_")})} | {"watchroom"}
    strangers = {
        f"{source.where}:{found.line}: {found.module}"
        for source in modules().values()
        for found in imports(source, modules().keys())
        if found.module.partition(".")[0] not in allowed
        and found.module.partition(".")[0] not in sys.stdlib_module_names
    }
    keep(sorted(strangers))


def test_decision_records_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in RECORD.parent.glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("path", sorted(RECORD.parent.glob("[0-9]*.md")), ids=lambda path: path.stem)
def test_a_decision_says_what_it_costs(path: Path) -> None:
    headings = re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert [one for one in headings if one in DECISION_PARTS] == DECISION_PARTS
