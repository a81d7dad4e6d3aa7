"""The pages' models: what each page is given. Builders that need more than a constructor stand beside their model.

Called by the browser's handlers (`room`, `lists`, `administration`), which pass a model to `render`. Never reads the
record itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from watchroom.communication.status_page import Component
from watchroom.detection.severity import ImpactLevel, Severity, Urgency
from watchroom.incident.guidance.before import Pointer, board_pointers
from watchroom.incident.incident import CYCLES, Incident
from watchroom.incident.sight import RestrictedRoom
from watchroom.incident.summary import Summary
from watchroom.mitigation.roles import ROLES
from watchroom.web.command_bar.groups import GROUPS, Group
from watchroom.web.html.markup import Markup, as_is
from watchroom.web.html.template import People, template
from watchroom.web.html.template import render as render_part
from watchroom.web.room.filters import ALL, SHOWS
from watchroom.web.room.folding import cookie_of, folded
from watchroom.web.room.panels import panels_html
from watchroom.web.settings.snippets import Snippet
from watchroom.web.updates.editor import Editor, editor_fields, most_due

NO_CALL = Markup("")


@dataclass(frozen=True)
class Visit:
    """Who is looking, and when the page was made: what every page's frame needs."""

    me: str
    """The viewer as a person's ref (an e-mail); empty when nobody is signed in."""
    name: str
    csrf: str
    now: datetime
    """The server's clock, from which the page's script learns how far the browser's own is off."""
    untriaged: int = 0
    """How many signals wait for a judgement."""
    admin: bool = False
    setup: bool = False
    """Whether the set-up of a new install is shown: for admins, until somebody says that it is over."""
    reads: bool = False
    """Whether they only read: what they could not do is not offered."""
    ring: Markup = NO_CALL
    """What calls the viewer at this moment: the content of the element `#ring`."""


@dataclass(frozen=True)
class _Page:
    visit: Visit
    """Who is looking, the form token, the server's clock."""


@dataclass(frozen=True)
class Connect:
    """The three lines that connect a real Alertmanager."""

    url: str
    """Where it sends to, with the source's key in it."""

    @property
    def lines(self) -> str:
        """A receiver, as it stands in `alertmanager.yml` (source: Alertmanager's configuration, `webhook_config`)."""
        return f"- name: watchroom\n  webhook_configs:\n  - url: {self.url}"


@dataclass(frozen=True)
class Silent:
    """A sender that should be heard and is not."""

    name: str
    heard_at: datetime | None
    expect_every_s: int


@dataclass(frozen=True)
class Short:
    """What a manager reads in ten seconds."""

    hurting: Sequence[Summary]
    """Incidents that are not mitigated, gravest first."""
    mitigated: int
    """How many are mitigated and not over."""
    commanders: Sequence[str]
    """Who commands, each once."""
    uncommanded: int
    """How many running incidents nobody commands."""
    next: Summary | None
    """The incident whose update is due first."""
    waiting: int
    """How many rooms wait for a judgement, and incidents that offer to be reopened."""
    asked: int
    """How many decisions stand open in those that run."""
    oldest: Summary | None
    """The room that has waited longest."""


@template("board.html")
@dataclass(frozen=True)
class Board:
    """The board's changing part: what runs, what waits, what is over."""

    open: Sequence[Summary]
    """Declared and mitigated incidents, gravest first."""
    triage: Sequence[Summary]
    """Rooms whose signals nobody has judged."""
    over: Sequence[Summary]
    """Resolved and closed incidents, newest first."""
    connect: Connect | None
    """What the empty board teaches; None once there is anything to show."""
    people: People
    """Names of people."""
    silent: Sequence[Silent] = ()
    """Senders that should be heard and are not."""
    pointers: Sequence[Pointer] = ()
    """What is worth asking now, most pressing first."""
    short: Short | None = None
    """The whole of it in a look; None while there is nothing at all."""
    had: Sequence[Summary] = ()
    """The incidents that were declared last, of which the page counts yesterday's and this week's."""


