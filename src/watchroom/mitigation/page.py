"""Pages: somebody is called, and it is on record whether they were reached.

A page waits, is shown in the person's open browser or handed to a mail server, and is acknowledged by a person, or
not; what nobody answered is withdrawn when the room is closed, when the one called is let go or shut out, when what
it asks for is settled or goes elsewhere, and when whoever called takes it back. Asked for here by `page`, and by
whatever else puts into somebody's hands what cannot wait, through `ask_for` (`people/absence` says it of the rest);
answered also by whoever simply goes to work (`answering`); sent by `integrations/outbox`, which records what came of
each attempt. A page that nobody acknowledged never counts as somebody reached.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Id, Name, Text
from watchroom.base.errors import AlreadyDone, Malformed, UnknownThing
from watchroom.detection.declaration import Declaration
from watchroom.mitigation.recruiting import ResponderJoined, ResponderReleased
from watchroom.people.paging import BROWSER, Channel
from watchroom.record.event import VIA_ENTERED, Decided, Deed, Event, Fact

BRIEF_CHARS_MAX = 2_000
"""So much of a brief goes with a page; the whole of it stands where it was given."""
PageState = Literal["waiting", "shown", "acknowledged", "failed", "withdrawn"]
Cause = Literal["page", "escalation", "role", "task", "workstream", "overdue", "update", "cycle"]


class Page(Command, frozen=True, kw_only=True, tag="page"):
    """Call somebody, or every member of a team. It stays open until somebody acknowledges it."""

    person: Name | None = None
    team: Name | None = None
    text: Text


class AcknowledgePage(Command, frozen=True, kw_only=True, tag="acknowledge_page"):
    """Say that the one who was paged has heard it; of somebody else it counts with the reason: how you know."""

    page: Id


class PageRequested(Deed, frozen=True, kw_only=True):
    """Somebody is to be called. Says nothing yet about whether they were reached."""

    id: str
    to: str
    text: str
    cause: Cause = "page"
    about: Annotated[str, msgspec.Meta(description="What it is about: a task, an escalation, a role, an audience.")] = (
        ""
    )
    team: str = ""
    call: Annotated[str, msgspec.Meta(description="The first page of the same call; one answer serves them all.")] = ""
    answer_by: datetime
    give_up_at: Annotated[datetime | None, msgspec.Meta(description="Until when it rings and is tried.")] = None


class PageShown(Fact, frozen=True, kw_only=True):
    """It rang in a page that the person has open."""

    page: str
    channel: Channel = BROWSER


class PageDelivered(Fact, frozen=True, kw_only=True):
    """A channel took it (a mail server, say). That is not yet a person reached."""

    page: str
    channel: Channel
    attempt: int = 1


class PageFailed(Fact, frozen=True, kw_only=True):
    """An attempt to deliver it failed; `retry_at` says when the next one is made, null that none is."""

    page: str
    channel: Channel
    attempt: int
    why: str
    retry_at: datetime | None = None


class PageAcknowledged(Deed, frozen=True, kw_only=True):
    """Somebody said that the page was heard. Of another it answers the page only with the reason: how they know."""

    page: str
    to: Annotated[str, msgspec.Meta(description="Who was called; empty where an older version wrote it.")] = ""


class PageWithdrawn(Deed, frozen=True, kw_only=True):
    """Whoever called, or the commander, took the call back: it calls nobody any more. That is no answer."""

    page: str


class PageWentUnanswered(Fact, frozen=True, kw_only=True):
    """Nobody acknowledged it in time. Written by the timers, once for each page."""

    page: str
    answer_by: datetime


class Attempts(msgspec.Struct):
    """What became of a page on one channel so far."""

    made: int = 0
    done: bool = False
    """Whether the channel took it."""
    over: bool = False
    """Whether no further attempt is made."""
    retry_at: datetime | None = None


class RoomPage(msgspec.Struct):
    """A page as it stands."""

    id: str
    to: str
    text: str
    state: PageState
    via: str
    """The channel that got furthest; empty while none did anything."""
    by: str
    at: datetime
    answer_by: datetime
    cause: Cause = "page"
    about: str = ""
    team: str = ""
    call: str = ""
    shown_at: datetime | None = None
    delivered_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    heard_how: str = ""
    """How whoever said so for another knows that they heard it."""
    said_by: str = ""
    """Who said of another that they heard it, and not how they know: that answers nothing."""
    answered_with: str = ""
    """The kind of fact by which the one who was called answered, when they simply went to work in the room."""
    answered: bool = False
    """Whether it, or another page of the same call, was acknowledged."""
    unanswered: bool = False
    """Whether its time passed without an answer."""
    why: str = ""
    """Why the last attempt failed."""
    give_up_at: datetime | None = None
    attempts: dict[str, Attempts] = {}
    """By channel."""
    seq: int = 0
    """The number of the event that asked for it: to take the call back."""
    withdrawn_at: datetime | None = None
    """When nobody was called by it any more: closed over it, let go, shut out, or the role went elsewhere."""

    @property
    def open(self) -> bool:
        """Whether it still calls somebody."""
        return not self.answered and self.withdrawn_at is None

    @property
    def rings(self) -> bool:
        """Whether it is still to be shown in open browsers."""
        return self.open and not self.attempts.get(BROWSER, Attempts()).over


class Pages(msgspec.Struct):
    """The room's pages in the order in which they were asked for."""

    by_id: dict[str, RoomPage] = {}
    drafted: dict[str, str] = {}
    """The audience of each drafted update: once it goes out, nobody is called about its being late."""

    @property
    def open(self) -> list[RoomPage]:
        """Those that still call somebody: nobody has answered, and they were not withdrawn."""
        return [page for page in self.by_id.values() if page.open]


