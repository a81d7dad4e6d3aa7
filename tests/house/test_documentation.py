"""Every fact, command, setting, URL, flag and template variable is described, and docs/ says what the code says."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Annotated

import cyclopts
import litestar
import msgspec
import pytest
from litestar.types import Receive, Scope, Send

from docs import generate
from tests.house.source import keep

PAGES = ("facts.md", "commands.md", "settings.md", "http.md", "cli.md", "templates.md")


@cache
def parts() -> Mapping[str, list[generate.Item]]:
    """All of them, read from the code once."""
    return generate.parts()


def found(page: str) -> dict[str, list[generate.Item]]:
    """That page's items alone."""
    return {page: parts()[page]}


@pytest.mark.parametrize("page", PAGES)
def test_everything_is_described(page: str) -> None:
    keep(f"{line}: has no description" for line in generate.missing(found(page)))


@pytest.mark.parametrize("page", PAGES)
def test_the_page_is_fresh(page: str) -> None:
    keep(f"docs/{name} is stale: run `make docs`" for name in generate.stale(generate.pages(found(page))))


class Described(msgspec.Struct):
    """A struct."""

    by_meta: Annotated[int | None, msgspec.Meta(description="By its type.")] = None
    inside: Annotated[int, msgspec.Meta(ge=1, description="Inside a union.")] | None = None
    below: str = ""
    """By the string below it."""
    silent: str = ""


@dataclass(frozen=True)
class Variables:
    title: str
    people: list[str]


def test_descriptions_are_read_where_they_stand() -> None:
    texts = {field.name: field.description for field in generate.fields(Described)}
    by_place = ("By its type.", "Inside a union.", "By the string below it.", "")
    assert tuple(texts.values()) == by_place


def test_a_missing_description_is_found() -> None:
    item = generate.Item("room.html", "", fields=generate.fields(Described), fields_described=True)
    assert list(item.missing()) == ["room.html", "room.html: silent"]


def test_a_generated_docstring_does_not_count() -> None:
    assert generate.docstring(Variables) == ""
    assert [field.type for field in generate.fields(Variables)] == ["str", "list[str]"]


def test_flags_are_read_from_the_shell() -> None:
    app = cyclopts.App(name="watchroom", help="The shell.")
    drill = cyclopts.App(name="drill", help="Drills.")
    app.command(drill)

    @drill.command
    def run(
        scenario: str, *, seed: Annotated[int, cyclopts.Parameter(help="The seed.")] = 7, speed: str = "max"
    ) -> None:
        """Runs a drill.

        Parameters
        ----------
        scenario
            Which one.
        """

    items = {item.name: item for item in generate.shell_items(app)}
    assert list(items) == ["watchroom", "watchroom drill", "watchroom drill run"]
    assert items["watchroom drill run"].description == "Runs a drill."
    assert [field.description for field in items["watchroom drill run"].fields] == ["Which one.", "The seed.", ""]
    assert list(items["watchroom drill run"].missing()) == ["watchroom drill run: --speed"]


@litestar.get("/incidents/{id:str}")
async def show_incident(id: str) -> str:
    """One incident."""
    return id


@litestar.asgi("/signals/generic", copy_scope=False, opt={"methods": ("POST",)})
async def take_signal(scope: Scope, receive: Receive, send: Send) -> None: ...


def test_urls_are_read_from_handlers_routers_and_raw_applications(monkeypatch: pytest.MonkeyPatch) -> None:
    page = SimpleNamespace(ROUTES=(show_incident, litestar.Router("/api/v1", route_handlers=[take_signal])))
    monkeypatch.setattr(generate, "module", lambda name: page)
    items = {item.name: item.description for item in generate.routes() or []}
    assert items == {"GET /incidents/{id:str}": "One incident.", "POST /api/v1/signals/generic": ""}


def test_a_stale_page_is_found() -> None:
    assert generate.stale({"facts.md": "something else"}) == ["facts.md"]
