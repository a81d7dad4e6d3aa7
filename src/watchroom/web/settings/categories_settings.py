"""`/settings/categories`: the categories of incidents are read and changed, with who changed what.

Called by `routes`. Works without a script. Nothing is deleted: a category is retired, or merged into another.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from litestar import Response, get, post
from litestar.response import Redirect

from watchroom.base.errors import WatchroomError
from watchroom.detection.taxonomy import Category, TaxonomyChange
from watchroom.web.house import House, house_of
from watchroom.web.html.pages import Visit
from watchroom.web.html.render import People, render
from watchroom.web.html.template import template
from watchroom.web.http.reading import AnyRequest, Form, caller_of, form_of, html, visit_of

HERE = "/settings/categories"
HISTORY_SHOWN = 30
DID = {
    "category_defined": "said what it is",
    "category_retired": "retired it",
    "category_restored": "offered it again",
    "category_merged": "merged it",
}


@template("pages/categories.html")
@dataclass(frozen=True)
class CategoriesPage:
    """`/settings/categories`: what kinds of incidents there are, as a tree, and what became of those before."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    offered: Sequence[Category]
    """Those to choose from, each below the one that it is a part of."""
    put_away: Sequence[Category]
    """Those that were retired or merged."""
    history: Sequence[TaxonomyChange]
    """Who changed what, newest first."""
    did: dict[str, str]
    """What a change is called, by its fact's kind."""
    of_profile: Sequence[str]
    """What the profile in force names and nobody has defined here."""
    people: People
    """Names of people."""
    problem: WatchroomError | None = None
    """Why what was sent could not be kept."""
    tried: dict[str, str] | None = None
    """What was sent and could not be kept, by field."""


def _page(
    request: AnyRequest, house: House, *, problem: WatchroomError | None = None, tried: dict[str, str] | None = None
) -> Response[str]:
    taxonomy = house.taxonomy
    categories = taxonomy.all()
    page = CategoriesPage(
        visit=visit_of(request),
        offered=[each for each in categories if each.state == "offered"],
        put_away=[each for each in categories if each.state != "offered"],
        history=taxonomy.history[:HISTORY_SHOWN],
        did=DID,
        of_profile=[name for name in house.profiles.in_force().profile.categories if taxonomy.get(name) is None],
        people=house.directory,
        problem=problem,
        tried=tried,
    )
    return html(render(page), 200 if problem is None else problem.status)


@get(HERE)
async def categories_page(request: AnyRequest) -> Response[str]:
    """The categories of incidents, and who changed what."""
    caller_of(request, "admin")
    house = house_of(request)
    await house.taxonomy.catch_up()
    return _page(request, house)


async def _done(request: AnyRequest, form: Form, work: Awaitable[object]) -> Response[str] | Redirect:
    """Do it, and show the page again: with what was wrong, if anything was."""
    try:
        await work
    except WatchroomError as problem:
        tried = {name: form.get(name) for name in ("name", "description", "parent")}
        return _page(request, house_of(request), problem=problem, tried=tried)
    return Redirect(HERE, status_code=303)


@post(HERE, status_code=200)
async def category_form(request: AnyRequest) -> Response[str] | Redirect:
    """Say what a category is."""
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    fields = form.get("name"), form.get("description"), form.get("parent")
    taxonomy = house_of(request).taxonomy
    return await _done(request, form, taxonomy.define(*fields, actor=caller.actor, via="web"))


@post(f"{HERE}/retire", status_code=200)
async def category_retire_form(request: AnyRequest) -> Response[str] | Redirect:
    """Offer a category no longer."""
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    taxonomy = house_of(request).taxonomy
    work = taxonomy.retire(form.get("name"), form.get("reason"), actor=caller.actor, via="web")
    return await _done(request, form, work)


@post(f"{HERE}/restore", status_code=200)
async def category_restore_form(request: AnyRequest) -> Response[str] | Redirect:
    """Offer a category again."""
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    taxonomy = house_of(request).taxonomy
    return await _done(request, form, taxonomy.restore(form.get("name"), actor=caller.actor, via="web"))


@post(f"{HERE}/merge", status_code=200)
async def category_merge_form(request: AnyRequest) -> Response[str] | Redirect:
    """Make a category part of another."""
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    taxonomy = house_of(request).taxonomy
    fields = form.get("name"), form.get("into"), form.get("reason")
    return await _done(request, form, taxonomy.merge(*fields, actor=caller.actor, via="web"))
