"""The models of the public pages: the status page, its history by month, and one incident.

Called by `rendering`, which has each rendered once and served to everybody alike: nothing here knows who looks. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from watchroom.communication.maintenance import Maintenance
from watchroom.communication.status_page import OPERATIONAL, ComponentStatus
from watchroom.incident.downtime import Day, worse
from watchroom.incident.status_view import HISTORY_DAYS, ShownComponent, ShownIncident, StatusView
from watchroom.web.html.template import template
from watchroom.web.html.words import every
from watchroom.web.status.statuspage import told

PAST_DAYS = 14
"""As many days of past incidents stand on the page itself."""
BAR_X = 10
"""Units of the drawing from one day's bar to the next."""

STATUS_WORDS: dict[ComponentStatus, str] = {
    "operational": "Operational",
    "under_maintenance": "Maintenance",
    "degraded_performance": "Degraded",
    "partial_outage": "Partial outage",
    "major_outage": "Major outage",
}
STATE_WORDS = {
    "investigating": "Investigating",
    "identified": "Identified",
    "monitoring": "Monitoring",
    "resolved": "Resolved",
    "scheduled": "Scheduled",
    "in_progress": "In progress",
    "verifying": "Verifying",
    "completed": "Completed",
}


@dataclass(frozen=True)
class Bar:
    """One day of one component, as it is drawn."""

    x: int
    kind: str
    """`none`, `good`, `degraded`, `partial` or `major`."""
    says: str


@dataclass(frozen=True)
class Row:
    """One component of the page."""

    component: ShownComponent
    word: str
    bars: Sequence[Bar]
    width: int
    summary: str
    """What the bars show, in words."""
    uptime: str
    """Which share of the time it was up; empty when it has not been known for a day."""
    troubled: Sequence[tuple[str, str, Sequence[tuple[str, str]]]]
    """The days with trouble, newest first: the day, what it was, and the incidents' ids and names."""


@dataclass(frozen=True)
class Group:
    """Components under one heading; components without a group have an empty one."""

    name: str
    status: ComponentStatus
    word: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Window:
    """One window of maintenance."""

    id: str
    name: str
    word: str
    starts_at: datetime
    ends_at: datetime
    components: Sequence[str]
    """The names of the components that it covers."""
    told: Sequence[tuple[datetime, str, str]]
    """What was said of it, newest first: when, the state in a word, the text."""


@dataclass(frozen=True)
class PastDay:
    """One day of the history."""

    day: str
    incidents: Sequence[ShownIncident]
    windows: Sequence[Window]
    ongoing: Sequence[ShownIncident] = ()
    """Those that stand at the top of the page, and are only named here."""


@dataclass(frozen=True)
class _Public:
    view: StatusView
    """The status page at the moment of rendering."""
    states: Mapping[str, str]
    """The words for states."""
    at: str
    """The page's own address, without a slash at the end."""


@template("status/page.html")
@dataclass(frozen=True)
class StatusPage(_Public):
    """`/status`: what works, what does not, what was said of it, what is planned."""

    groups: Sequence[Group]
    """The components under their headings."""
    active: Sequence[Window]
    """Maintenance that goes on."""
    upcoming: Sequence[Window]
    """Maintenance that is announced."""
    past: Sequence[PastDay]
    """The last days, newest first, the empty ones too."""
    days: int
    """How many days the bars show."""


@template("status/month.html")
@dataclass(frozen=True)
class StatusMonth(_Public):
    """`/status/history/2026-11`: every incident of one month."""

    month: str
    """The month in words."""
    past: Sequence[PastDay]
    """Its days on which something was, newest first."""
    earlier: str
    """The month before in which something was, as `2026-10`; empty: none."""
    later: str
    """The month after in which something was; empty: none."""


@template("status/incident.html")
@dataclass(frozen=True)
class StatusIncident(_Public):
    """`/status/incidents/{id}`: all that was said of one incident."""

    shown: ShownIncident
    """The incident."""
    names: Sequence[str]
    """The components that it touched, by name."""


def day_words(day: date) -> str:
    """`25 November 2026`."""
    return f"{day.day} {day:%B %Y}"


def lasted(seconds: int) -> str:
    """How long something lasted, as customers say it: `34 min`, `2 h 5 min`; at least a minute."""
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else every(hours * 3_600) if hours < 24 else f"{hours} h"


def _bar(number: int, day: Day) -> Bar:
    when = f"{day.day.day} {day.day:%b}"
    if not day.known:
        return Bar(number * BAR_X, "none", f"{when}: not on this page yet")
    if day.down_s:
        kind = "major" if day.worst == "major_outage" else "partial"
        return Bar(number * BAR_X, kind, f"{when}: {_trouble(day)}")
    if day.degraded_s:
        return Bar(number * BAR_X, "degraded", f"{when}: {_trouble(day)}")
    return Bar(number * BAR_X, "good", f"{when}: no downtime")


def _trouble(day: Day) -> str:
    parts = []
    if day.down_s:
        parts.append(f"{'down' if day.worst == 'major_outage' else 'partly down'} for {lasted(day.down_s)}")
    if day.degraded_s:
        parts.append(f"degraded for {lasted(day.degraded_s)}")
    return ", ".join(parts)