class View(Protocol):
    """What the decisions here read."""

    @property
    def issued(self) -> dict[str, int]: ...
    @property
    def pages(self) -> Pages: ...
    @property
    def declaration(self) -> Declaration: ...
    @property
    def players(self) -> frozenset[str]: ...


def apply(state: Pages, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case PageRequested():
            state.by_id[fact.id] = RoomPage(
                id=fact.id,
                to=fact.to,
                text=fact.text,
                state="waiting",
                via="",
                by=event.actor.removeprefix("person:"),
                at=event.at,
                answer_by=fact.answer_by,
                cause=fact.cause,
                about=fact.about,
                team=fact.team,
                call=fact.call or fact.id,
                give_up_at=fact.give_up_at,
                seq=event.seq,
            )
            if not fact.to:
                # Whom it called was purged from the record: it calls nobody.
                _withdraw([state.by_id[fact.id]], event)
        case PageAcknowledged():
            # What is said of a call that was withdrawn before is no answer to it.
            if (page := state.by_id.get(fact.page)) is not None and page.withdrawn_at is None:
                if answers(fact, page.to, event):
                    acknowledge(state, page, event)
                    page.heard_how = fact.reason
                elif page.state != "acknowledged":
                    page.said_by = event.actor.removeprefix("person:")
        case PageWithdrawn():
            _withdraw([page for page in state.open if page.id == fact.page], event)
        case ResponderJoined():
            person = event.actor.removeprefix("person:")
            for page in [page for page in state.open if page.to == person]:
                acknowledge(state, page, event)
        case ResponderReleased():
            withdraw_from((fact.person,), state, event)
        case PageShown() | PageDelivered() | PageFailed() | PageWentUnanswered():
            if (page := state.by_id.get(fact.page)) is not None:
                _moved(page, fact, event)


def _moved(page: RoomPage, fact: PageShown | PageDelivered | PageFailed | PageWentUnanswered, event: Event) -> None:
    match fact:
        case PageShown():
            page.shown_at = page.shown_at or event.at
            if page.state not in ("acknowledged", "withdrawn"):
                page.state, page.via = "shown", fact.channel
        case PageDelivered():
            page.delivered_at = event.at
            page.why = ""
            page.attempts[fact.channel] = Attempts(made=fact.attempt, done=True, over=True)
            if page.state in ("waiting", "failed"):
                page.state, page.via = "waiting", fact.channel
        case PageFailed():
            page.why = fact.why
            over = fact.retry_at is None
            page.attempts[fact.channel] = Attempts(made=fact.attempt, over=over, retry_at=fact.retry_at)
            if page.state == "waiting" and fact.retry_at is None and page.delivered_at is None:
                page.state, page.via = "failed", fact.channel
        case PageWentUnanswered():
            page.unanswered = True


def answers(fact: PageAcknowledged, to: str, event: Event) -> bool:
    """Whether it counts as the answer of whoever was called: their own word, or another's who says how they know.

    Another's bare word does not. What is entered afterwards is the timeline's word.
    """
    own = event.actor.removeprefix("person:") == (fact.to or to)
    return own or bool(fact.reason) or event.via == VIA_ENTERED


def acknowledge(state: Pages, page: RoomPage, event: Event) -> None:
    """Note that a page was heard, and that its whole call is answered with it."""
    page.state, page.said_by = "acknowledged", ""
    page.acknowledged_at = event.at
    page.acknowledged_by = event.actor.removeprefix("person:")
    for other in state.by_id.values():
        if other.call == page.call:
            other.answered = True


def withdraw(state: Pages, event: Event, about: str = "") -> None:
    """Nobody is called any more by what is still open (about that thing). That reaches nobody: it is no answer."""
    _withdraw([page for page in state.open if not about or page.about == about], event)


def withdraw_help(state: Pages, event: Event) -> None:
    """Nobody is asked for help any more."""
    _withdraw([page for page in state.open if page.cause == "escalation"], event)


def withdraw_overdue(audience: str, state: Pages, event: Event) -> None:
    """The update to this audience is there: nobody is called about its being late any more."""
    _withdraw([page for page in state.open if page.cause == "overdue" and page.about == audience], event)


def withdraw_from(people: Iterable[str], state: Pages, event: Event) -> None:
    """These are called here no more: they were let go, or see the room no longer."""
    gone = frozenset(people)
    _withdraw([page for page in state.open if page.to in gone], event)


def withdraw_about(cause: Literal["role", "cycle"], about: str, holder: str, state: Pages, event: Event) -> None:
    """Nobody but its holder (empty: nobody at all) is asked any more to take this role, or to look after this cycle."""
    asked = (page for page in state.open if page.cause == cause and page.about == about)
    _withdraw([page for page in asked if page.to != holder], event)


def _withdraw(pages: Iterable[RoomPage], event: Event) -> None:
    for page in pages:
        page.state, page.withdrawn_at = "withdrawn", event.at


def answered_otherwise(state: Pages, about: str, event: Event) -> None:
    """Whoever was called did what the page was about: that is an answer too.

    Only their own deed is. What somebody else does about it says nothing about whether they heard; for another
    there is `acknowledge_page`, which says so in as many words.
    """
    person = event.actor.removeprefix("person:")
    for page in state.open:
        if page.about == about and page.to == person:
            acknowledge(state, page, event)


def ask_for(
    people: tuple[str, ...], text: str, view: View, act: Act, *, cause: Cause, about: str = "", team: str = ""
) -> tuple[tuple[Fact, ...], tuple[Caution, ...]]:
    """Pages for these people, and a caution for each whom nothing leads to at this moment."""
    first = view.issued.get("P", 0) + 1
    facts: list[Fact] = []
    lost: list[str] = []
    for number, person in enumerate(people, first):
        facts.append(
            PageRequested(
                id=f"P{number}",
                to=person,
                text=text,
                cause=cause,
                about=about,
                team=team,
                call=f"P{first}",
                answer_by=act.at + timedelta(seconds=act.page_answer_s),
                give_up_at=act.at + timedelta(seconds=act.page_deadline_s),
            )
        )
        if not _leads_to(person, view, act):
            lost.append(person)
    return tuple(facts), _not_delivered(lost)


def _leads_to(person: str, view: View, act: Act) -> bool:
    """Whether a page can reach this person at this moment."""
    if view.declaration.practice and person.startswith("character:"):
        # A character is played by the drill, which answers by itself.
        return True
    if view.declaration.practice and person not in view.players:
        return False
    return bool(act.register.ways(person))


def _not_delivered(lost: list[str]) -> tuple[Caution, ...]:
    programs = [each for each in lost if each.startswith(("token:", "character:"))]
    people = [each for each in lost if each not in programs]
    found: tuple[Caution, ...] = ()
    if people:
        said = f"{', '.join(people)} cannot be reached from here now: no page is open there and no mail is set up."
        hint = "Call them by another way. The page waits, and rings as soon as they open Watchroom."
        found += (Caution("not_delivered", said, hint),)
    if programs:
        said = f"{', '.join(programs)} is nobody whom a page could wake: it has no browser and no mail."
        found += (Caution("not_delivered", said, "Page a person, by e-mail."),)
    return found


def ask_other(person: str, text: str, view: View, act: Act, cause: Cause, about: str) -> Decided:
    """As `ask_for`, for one person, unless that is the one who acts."""
    if person == act.person:
        return Decided()
    facts, cautions = ask_for((person,), text, view, act, cause=cause, about=about)
    return Decided(facts, cautions)


def members_of(team: str, act: Act) -> tuple[str, ...]:
    """A team's members. Raises UnknownThing."""
    members = act.register.members(team)
    if members is None:
        known = ", ".join(act.register.teams()) or "none yet"
        raise UnknownThing(f"There is no team {team!r}.", hint=f"Known: {known}. Page a person by e-mail instead.")
    return members


def page(command: Page, view: View, act: Act) -> Decided:
    """Ask for pages. Paging many at once is pointed out: each woken person is tired tomorrow."""
    if bool(command.person) == bool(command.team):
        raise Malformed("page names neither or both of person and team.", hint='Give "person": "ana@example.com".')
    if command.person:
        people: tuple[str, ...] = (command.person,)
    else:
        people = members_of(command.team or "", act)
    facts, cautions = ask_for(people, command.text, view, act, cause="page", team=command.team or "")
    return Decided(facts, (*cautions, *_paged_already(people, view)))


def _paged_already(people: tuple[str, ...], view: View) -> tuple[Caution, ...]:
    """Which earlier calls to each of these still wait for an answer."""
    waiting: dict[str, list[str]] = {}
    for page in view.pages.open:
        if page.to in people:
            waiting.setdefault(page.to, []).append(page.id)
    if not waiting:
        return ()
    said = "; ".join(f"{', '.join(ids)} to {person}" for person, ids in waiting.items())
    many = sum(map(len, waiting.values())) > 1
    hint = "Try another way, or somebody else: escalate."
    return (Caution("paged_already", f"{said} {'are' if many else 'is'} still unanswered.", hint),)


def acknowledge_page(command: AcknowledgePage, view: View, act: Act) -> Decided:
    """Anybody may record that it was heard (by telephone, say), and how they know: else it rings on.

    What the one who was called says themself counts also after another has said so for them.
    """
    page = view.pages.by_id.get(command.page)
    if page is None:
        known = ", ".join(view.pages.by_id) or "none yet"
        raise UnknownThing(f"There is no page {command.page} here.", hint=f"Known: {known}.")
    own = page.to == act.person
    if page.state == "acknowledged" and (not own or page.acknowledged_by == act.person):
        raise AlreadyDone(f"{page.id} was acknowledged already.", hint="Nothing needs doing.")
    if page.withdrawn_at is not None:
        said = f"{page.id} calls nobody any more: it was withdrawn, and {page.to} had not answered."
        raise AlreadyDone(said, hint="If they are needed, page them again; what they told you is a message.")
    cautions: tuple[Caution, ...] = ()
    if not own and not act.reason:
        how = "Say it again with the reason, such as “She called me back.”"
        if page.said_by == act.person:
            raise AlreadyDone(f"You have said so of {page.id}, and not how you know: it rings on.", hint=how)
        said = f"{page.id} called {page.to}, and rings on: you did not say how you know that they heard."
        cautions = (Caution("for_another", said, how),)
    return Decided((PageAcknowledged(page=page.id, to=page.to),), cautions)


FACTS: tuple[type[Fact], ...] = (
    PageRequested,
    PageShown,
    PageDelivered,
    PageFailed,
    PageAcknowledged,
    PageWithdrawn,
    PageWentUnanswered,
)
HEEDS: tuple[type[Fact], ...] = (ResponderJoined, ResponderReleased)
DECISIONS = {Page: page, AcknowledgePage: acknowledge_page}
