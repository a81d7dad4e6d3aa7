"""The one table of what each role may do: as the documentation shows it, and as requests are answered by it."""

from pathlib import Path

from watchroom.people.caller import SCOPES
from watchroom.people.role import DEEDS, ROLES, SAYS, SCOPES_OF

ACCESS = Path(__file__).parents[2] / "docs" / "access.md"


def test_the_documentation_shows_the_table() -> None:
    rows = [f"| {deed.does} | {' | '.join('yes' if deed.may(role) else 'no' for role in ROLES)} |" for deed in DEEDS]
    assert "\n".join(["|---|---|---|---|", *rows, ""]) in ACCESS.read_text(encoding="utf-8")


def test_each_role_may_do_what_the_one_below_may() -> None:
    admin, responder, reader = (SCOPES_OF[role] for role in ROLES)
    assert reader < responder < admin == set(SCOPES)
    assert set(SAYS) == set(ROLES)


def test_every_scope_of_people_is_spoken_of() -> None:
    assert {deed.needs for deed in DEEDS} == set(SCOPES) - {"signals"}