@template("pages/board.html")
@dataclass(frozen=True)
class BoardPage(_Page):
    """`/`: every incident that runs, what waits for a judgement, what is over."""

    board: Board
    """The part that the live stream replaces."""
    live: str
    """The address of the live stream."""
    declare_at: str = "/incidents"
    """Where the form for a declaration is sent."""
    declare_live: bool = False
    """Whether the declaration's answer comes by the live stream; here it is another page."""
    declare_title: str = ""
    """The title that is suggested."""


@template("pages/room.html")
@dataclass(frozen=True)
class RoomPage(_Page):
    """`/incidents/{id}`: the room."""

    incident: Incident
    """The folded room."""
    people: People
    """Names of people."""
    panels: Mapping[str, Markup]
    """Every panel by name."""
    entries: Markup
    """The newest entries of the timeline, oldest first."""
    live: str
    """The address of the live stream, from this page's number on."""
    earlier: int | None
    """The number before which there are earlier entries, if there are."""
    show: str
    """What the timeline shows, as in the address."""
    shows: Mapping[str, str]
    """What it can show, and how that is called."""
    suggestions: Sequence[tuple[str, str]]
    """People whom forms suggest: ref and name."""
    teams: Sequence[str]
    """Teams that can be called."""
    matrix: Mapping[ImpactLevel, Mapping[Urgency, Severity]]
    """Severity by impact and urgency, as the room's profile has it."""
    roles: Mapping[str, str]
    """Roles and what they are called."""
    cycles: Sequence[str]
    """The six cycles."""
    editor: Markup
    """The editor of updates, for whoever waits longest."""
    help: Sequence[Group]
    """The commands of the command bar, by what somebody has in mind."""
    folded: Sequence[str]
    """The panels that this viewer sees as one line."""
    folds_cookie: str
    """The cookie in which the page keeps what this viewer opens and folds."""


def room_page(
    visit: Visit,
    incident: Incident,
    entries: str,
    people: People,
    suggestions: Sequence[tuple[str, str]] = (),
    earlier: int | None = None,
    panels: Mapping[str, str] | None = None,
    teams: Sequence[str] = (),
    components: Sequence[Component] = (),
    choices: Mapping[str, bool] | None = None,
    show: str = ALL,
) -> RoomPage:
    """The room's page at `incident.seq`. `panels` may be given when they are rendered already."""
    editor = Editor(**editor_fields(visit, incident, people, most_due(incident), components=components))
    html = panels_html(incident, people) if panels is None else panels
    return RoomPage(
        visit=visit,
        incident=incident,
        people=people,
        panels={name: as_is(panel) for name, panel in html.items()},
        entries=as_is(entries),
        live=f"/incidents/{incident.id}/live?after={incident.seq}",
        earlier=earlier,
        show=show,
        shows=SHOWS,
        suggestions=suggestions,
        teams=teams,
        matrix=incident.matrix,
        roles=ROLES,
        cycles=CYCLES,
        editor=as_is(render_part(editor)),
        help=GROUPS,
        folded=folded(incident, visit.me, choices or {}),
        folds_cookie=cookie_of(visit.me),
    )


@template("pages/restricted.html")
@dataclass(frozen=True)
class RestrictedPage(_Page):
    """What an admin sees of a room that they are not in: that it is there, and how to be let in, on record."""

    id: str
    """The room's id."""


@template("earlier.html")
@dataclass(frozen=True)
class Earlier:
    """Earlier entries of a timeline, with what asks for those before them."""

    id: str
    """The room's id."""
    entries: Markup
    """The entries, oldest first."""
    earlier: int | None
    """The number before which there are still earlier ones, if there are."""
    show: str = ALL
    """What the timeline shows."""


def earlier_entries(room: str, entries: str, earlier: int | None, show: str = ALL) -> Earlier:
    """What `GET /incidents/{id}/entries?before=N` answers; it takes the place of the button that asked."""
    return Earlier(room, as_is(entries), earlier, show)


@dataclass(frozen=True)
class SourceRow:
    """One sender."""

    name: str
    kind: str
    created_at: datetime | None = None
    last_at: datetime | None = None
    state: str = "heard"
    """`new`, `heard`, `silent` or `disabled`."""
    deliveries: int = 0
    """In the last day."""
    signals: int = 0
    """In the last day."""
    errors: int = 0
    """How many entries its error log has."""


@dataclass(frozen=True)
class TokenRow:
    """One API token."""

    name: str
    scopes: Sequence[str]
    person: str = ""
    created_at: datetime | None = None


