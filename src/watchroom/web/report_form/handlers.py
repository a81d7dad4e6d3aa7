"""The report form: for people who are signed in, and for anybody who has a public link.

A report becomes a signal of the kind `report`. A public link is the key of a source of the kind `report`: it can be
renewed, disabled and removed like any other, and is good for nothing else. Behind it no cookie is needed, reports are
counted by the minute, and what a program would fill in is asked to be left empty. Called by `routes`.
"""

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.params import FromPath

from watchroom.base.errors import Malformed, NotFound, TooOften
from watchroom.integrations.report import HOW_MANY, SINCE, HowMany, Report, Since, reference_of, report_of, signal_of
from watchroom.web.house import House, house_of
from watchroom.web.html.pages import Visit
from watchroom.web.html.render import render
from watchroom.web.http.reading import AnyRequest, Form, caller_of, form_of, html, visit_of
from watchroom.web.report_form.form import ReportedPage, ReportPage

FIELDS = ("what", "since", "how_many", "contact")
TRAP = "homepage"
"""A field that people do not see; what fills it in is a program."""
OPEN = {"public": True}


def _form_page(
    visit: Visit, action: str, given: Form | None = None, problem: str = "", status: int = 200
) -> Response[str]:
    filled = {name: given.get(name) if given is not None else "" for name in FIELDS}
    page = ReportPage(visit, action, _offered(SINCE), _offered(HOW_MANY), filled, problem)
    response = html(render(page), status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _offered(answers: Mapping[Since, str] | Mapping[HowMany, str]) -> dict[str, str]:
    return {name: text.capitalize() if name != "unknown" else "I do not know" for name, text in answers.items()}


def _report(form: Form) -> Report:
    return report_of(form.get("what"), form.get("since"), form.get("how_many"), form.get("contact"))


async def _take(house: House, source: str, via: str, report: Report) -> tuple[str, str]:
    """Record a report: its reference, and the room that it stands in."""
    now = house.clock.now()
    reference = reference_of(source, report, now)
    (receipt,) = await house.intake.receive(source, via, [signal_of(source, report, reference, now)])
    house.metrics.signals.labels(receipt.outcome).inc()
    house.metrics.deliveries.labels("report", "200").inc()
    return reference, receipt.stream or ""


@get("/report")
async def report_page(request: AnyRequest) -> Response[str]:
    """The report form, for people who are signed in: what somebody told them that they cannot do."""
    caller_of(request, "respond")
    return _form_page(visit_of(request), "/report")


@post("/report", status_code=200)
async def report_form(request: AnyRequest) -> Response[str]:
    """Take a report from somebody who is signed in."""
    house = house_of(request)
    form = await form_of(request, house.settings.report_bytes_max)
    caller = caller_of(request, "respond", form.csrf)
    try:
        report = _report(form)
    except Malformed as error:
        return _form_page(visit_of(request), "/report", form, f"{error.message} {error.hint}", 400)
    reference, room = await _take(house, f"report:{caller.person}", "web", report)
    return html(render(ReportedPage(visit_of(request), reference, "/report", room)))


def _source(house: House, key: str) -> str:
    caller = house.credentials.by_form_key(key)
    if caller is None or caller.source is None:
        raise NotFound("This link leads nowhere any more.", hint="Ask whoever gave it to you for another.")
    return caller.source


def _nobody(house: House) -> Visit:
    """Behind a public link nobody is known, not even somebody who is signed in."""
    return Visit("", "", "", house.clock.now())


@get("/report/{key:str}", opt=OPEN)
async def public_report_page(request: AnyRequest, key: FromPath[str]) -> Response[str]:
    """The report form behind a public link."""
    house = house_of(request)
    _source(house, key)
    return _form_page(_nobody(house), f"/report/{key}")


@post("/report/{key:str}", status_code=200, opt=OPEN)
async def public_report_form(request: AnyRequest, key: FromPath[str]) -> Response[str]:
    """Take a report from anybody who has the link."""
    house = house_of(request)
    source, action, visit = _source(house, key), f"/report/{key}", _nobody(house)
    form = await form_of(request, house.settings.report_bytes_max)
    try:
        if form.get(TRAP):
            raise Malformed("One field was to be left empty.", hint="Send it again; nothing that you wrote is lost.")
        report = _report(form)
        if not house.report_turns.take(source):
            raise TooOften("Very many reports come in just now.", hint="Send it again in a minute; it is still here.")
    except (Malformed, TooOften) as error:
        return _form_page(visit, action, form, f"{error.message} {error.hint}", error.status)
    reference, _room = await _take(house, source, "form", report)
    return html(render(ReportedPage(visit, reference, action, "")))
