"""`/settings/grouping`: the rules are edited, tried out against the last week, and kept.

Called by `routes`. Works without a script: each button sends the draft. Trying out is offered and never demanded.
"""

from litestar import Response, get, post

from watchroom.base.command import Caution
from watchroom.base.errors import Conflict, Malformed, WatchroomError
from watchroom.detection import grouping_rules
from watchroom.web.api.grouping import GroupingPreview, preview
from watchroom.web.house import House, house_of
from watchroom.web.html.render import render
from watchroom.web.http.reading import AnyRequest, Form, caller_of, form_of, html, visit_of
from watchroom.web.settings.grouping_form import DraftRule, draft_of, edited, read_draft, rules_of
from watchroom.web.settings.grouping_page import GroupingPage

HERE = "/settings/grouping"
HISTORY_SHOWN = 10


def _page(
    request: AnyRequest,
    house: House,
    draft: list[DraftRule],
    *,
    version: int,
    previewed: str = "",
    seen: GroupingPreview | None = None,
    problem: WatchroomError | None = None,
    saved: bool = False,
    cautions: tuple[Caution, ...] = (),
) -> Response[str]:
    rulebook = house.rulebook
    page = GroupingPage(
        visit=visit_of(request),
        draft=draft,
        version=version,
        changed=draft != draft_of(rulebook.now.rules),
        previewed=previewed,
        seen=seen,
        problem=problem,
        saved=saved,
        cautions=cautions,
        history=rulebook.history[:HISTORY_SHOWN],
        services=len(house.services.all()),
        people=house.directory,
    )
    return html(render(page), 200 if problem is None else problem.status)


@get(HERE)
async def grouping_page(request: AnyRequest) -> Response[str]:
    """The grouping rules, and what changed."""
    caller_of(request, "admin")
    house = house_of(request)
    await house.rulebook.catch_up()
    now = house.rulebook.now
    cautions = grouping_rules.cautions(now.rules, house.services.all())
    return _page(request, house, draft_of(now.rules), version=now.version, cautions=cautions)


@post(HERE, status_code=200)
async def grouping_form(request: AnyRequest) -> Response[str]:
    """A button of the draft: add, move or remove a rule, take up an earlier version, try out, or save."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    await house.rulebook.catch_up()
    draft = read_draft(form, house.settings.grouping_rules_max)
    version, deed, previewed = _whole(form, "version"), form.get("do", "preview"), form.get("previewed")
    try:
        if deed == "preview":
            seen = await preview(house, rules_of(draft))
            return _page(
                request, house, draft, version=version, previewed=seen.digest, seen=seen, cautions=seen.warnings
            )
        if deed == "save":
            cautions = await house.rulebook.change(
                rules_of(draft),
                actor=caller.actor,
                via="web",
                version=version,
                reason=form.get("reason"),
                previewed=previewed,
            )
            now = house.rulebook.now
            return _page(
                request,
                house,
                draft_of(now.rules),
                version=now.version,
                previewed=previewed,
                saved=True,
                cautions=cautions,
            )
        if deed.startswith("restore:"):
            draft = _earlier(house, deed.removeprefix("restore:"))
            version = house.rulebook.now.version
    except (Malformed, Conflict) as problem:
        return _page(request, house, draft, version=version, previewed=previewed, problem=problem)
    return _page(request, house, edited(draft, deed), version=version, previewed=previewed)


def _whole(form: Form, name: str) -> int:
    text = form.get(name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _earlier(house: House, version: str) -> list[DraftRule]:
    """The rules of an earlier version as a draft. Raises Malformed when it is not remembered."""
    for change in house.rulebook.history:
        if str(change.version) == version:
            return draft_of(change.rules)
    raise Malformed(f"There is no version {version[:20]!r}.", hint="Load the page again, and choose one of the list.")
