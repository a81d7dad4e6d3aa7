"""Updates: what an audience is told, and when it will hear next.

Posted at once, or drafted, handed to whoever approves it with a brief, and approved. Its words are read before they
leave (`language`): what is found is a warning, never a refusal, and the record keeps what it was about. A promised next
update is a promise: `cadence` says when it is late. One without a word tells nobody anything (`tells`), so it keeps no
promise and is counted nowhere. Never sends anything by itself.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol

import msgspec

from watchroom.base.clock import day_and_time
from watchroom.base.command import Act, Caution, Command, Id, Name, OptionalText, When
from watchroom.base.errors import AlreadyDone, Malformed, UnknownThing
from watchroom.communication.language import ground
from watchroom.communication.language.checks import caution_of, flagged, flags
from watchroom.communication.language.flag import Flag
from watchroom.communication.language.ground import Ground, ground_of
from watchroom.communication.status_page import STATUSES, status_of
from watchroom.mitigation import page
from watchroom.mitigation.page import (
    BRIEF_CHARS_MAX,
    Pages,
    answered_otherwise,
    ask_other,
    withdraw,
    withdraw_overdue,
)
from watchroom.record.event import VIA_ENTERED, Decided, Deed, Event, Fact

Audience = Literal["responders", "leadership", "support", "customers", "regulator"]
UpdateState = Literal["investigating", "identified", "monitoring", "resolved"]


class PostUpdate(Command, frozen=True, kw_only=True, tag="post_update"):
    """Tell an audience: what is broken for them, what we do, what we need, when we write again.

    Without a word in any of the three nobody counts as told, and what was promised to them is still owed.
    """

    audience: Audience
    title: Annotated[
        str,
        msgspec.Meta(max_length=150, description="Its headline; the first to customers names the incident in public."),
    ] = ""
    impact: Annotated[OptionalText, msgspec.Meta(description="What they cannot do, in their words.")] = ""
    doing: Annotated[OptionalText, msgspec.Meta(description="What we are doing about it.")] = ""
    need: Annotated[OptionalText, msgspec.Meta(description="What we need of them.")] = ""
    next_at: Annotated[When | None, msgspec.Meta(description="When we write again.")] = None
    components: Annotated[
        dict[str, str],
        msgspec.Meta(
            max_length=200,
            description="How parts of the product are, by name: operational, degraded_performance, partial_outage, "
            "major_outage, under_maintenance.",
        ),
    ] = {}
    state: UpdateState | None = None
    draft: Annotated[bool, msgspec.Meta(description="Keep it as a draft until it is approved.")] = False
    to: Annotated[Name | None, msgspec.Meta(description="Of a draft: who is asked to approve it.")] = None
    brief: Annotated[OptionalText, msgspec.Meta(description="Of a draft: what whoever approves it has to know.")] = ""
    replaces: Annotated[Id | None, msgspec.Meta(description="The draft in whose place this one stands.")] = None


class ApproveUpdate(Command, frozen=True, kw_only=True, tag="approve_update"):
    """Let a drafted update go out."""

    update: Id


class UpdateDrafted(Deed, frozen=True, kw_only=True):
    """An update was written and waits for approval."""

    id: str
    audience: Audience
    impact: str = ""
    doing: str = ""
    need: str = ""
    next_at: datetime | None = None
    components: dict[str, str] = {}
    state: UpdateState | None = None
    to: Annotated[str, msgspec.Meta(description="Who is asked to approve it; empty: whoever holds the words.")] = ""
    brief: str = ""
    replaces: Annotated[str, msgspec.Meta(description="The draft in whose place it stands.")] = ""
    title: str = ""


class UpdatePosted(Deed, frozen=True, kw_only=True):
    """An update went to its audience."""

    id: str
    audience: Audience
    impact: str = ""
    doing: str = ""
    need: str = ""
    next_at: datetime | None = None
    components: dict[str, str] = {}
    state: UpdateState | None = None
    replaces: Annotated[str, msgspec.Meta(description="The draft in whose place it was posted.")] = ""
    flagged: Annotated[
        list[str], msgspec.Meta(description="What its words were flagged for when it left; never the words themselves.")
    ] = []
    title: str = ""


class UpdateApproved(Deed, frozen=True, kw_only=True):
    """A drafted update was approved, and so posted."""

    update: str
    flagged: Annotated[
        list[str], msgspec.Meta(description="What its words were flagged for when it left; never the words themselves.")
    ] = []


def tells(fact: UpdateDrafted | UpdatePosted, event: Event) -> bool:
    """Whether it tells its audience anything.

    A timeline that was entered afterwards may know that they were told, and not what.
    """
    return event.via == VIA_ENTERED or _has_words(fact)


def _has_words(fact: UpdateDrafted | UpdatePosted) -> bool:
    return bool(f"{fact.impact}{fact.doing}{fact.need}".strip())


class Update(msgspec.Struct):
    """An update as it stands."""

    id: str
    audience: Audience
    draft: bool
    by: str
    at: datetime
    impact: str = ""
    doing: str = ""
    need: str = ""
    next_at: datetime | None = None
    components: dict[str, str] = {}
    state: UpdateState | None = None
    approved_by: str = ""
    posted_at: datetime | None = None
    empty: bool = False
    """Whether it says nothing: then nobody was told by it."""
    posted_seq: int = 0
    """The number of the event by which it left; 0 while it is a draft."""
    to: str = ""
    brief: str = ""
    replaced_by: str = ""
    """What stands in its place, if it was a draft that somebody wrote anew."""
    flagged: list[str] = []
    reason: str = ""
    """Why it left though its words were flagged."""
    title: str = ""
    """Its headline; empty when none was given."""

    @property
    def told_at(self) -> datetime | None:
        """When its audience heard it; None while it is a draft, and for one that says nothing."""
        return None if self.empty else self.posted_at


class Updates(msgspec.Struct):
    """The updates of the room in the order in which they were written."""

    by_id: dict[str, Update] = {}

    def last_posted(self, audience: str) -> Update | None:
        """The audience's newest posted update; one that says nothing is none."""
        posted = [u for u in self.by_id.values() if u.audience == audience and u.told_at is not None]
        return max(posted, key=lambda u: (u.told_at, int(u.id[1:])), default=None)


