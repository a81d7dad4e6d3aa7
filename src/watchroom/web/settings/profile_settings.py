"""`/settings/profile`: what the house goes by is read as tables, tried out, edited as a file, and kept.

Called by `routes`. Works without a script: each button sends the whole draft. Trying out is offered, never demanded.
"""

from collections.abc import Sequence

import msgspec
from litestar import Response, get, post

from watchroom.base.errors import Conflict, Malformed, WatchroomError
from watchroom.communication.phrases import AUDIENCES
from watchroom.incident import profile_file, shipped
from watchroom.incident.profile import Profile
from watchroom.incident.profile_difference import differences
from watchroom.web.house import House, house_of
from watchroom.web.html.render import render
from watchroom.web.http.reading import AnyRequest, Form, caller_of, form_of, html, visit_of
from watchroom.web.settings.profile_page import ProfilePage, tables

HERE = "/settings/profile"
WHERE = "the text"
HISTORY_SHOWN = 10


def _page(
    request: AnyRequest,
    house: House,
    *,
    text: str | None = None,
    tried: Profile | None = None,
    version: int | None = None,
    reason: str = "",
    problem: WatchroomError | None = None,
    saved: bool = False,
) -> Response[str]:
    now = house.profiles.now
    shown = tried or now.profile
    page = ProfilePage(
        visit=visit_of(request),
        shown=shown,
        tables=tables(shown),
        text=profile_file.write(shown) if text is None else text,
        version=now.version if version is None else version,
        now=now,
        available=[shipped.shipped(name) for name in shipped.NAMES],
        differences=None if tried is None else differences(now.profile, tried),
        audiences=AUDIENCES,
        reason=reason,
        problem=problem,
        saved=saved,
        history=house.profiles.history[:HISTORY_SHOWN],
        people=house.directory,
    )
    return html(render(page), 200 if problem is None else problem.status)


@get(HERE)
async def profile_page(request: AnyRequest) -> Response[str]:
    """The profile that the house goes by, the shipped ones, and an editor."""
    caller_of(request, "admin")
    house = house_of(request)
    await house.profiles.look()
    return _page(request, house)


@post(HERE, status_code=200)
async def profile_form(request: AnyRequest) -> Response[str]:
    """A button of the page: try a shipped one or the text out, take up an earlier version, or keep it."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    await house.profiles.look()
    deed, reason, version = form.get("do", "preview"), form.get("reason"), _version(form)
    # A browser sends line ends as CR LF, whatever they were.
    text = form.get("text").replace("\r\n", "\n")
    try:
        if deed.startswith("try:"):
            tried = shipped.shipped(deed.removeprefix("try:"))
            return _page(request, house, tried=tried, reason=reason)
        if deed.startswith("restore:"):
            tried = _earlier(house, deed.removeprefix("restore:"))
            return _page(request, house, tried=tried, reason=reason)
        if deed == "approval":
            tried = with_approval(house.profiles.now.profile, form.all("approval"))
            return _page(request, house, tried=tried, reason=reason)
        tried = profile_file.read(text, WHERE)
        if deed == "save":
            await house.profiles.change(tried, actor=caller.actor, via="web", version=version, reason=reason[:2_000])
            return _page(request, house, saved=True)
    except (Malformed, Conflict) as problem:
        return _page(request, house, text=text, version=version, reason=reason, problem=problem)
    return _page(request, house, text=text, tried=tried, version=version, reason=reason)


def with_approval(profile: Profile, audiences: Sequence[str]) -> Profile:
    """The same profile, in which updates to these audiences are approved by somebody else; under a name of its own.

    Raises Malformed for an audience that there is not.
    """
    unknown = [each for each in audiences if each not in AUDIENCES]
    if unknown:
        raise Malformed(f"There is no audience {unknown[0][:40]!r}.", hint=f"Choose of: {', '.join(AUDIENCES)}.")
    approval = tuple(each for each in AUDIENCES if each in audiences)
    name, title = profile.name, profile.title
    if name in shipped.NAMES and approval != shipped.shipped(name).cadence.approval:
        name, title = f"{name}-own", f"{title}, our own"
    cadence = msgspec.structs.replace(profile.cadence, approval=approval)
    return msgspec.structs.replace(profile, name=name, title=title, cadence=cadence)


def _version(form: Form) -> int:
    text = form.get("version")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _earlier(house: House, version: str) -> Profile:
    """The profile of an earlier version. Raises Malformed when it is not remembered."""
    for each in house.profiles.history:
        if str(each.version) == version:
            return each.profile
    raise Malformed(f"There is no version {version[:20]!r}.", hint="Load the page again, and choose one of the list.")