@dataclass(frozen=True)
class NewSecret:
    """A secret that was just made, shown once."""

    name: str
    secret: str
    snippets: Sequence[Snippet] = ()
    """For a source: what to paste into its sender."""


@template("pages/settings.html")
@dataclass(frozen=True)
class SettingsPage(_Page):
    """`/settings`: senders and API tokens."""

    sources: Sequence[SourceRow]
    """Senders by name."""
    tokens: Sequence[TokenRow]
    """API tokens by name."""
    kinds: Sequence[str]
    """Kinds of senders that can be made."""
    scopes: Sequence[str]
    """Scopes that a token can have."""
    new: NewSecret | None
    """The secret that was just made."""
    people: People
    """Names of people."""
    restricted: Sequence[RestrictedRoom] = ()
    """Restricted rooms, those first that were restricted last."""


@template("pages/error.html")
@dataclass(frozen=True)
class ErrorPage(_Page):
    """A refusal as a page."""

    status: int
    """The HTTP status."""
    code: str
    """The error's code."""
    message: str
    """What is wrong."""
    hint: str
    """What to do instead."""


@template("pages/typed.html")
@dataclass(frozen=True)
class TypedPage(_Page):
    """What can be typed into a room's command bar, for a browser without a script."""

    incident: Incident
    """The folded room that it leads back to."""
    help: Sequence[Group]
    """What can be typed, by what somebody has in mind."""


@template("pages/patterns.html")
@dataclass(frozen=True)
class PatternsPage(_Page):
    """`/patterns`: each panel in each state, for those who build and for those who judge."""

    panels: Sequence[tuple[str, Sequence[tuple[str, Markup]]]]
    """Panel by panel: its name, and pairs of a state's name and its HTML."""
    entries: Markup
    """One entry of each kind of fact."""


HAD_MAX = 200
"""So many of the last incidents are handed to the page for its count of the week."""
_GRAVITY = {"SEV1": 0, "SEV2": 1, "SEV3": 2, "SEV4": 3}


def board_of(incidents: Sequence[Summary], people: People, connect: Connect | None = None) -> Board:
    """The incidents in the board's three groups and their order; `connect` is shown while there are none at all."""

    def last(summary: Summary) -> float:
        return -summary.last_at.timestamp() if summary.last_at else 0.0

    def declared(summary: Summary) -> float:
        return summary.declared_at.timestamp() if summary.declared_at else 0.0

    # A copy of another install's room runs nowhere here: it stands with what is over, whatever its status.
    own, copies = [s for s in incidents if not s.imported], [s for s in incidents if s.imported]
    running = [s for s in own if s.status in ("declared", "mitigated")]
    running.sort(key=lambda s: (s.status == "mitigated", _GRAVITY.get(s.severity or "", 4), last(s)))
    waiting = sorted((s for s in own if s.status == "triage"), key=last)
    over = sorted([*(s for s in own if s.status in ("resolved", "closed")), *copies], key=last)
    # What offers to be opened again stands first among what is over.
    over.sort(key=lambda s: not s.offers)
    return Board(
        running,
        waiting,
        over,
        None if incidents else connect,
        people,
        pointers=board_pointers([*running, *waiting, *over]),
        short=_short(running, waiting, over) if incidents else None,
        had=sorted((s for s in own if s.declared_at), key=declared, reverse=True)[:HAD_MAX],
    )


def _short(running: Sequence[Summary], waiting: Sequence[Summary], over: Sequence[Summary]) -> Short:
    due = [s for s in running if s.next_update_at is not None]
    offering = [s for s in over if s.offers]
    commanders = [s.roles["incident_commander"] for s in running if "incident_commander" in s.roles]
    return Short(
        hurting=[s for s in running if s.status == "declared"],
        mitigated=sum(s.status == "mitigated" for s in running),
        commanders=list(dict.fromkeys(commanders)),
        uncommanded=len(running) - len(commanders),
        next=min(due, key=lambda s: (s.next_update_at, s.id), default=None),
        waiting=len(waiting) + len(offering),
        asked=sum(len(s.asked) for s in running),
        oldest=min(waiting, key=lambda s: (s.opened_at, s.id), default=None),
    )