class Promised(Protocol):
    """When an audience will hear next."""

    @property
    def next_at(self) -> datetime: ...


class Promises(Protocol):
    """The open promises (`cadence`), as far as they are asked here."""

    def to(self, audience: str) -> Promised | None:
        """What is promised to an audience."""


class _Policy(Protocol):
    """As much of the cadence as is read here."""

    @property
    def approval(self) -> tuple[str, ...]: ...


class _Profile(Protocol):
    """As much of the profile as is read here."""

    @property
    def cadence(self) -> _Policy: ...


class View(ground.View, page.View, Protocol):
    """What the decisions here read."""

    @property
    def updates(self) -> Updates: ...
    @property
    def cadence(self) -> Promises: ...
    @property
    def profile(self) -> _Profile: ...


def apply(state: Updates, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case UpdateDrafted() | UpdatePosted():
            draft = isinstance(fact, UpdateDrafted)
            state.by_id[fact.id] = Update(
                id=fact.id,
                audience=fact.audience,
                draft=draft,
                by=event.actor.removeprefix("person:"),
                at=event.at,
                impact=fact.impact,
                doing=fact.doing,
                need=fact.need,
                next_at=fact.next_at,
                components=fact.components,
                state=fact.state,
                posted_at=None if draft else event.at,
                empty=not tells(fact, event),
                posted_seq=0 if draft else event.seq,
                to=fact.to if isinstance(fact, UpdateDrafted) else "",
                brief=fact.brief if isinstance(fact, UpdateDrafted) else "",
                flagged=fact.flagged if isinstance(fact, UpdatePosted) else [],
                reason=fact.reason if isinstance(fact, UpdatePosted) else "",
                title=fact.title,
            )
            if (before := state.by_id.get(fact.replaces)) is not None:
                before.draft, before.replaced_by = False, fact.id
        case UpdateApproved():
            if (update := state.by_id.get(fact.update)) is not None:
                update.draft = False
                update.approved_by = event.actor.removeprefix("person:")
                update.posted_at, update.posted_seq = event.at, event.seq
                update.flagged, update.reason = fact.flagged, fact.reason
                if update.next_at is not None and update.next_at <= event.at:
                    # It waited for its approval until after what it promises.
                    update.next_at = None


def apply_to_pages(state: Pages, fact: Fact, event: Event) -> None:
    """Who lets a draft go out, or writes it anew, has heard the page about it; if another did, it need not ring on.

    Once an audience is told, nobody is called about its being late.
    """
    about = ""
    if isinstance(fact, UpdateApproved):
        about = fact.update
    elif isinstance(fact, UpdateDrafted | UpdatePosted):
        about = fact.replaces
    if about:
        answered_otherwise(state, about, event)
        withdraw(state, event, about)
    if isinstance(fact, UpdateDrafted):
        state.drafted[fact.id] = fact.audience
    elif isinstance(fact, UpdatePosted):
        withdraw_overdue(fact.audience, state, event)
    elif isinstance(fact, UpdateApproved) and fact.update in state.drafted:
        withdraw_overdue(state.drafted[fact.update], state, event)


def grounds(view: View, act: Act, audience: str, state: str | None, components: Iterable[str] = ()) -> Ground:
    """What the record bears out, for an update to this audience; names come from the register."""
    public = [*components, *(name for update in view.updates.by_id.values() for name in update.components)]
    known = act.register
    return ground_of(view, act.at, audience, state, known.services(), known.names(), public, known.called())


def flags_on(update: PostUpdate | Update, view: View, act: Act) -> list[Flag]:
    """What the checks find in its words."""
    bears = grounds(view, act, update.audience, update.state, update.components)
    return flags(update.impact, update.doing, update.need, update.next_at, bears)


def flagged_outside(command: PostUpdate | ApproveUpdate, view: View, act: Act) -> list[Flag]:
    """Flags on words that this command would let out of the house: to be seen before it is given."""
    update = view.updates.by_id.get(command.update) if isinstance(command, ApproveUpdate) else command
    if update is None or (isinstance(update, PostUpdate) and update.draft) or update.audience not in ground.EXTERNAL:
        return []
    return flagged(flags_on(update, view, act))


def _codes(found: list[Flag]) -> list[str]:
    return list(dict.fromkeys(flag.code for flag in found))


def _empty(audience: str, view: View, act: Act, draft: bool = False, title: str = "") -> Caution:
    """It holds no words, or none but a headline; what was promised is promised still."""
    said = "The draft has a headline and nothing else yet." if title else "The draft says nothing yet."
    if not draft:
        what = "It has a headline and nothing else" if title else "It says nothing"
        said = f"{what}, so it does not count: {audience} heard nothing by it."
        if (promise := view.cadence.to(audience)) is not None:
            said += f" The update that they were to have by {day_and_time(promise.next_at, act.at)} is still owed."
    return Caution("empty_update", said, "Say what they cannot do and what we do about it: impact, doing, need.")


def _cautions(command: PostUpdate, fact: UpdateDrafted | UpdatePosted, view: View, act: Act) -> tuple[Caution, ...]:
    cautions = []
    if not _has_words(fact):
        cautions.append(_empty(fact.audience, view, act, command.draft, fact.title))
    if command.next_at is None and command.state != "resolved":
        cautions.append(
            Caution(
                "no_next_update", "It promises no next update.", "Say when you will write again, even with no news."
            )
        )
    if command.next_at is not None and command.next_at <= act.at:
        cautions.append(_promised_in_the_past())
    if command.audience == "customers":
        cautions += _of_components(command.components, act)
    return tuple(cautions)


def _of_components(said: Mapping[str, str], act: Act) -> list[Caution]:
    """What the status page cannot show as it is meant."""
    cautions = []
    known = act.register.components()
    strangers = [name for name in said if known and " ".join(name.split()).casefold() not in known]
    if strangers:
        hint = "Name them as the status page does; an admin adds new ones under Settings, Status page."
        cautions.append(Caution("unknown_component", f"The status page has no {', '.join(strangers[:5])}.", hint))
    unclear = [word for word in said.values() if status_of(word) is None]
    if unclear:
        says = f"{', '.join(repr(word) for word in unclear[:5])} says no status; the status page shows it as degraded."
        cautions.append(Caution("unclear_status", says, f"Write one of: {', '.join(STATUSES)}."))
    return cautions


def _promised_in_the_past() -> Caution:
    said = "The promised time has passed already: nothing is promised by it."
    return Caution("promised_in_the_past", said, "Write again, with a time to come.")


def _draft_of(view: View, id: str) -> Update:
    update = view.updates.by_id.get(id)
    if update is None:
        raise UnknownThing(f"There is no update {id} here.", hint="Draft one with post_update.")
    if update.replaced_by:
        raise AlreadyDone(f"{id} was written anew as {update.replaced_by}.", hint=f"Look at {update.replaced_by}.")
    if not update.draft:
        raise AlreadyDone(f"{update.id} was posted already.", hint="Post a new one to correct it.")
    return update


def _holds_anything(update: PostUpdate) -> bool:
    """Whether anything stands in it beside its audience: words, a state, a promise, or whom a draft is for."""
    said = f"{update.title}{update.impact}{update.doing}{update.need}{update.brief}".strip()
    return bool(said or update.components or update.state or update.next_at or update.to or update.replaces)


def post_update(command: PostUpdate, view: View, act: Act) -> Decided:
    """Post or draft; what a good update would say and this one does not is asked for."""
    replaced = _draft_of(view, command.replaces) if command.replaces else None
    if not _holds_anything(command):
        raise Malformed(
            f"The update to {command.audience} holds nothing.",
            hint="Say what they cannot do and what we do about it (impact, doing, need), or how it stands (state).",
        )
    id = f"U{view.issued.get('U', 0) + 1}"
    told: dict[str, Any] = {
        "id": id,
        "audience": command.audience,
        "impact": command.impact,
        "doing": command.doing,
        "need": command.need,
        "next_at": command.next_at if command.next_at is not None and command.next_at > act.at else None,
        "components": command.components,
        "state": command.state,
        "replaces": command.replaces or "",
        "title": command.title.strip(),
    }
    found = flags_on(command, view, act) if command.audience in ground.EXTERNAL else []
    warnings = tuple(filter(None, [caution_of(found)]))
    if command.draft:
        to = command.to or (replaced.to if replaced is not None else "")
        drafted = UpdateDrafted(**told, to=to, brief=command.brief)
        asked = _asked(drafted, view, act)
        return Decided((drafted, *asked.facts), (*_cautions(command, drafted, view, act), *warnings, *asked.cautions))
    if command.audience in view.profile.cadence.approval:
        said = f"The profile asks that somebody approves updates to {command.audience}; this one went out without."
        warnings += (Caution("approval_asked", said, "Next time draft it: post_update with draft true, and to."),)
    posted = UpdatePosted(**told, flagged=_codes(flagged(found)))
    return Decided((posted,), (*_cautions(command, posted, view, act), *warnings))


def _asked(drafted: UpdateDrafted, view: View, act: Act) -> Decided:
    """The page to whoever is to approve a draft, with the beginning of the brief."""
    if not drafted.to:
        return Decided()
    text = f"{drafted.id} to {drafted.audience} waits for your approval" + (
        f": {drafted.brief}" if drafted.brief else ""
    )
    return ask_other(drafted.to, text[:BRIEF_CHARS_MAX], view, act, "update", drafted.id)


def approve_update(command: ApproveUpdate, view: View, act: Act) -> Decided:
    """A draft goes out, under the name of whoever let it."""
    update = _draft_of(view, command.update)
    found = flagged_outside(command, view, act)
    cautions: tuple[Caution, ...] = (_empty(update.audience, view, act, title=update.title),) if update.empty else ()
    if update.next_at is not None and update.next_at <= act.at:
        cautions += (_promised_in_the_past(),)
    cautions += tuple(filter(None, [caution_of(found)]))
    if update.by == act.person and update.audience in view.profile.cadence.approval:
        said = f"You wrote {update.id} yourself; the profile asks that somebody else looks at it."
        cautions += (Caution("own_approval", said, "Ask another to read it, even now; post a correction if need be."),)
    approved = UpdateApproved(update=update.id, flagged=_codes(found))
    return Decided((approved,), cautions)


FACTS: tuple[type[Fact], ...] = (UpdateDrafted, UpdatePosted, UpdateApproved)
DECISIONS = {PostUpdate: post_update, ApproveUpdate: approve_update}
