"""Escalation as a judgement: whom one asked for what, knowing what; or that one deliberately does not yet.

"Not yet, look again at T" is as good as asking, if one looks: `incident/timers` writes `EscalationCameDue` at that
time, and the next escalation settles it. Asking pages the one who is asked. Never asks by itself.
"""

from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name, OptionalText, When
from watchroom.detection.declaration import Declaration
from watchroom.mitigation.page import Pages, ask_for, members_of
from watchroom.record.event import Decided, Deed, Event, Fact

ENDS = (".", "?", "!", "…", ":", ";", "。", "？", "！", "؟")
"""What a sentence may end with: nothing is put behind it."""


class Escalate(Command, frozen=True, kw_only=True, tag="escalate"):
    """Ask somebody for help, or say that you deliberately do not yet and when you look again."""

    to: Annotated[Name | None, msgspec.Meta(description="A person, or a team; nobody means: not yet.")] = None
    text: Annotated[OptionalText, msgspec.Meta(description="What you ask for; or why not yet.")] = ""
    known: Annotated[OptionalText, msgspec.Meta(description="What you know: symptom, evidence, since when.")] = ""
    look_again_at: Annotated[When | None, msgspec.Meta(description="When you look at this again.")] = None


class HelpAsked(Deed, frozen=True, kw_only=True):
    """Somebody was asked for help, with what was known."""

    id: str
    to: str
    text: str = ""
    known: str = ""
    look_again_at: datetime | None = None


class EscalationDeferred(Deed, frozen=True, kw_only=True):
    """Somebody deliberately did not ask yet, and said why and when to look again."""

    id: str
    text: str = ""
    known: str = ""
    look_again_at: datetime | None = None


class EscalationCameDue(Fact, frozen=True, kw_only=True):
    """The time came to look again whether help is needed. Written by the timers, once for each judgement."""

    escalation: str
    look_again_at: datetime


class Escalation(msgspec.Struct):
    """One judgement as it stands."""

    id: str
    state: Literal["asked", "not_yet", "due", "settled"]
    to: str
    text: str
    known: str
    by: str
    at: datetime
    look_again_at: datetime | None = None


class Escalations(msgspec.Struct):
    """The room's judgements in their order."""

    by_id: dict[str, Escalation] = {}

    @property
    def waiting(self) -> list[Escalation]:
        """Those to which somebody wants to look again, due ones included."""
        return [each for each in self.by_id.values() if each.state != "settled" and each.look_again_at is not None]


class View(Protocol):
    """What the decision here reads."""

    @property
    def issued(self) -> dict[str, int]: ...
    @property
    def pages(self) -> Pages: ...
    @property
    def declaration(self) -> Declaration: ...
    @property
    def players(self) -> frozenset[str]: ...
    @property
    def escalations(self) -> Escalations: ...


def apply(state: Escalations, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case HelpAsked() | EscalationDeferred():
            asked = isinstance(fact, HelpAsked)
            for before in state.by_id.values():
                # Whoever judges anew has looked again.
                if before.state in ("due", "not_yet"):
                    before.state = "settled"
            state.by_id[fact.id] = Escalation(
                id=fact.id,
                state="asked" if asked else "not_yet",
                to=fact.to if isinstance(fact, HelpAsked) else "",
                text=fact.text,
                known=fact.known,
                by=event.actor.removeprefix("person:"),
                at=event.at,
                look_again_at=fact.look_again_at,
            )
        case EscalationCameDue():
            if (judged := state.by_id.get(fact.escalation)) is not None and judged.state != "settled":
                judged.state = "due"


def escalate(command: Escalate, view: View, act: Act) -> Decided:
    """Ask, or do not yet; an answerable question and a time to look again are asked for."""
    cautions: list[Caution] = []
    id = f"E{view.issued.get('E', 0) + 1}"
    if command.look_again_at is not None and command.look_again_at <= act.at:
        cautions.append(Caution("look_again_passed", "That time has passed already.", "Look again at a time to come."))
    if command.to is None:
        return _not_yet(command, view, act, id, cautions)
    if not command.text:
        cautions.append(Caution("no_ask", "It does not say what you ask for.", "“Can you look at X?” is enough."))
    if not command.known:
        cautions.append(
            Caution(
                "nothing_known", "It does not say what you know.", "Symptom, evidence, since when: they start faster."
            )
        )
    people = members_of(command.to, act) if act.register.members(command.to) is not None else (command.to,)
    fact = HelpAsked(id=id, to=command.to, text=command.text, known=command.known, look_again_at=command.look_again_at)
    if act.person in people:
        cautions.append(Caution("asked_oneself", "You asked yourself.", "Ask somebody who knows what you do not."))
    others = tuple(person for person in people if person != act.person)
    words = _call_of(command)
    team = command.to if len(people) > 1 else ""
    pages, lost = ask_for(others, words, view, act, cause="escalation", about=id, team=team)
    return Decided((fact, *pages), (*cautions, *lost))


def _call_of(command: Escalate) -> str:
    """What the called read: the question as it was asked, then what is known."""
    asked = command.text.rstrip() or "Help is needed"
    if not command.known:
        return asked
    return f"{asked}{'' if asked.endswith(ENDS) else '.'} {command.known}"


def _not_yet(command: Escalate, view: View, act: Act, id: str, cautions: list[Caution]) -> Decided:
    if not (command.text or act.reason):
        cautions.append(Caution("no_reason", "It does not say why not yet.", "What do you want to see first?"))
    if command.look_again_at is None:
        cautions.append(
            Caution(
                "no_look_again", "Nobody will be reminded of it.", 'Give "look_again_at", ten minutes from now say.'
            )
        )
    again = [each.id for each in view.escalations.by_id.values() if each.state in ("due", "not_yet")]
    if again:
        cautions.append(
            Caution("not_yet_again", f"{again[-1]} said “not yet” already.", "What is new? If nothing, ask now.")
        )
    text = command.text or act.reason
    fact = EscalationDeferred(id=id, text=text, known=command.known, look_again_at=command.look_again_at)
    return Decided((fact,), tuple(cautions))


FACTS: tuple[type[Fact], ...] = (HelpAsked, EscalationDeferred, EscalationCameDue)
DECISIONS = {Escalate: escalate}