def percent(share: float) -> str:
    """A share of the time that never rounds a real outage away: `99.98 %`, `100 %` only when there was none."""
    if share >= 1.0:
        return "100 %"
    return f"{min(share * 100, 99.99):.2f} %"


def _row(component: ShownComponent, names: Mapping[str, str]) -> Row:
    troubled = [day for day in reversed(component.days) if day.down_s or day.degraded_s]
    outages = sum(1 for day in troubled if day.down_s)
    summary = f"{component.name}, the last {HISTORY_DAYS} days: "
    summary += f"{outages} {'day' if outages == 1 else 'days'} with downtime" if outages else "no downtime"
    if component.uptime is not None:
        summary += f", up {percent(component.uptime)} of the time"
    return Row(
        component=component,
        word=STATUS_WORDS[component.status],
        bars=[_bar(number, day) for number, day in enumerate(component.days)],
        width=len(component.days) * BAR_X,
        summary=summary,
        uptime=percent(component.uptime) if component.uptime is not None else "",
        troubled=[
            (day_words(day.day), _trouble(day), [(id, names[id]) for id in day.incidents if id in names])
            for day in troubled
        ],
    )


def _groups(view: StatusView) -> list[Group]:
    names = {each.incident.id: each.incident.name for each in view.incidents}
    blocks: list[tuple[str, list[ShownComponent]]] = []
    for component in view.components:
        if blocks and blocks[-1][0] == component.group:
            blocks[-1][1].append(component)
        else:
            blocks.append((component.group, [component]))
    found = []
    for name, members in blocks:
        status: ComponentStatus = OPERATIONAL
        for member in members:
            status = worse(status, member.status)
        found.append(Group(name, status, STATUS_WORDS[status], [_row(each, names) for each in members]))
    return found


def _window(window: Maintenance, view: StatusView) -> Window:
    names = [component.name for id in window.components if (component := view.component(id)) is not None]
    said = [(at, STATE_WORDS[state], text) for at, state, text in reversed(told(window, view.now))]
    word = STATE_WORDS[window.state(view.now)]
    return Window(window.id, window.name, word, window.starts_at, window.ends_at, names, said)


def _on(view: StatusView) -> dict[date, tuple[list[ShownIncident], list[Window]]]:
    """What was over or goes on, by the day on which it began, newest first."""
    found: dict[date, tuple[list[ShownIncident], list[Window]]] = {}
    for shown in view.incidents:
        found.setdefault(shown.incident.created_at.astimezone(UTC).date(), ([], []))[0].append(shown)
    for window in view.maintenances:
        if window.state(view.now) == "completed":
            found.setdefault(window.starts_at.astimezone(UTC).date(), ([], []))[1].append(_window(window, view))
    return found


def status_page(view: StatusView, at: str) -> StatusPage:
    """The page itself."""
    on = _on(view)
    today = view.now.astimezone(UTC).date()
    days = [today - timedelta(days=number) for number in range(PAST_DAYS)]
    past = []
    for day in days:
        incidents, windows = on.get(day, ([], []))
        over = [each for each in incidents if each.incident.state == "resolved"]
        past.append(PastDay(day_words(day), over, windows, [each for each in incidents if each not in over]))
    return StatusPage(
        view=view,
        states=STATE_WORDS,
        at=at,
        groups=_groups(view),
        active=[_window(each, view) for each in view.active],
        upcoming=[_window(each, view) for each in view.upcoming],
        past=past,
        days=HISTORY_DAYS,
    )


def months(view: StatusView) -> list[str]:
    """The months in which something was, newest first, as `2026-11`; this month too."""
    found = {f"{day:%Y-%m}" for day in (*_on(view), view.now.astimezone(UTC).date())}
    return sorted(found, reverse=True)


def status_month(view: StatusView, month: str, at: str) -> StatusMonth | None:
    """One month of the history; None for one in which nothing was."""
    known = months(view)
    if month not in known:
        return None
    here = known.index(month)
    on = {day: what for day, what in _on(view).items() if f"{day:%Y-%m}" == month}
    past = [PastDay(day_words(day), *on[day]) for day in sorted(on, reverse=True)]
    first = date.fromisoformat(f"{month}-01")
    return StatusMonth(
        view=view,
        states=STATE_WORDS,
        at=at,
        month=f"{first:%B %Y}",
        past=past,
        earlier=known[here + 1] if here + 1 < len(known) else "",
        later=known[here - 1] if here > 0 else "",
    )


def status_incident(view: StatusView, id: str, at: str) -> StatusIncident | None:
    """One incident by its public id; None when there is none."""
    shown = next((each for each in view.incidents if each.incident.id == id), None)
    if shown is None:
        return None
    names = [component.name for id in shown.components if (component := view.component(id)) is not None]
    return StatusIncident(view=view, states=STATE_WORDS, at=at, shown=shown, names=names)


@template("status/absent.html")
@dataclass(frozen=True)
class StatusAbsent:
    """What a visitor sees where nothing stands, or while the page is not shown."""
