"""The status page, its settings and the leadership pages with real-looking content, for `preview`."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tests.web.preview_sources import URL
from watchroom.base.errors import Malformed
from watchroom.communication.inbound import InboundAdded, InboundAnswered
from watchroom.communication.maintenance import Maintenance, Maintenances, Note
from watchroom.communication.status_page import Component, ComponentStatus, Page
from watchroom.communication.update import UpdatePosted, UpdateState
from watchroom.incident.public import Post, PublicIncident, Span
from watchroom.incident.status_view import StatusView, view
from watchroom.mitigation.priority import PriorityStated
from watchroom.web.html.pages import Visit
from watchroom.web.html.render import render
from watchroom.web.leadership.card import card_html
from watchroom.web.leadership.page import AllLeadershipPage, leadership_page
from watchroom.web.patterns.examples import ANA, MARCUS, ExamplePeople, Story, story_until
from watchroom.web.settings.status_settings import Planned, StatusSettingsPage
from watchroom.web.status.pages import (
    STATE_WORDS,
    StatusAbsent,
    months,
    status_incident,
    status_month,
    status_page,
)

LONG = "Auslandsüberweisungsbestätigungsdienst " + "w" * 60
STATES: list[tuple[UpdateState, str, str]] = [
    ("investigating", "Some customers in the UK cannot pay.", "We look for the cause. You can order by telephone."),
    ("identified", "Payments by card fail in the UK.", "A change of this afternoon is being taken back."),
]


def post(number: int, at: datetime, state: UpdateState, impact: str, doing: str, **parts: ComponentStatus) -> Post:
    return Post(
        id=f"p{number}", at=at, state=state, impact=impact, doing=doing, need="", next_at=at + timedelta(minutes=20),
        components=tuple(parts.items()),
    )  # fmt: skip


def component(now: datetime, name: str, group: str = "", about: str = "", days: int = 400) -> Component:
    made = now - timedelta(days=days)
    id = name.split()[0].casefold()
    return Component(id=id, name=name, group=group, about=about, created_at=made, updated_at=made)


def incident(id: str, name: str, *posts: Post, minutes: int = 0) -> PublicIncident:
    calms = (Span(posts[0].at + timedelta(minutes=minutes)),) if minutes else ()
    return PublicIncident(id=id, name=name, posts=posts, felt_since=None, calms=calms, over_at=None)


def set_up(now: datetime) -> tuple[Page, Maintenances, list[PublicIncident]]:
    """A page with groups, something broken, something announced and something past."""
    parts = [
        component(now, "Checkout", "Shop", "Basket, address and payment"),
        component(now, "Search", "Shop"),
        component(now, "Mails", days=40),
        component(now, "API", about="For partners and their programs"),
        component(now, LONG),
    ]
    page = Page(name="Acme status", about="How our shop and our services are doing.", help_url="https://example.com/help",
                by_id={each.id: each for each in parts})  # fmt: skip

    def ago(days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
        return now - timedelta(days=days, hours=hours, minutes=minutes)

    known = [
        incident(
            "one", "UK customers cannot pay by card",
            post(1, ago(minutes=34), *STATES[0], Checkout="partial_outage"),
            post(2, ago(minutes=12), *STATES[1], Checkout="major_outage", API="degraded_performance"),
        ),
        incident(
            "two", "Search returned nothing for new listings",
            post(3, ago(days=3, minutes=90), "investigating", "New listings are not found.", "", Search="partial_outage"),
            post(4, ago(days=3), "resolved", "All listings are found again.", "", Search="operational"), minutes=70,
        ),
        incident(
            "three", "الرسائل تصل متأخرة " + "w" * 90,
            post(5, ago(days=9, hours=4), "identified", "Mails arrive late.\nSome take hours.", "", Mails="degraded_performance"),
            post(6, ago(days=9), "resolved", "Mails arrive as usual.", "", Mails="operational"),
        ),
        incident(
            "four", "The API was down",
            post(7, ago(days=61, hours=7), "identified", "The API answers nothing.", "", API="major_outage"),
            post(8, ago(days=61), "resolved", "It answers.", "", API="operational"),
        ),
    ]  # fmt: skip
    windows = {
        "now": Maintenance(
            id="now", name="Mail servers move", starts_at=ago(minutes=20), ends_at=now + timedelta(hours=2),
            created_at=ago(days=4), updated_at=ago(minutes=5), text="Mails may be late.", components=("mails",),
            notes=[Note(ago(minutes=5), "in_progress", "Half of them have moved.")],
        ),
        "next": Maintenance(
            id="next", name="Database upgrade", starts_at=now + timedelta(days=2), ends_at=now + timedelta(days=2, hours=1),
            created_at=ago(days=1), updated_at=ago(days=1), text="Orders may take a minute longer.", components=("checkout",),
        ),
        "past": Maintenance(
            id="past", name="Certificates renewed", starts_at=ago(days=5), ends_at=ago(days=5, hours=-1),
            created_at=ago(days=8), updated_at=ago(days=8),
        ),
    }  # fmt: skip
    return page, Maintenances(by_id=windows), known


def shown(now: datetime, page: Page, windows: Maintenances, known: list[PublicIncident]) -> StatusView:
    return view(page, windows, known, now, name="Status", began_at=now - timedelta(days=400))


def status_pages(visit: Visit, stories: Mapping[str, Story], now: datetime) -> dict[str, str]:
    """Each page's HTML by its path."""
    page, windows, known = set_up(now)
    full, quiet = shown(now, page, windows, known), shown(now, Page(), Maintenances(), [])
    at = f"{URL}/status"
    month, one, three = (
        status_month(full, months(full)[0], at),
        status_incident(full, "one", at),
        status_incident(full, "three", at),
    )
    assert month is not None
    assert one is not None
    assert three is not None
    listed = sorted(windows.by_id.values(), key=lambda each: each.starts_at, reverse=True)
    planned = [Planned(each, STATE_WORDS[each.state(now)], each.state(now) == "completed") for each in listed]
    words = list(STATE_WORDS.items())[4:]
    settings = StatusSettingsPage(visit, page, page.components, ["Shop"], ["checkout", "payments"], planned, words)
    problem = Malformed("There is a component Checkout already.", hint="Change that one, or choose another name.")
    empty = StatusSettingsPage(visit, Page(shown=False), (), [], [], [], words, problem)
    people = ExamplePeople()
    asked = told_to_leaders(now)
    found = {
        "/status": render(status_page(full, at)),
        "/status-quiet": render(status_page(quiet, at)),
        "/status/history": render(month),
        "/status/incidents/one": render(one),
        "/status/incidents/three": render(three),
        "/status-absent": render(StatusAbsent()),
        "/settings/status": render(settings),
        "/settings/status-empty": render(empty),
        "/leadership-asked": render(leadership_page(visit, asked.incident(), card_html(asked.incident(), people))),
        "/leadership": render(
            AllLeadershipPage(
                visit,
                [card_html(stories[name].incident(), people, "h2") for name in ("hostile",)],
                "/live/leadership?after=1",
            )
        ),
        "/leadership-quiet": render(AllLeadershipPage(visit, [], "/live/leadership?after=1")),
    }
    for name in ("begun", "declared", "closed"):
        story = stories[name].incident()
        found[f"/incidents/{name}/leadership"] = render(leadership_page(visit, story, card_html(story, people)))
    return found


def told_to_leaders(now: datetime) -> Story:
    """An incident of which leadership was told, and has asked."""
    story = story_until("worked", begin=now - timedelta(minutes=16))
    story.tell(
        14,
        ANA,
        PriorityStated(id="B9", text="Weekend campaign mail goes out at six", owner=MARCUS, since=story.at(10), until=story.at(90)),
        UpdatePosted(
            id="U9", audience="leadership", impact="A third of UK orders fail: about 40,000 an hour.",
            doing="We take release 412 back, and know within ten minutes whether it helps.",
            need="May the campaign mail wait until seven?", next_at=story.at(44),
        ),
        InboundAdded(id="Q8", kind="question", text="Is any payment taken twice?", sender="Marcus", audience="leadership",
                     answer_by=story.at(24)),
        InboundAnswered(inbound="Q8", text="No. Payments are refused before money moves.", used=True),
        InboundAdded(id="Q9", kind="decision", text="The campaign waits.", sender="Marcus", audience="leadership",
                     answer_by=story.at(25)),
    )  # fmt: skip
    return story
