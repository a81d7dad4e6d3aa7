"""The panels of the review's page: recovery first, then what ages out, what happened, what was learnt, what follows.

Called by the page and by its live stream. Each is a pure function of the room's past: the same bytes for every
viewer. Never reads a clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from watchroom.incident.incident import Incident
from watchroom.incident.measures import hurt_s
from watchroom.review.action_item import ActionItem
from watchroom.review.artefact import Artefact
from watchroom.review.finding import Finding, names_a_person
from watchroom.review.recovery import Said, Toll, tolls
from watchroom.review.sharing import Reader
from watchroom.web.html.template import People, render, template
from watchroom.web.html.words import lasting
from watchroom.web.review.past import Keepable, Moment, Past, Shown, keepable, moments, shown

NO_ACTION = "No action follows from this."
"""What one click writes down as a finding, when that was the answer."""


@dataclass(frozen=True)
class _ReviewPanel:
    incident: Incident
    """The folded room."""
    people: People
    """Names of people."""


@template("review/standing.html")
@dataclass(frozen=True)
class Standing(_ReviewPanel):
    """What the incident was, whether a review is held, by whom, by when, and each time it was put off."""

    hurt: str
    """For how long customers hurt; empty where that cannot be said."""


@template("review/evidence.html")
@dataclass(frozen=True)
class EvidencePanel(_ReviewPanel):
    """What there is to begin from: marked moments, accounts that differ, who is unheard, what nobody has kept."""

    marked: tuple[Moment, ...]
    """The marked moments."""
    differ: tuple[Moment, ...]
    """Those at which accounts differ."""
    unheard: tuple[str, ...]
    """Who has not said at any marked moment what they believed."""
    kept: int
    """How many artefacts were kept."""
    keepable: int
    """How many more one click would keep."""


@dataclass(frozen=True)
class Responder:
    """One of those who responded: what it took, and what they said of themselves."""

    person: str
    toll: Toll | None
    said: tuple[Said, ...]


@template("review/recovery.html")
@dataclass(frozen=True)
class RecoveryPanel(_ReviewPanel):
    """How those who responded are, and what it took of them."""

    responders: tuple[Responder, ...]
    """Those whom it took most first."""
    night: str
    """When it is night, in words."""


@template("review/artefacts.html")
@dataclass(frozen=True)
class ArtefactsPanel(_ReviewPanel):
    """What was kept, what ages out, and what could be kept with one click."""

    artefacts: tuple[Artefact, ...]
    """Kept ones, those that age out first before all others."""
    keepable: tuple[Keepable, ...]
    """What the room leads to and nobody has kept."""
    kept_days: int
    """How long what a link leads to is thought to last."""


@template("review/moments.html")
@dataclass(frozen=True)
class MomentsPanel(_ReviewPanel):
    """The annotated timeline: turns and marked moments, with what each believed at them side by side."""

    moments: tuple[Moment, ...]
    """In the order of the record."""
    more: int
    """How many turns are not shown."""


@dataclass(frozen=True)
class Learnt:
    """One finding, factor or mystery; whom it names, if anybody."""

    finding: Finding
    names: str


@template("review/learnt.html")
@dataclass(frozen=True)
class LearntPanel(_ReviewPanel):
    """Findings, contributing factors and mysteries; what the record already shows, to begin from."""

    findings: tuple[Learnt, ...]
    """What was learnt."""
    factors: tuple[Learnt, ...]
    """What contributed."""
    mysteries: tuple[Learnt, ...]
    """What nobody understands yet."""
    shown: tuple[Shown, ...]
    """What stands out in the record."""
    empty: bool
    """Whether nothing was written down yet."""


@template("review/actions.html")
@dataclass(frozen=True)
class ActionsPanel(_ReviewPanel):
    """What is done because of it, by whom, by when."""

    actions: tuple[ActionItem, ...]
    """Those with the nearest date first, undated ones last."""
    none_follows: Finding | None
    """The finding that says that none follows."""
    no_action: str
    """What one click writes down when none follows."""


@dataclass(frozen=True)
class Given:
    """Somebody, or a team, to whom it was given."""

    name: str
    reader: Reader
    read_by: tuple[str, ...]
    """Of a team: who has read it."""
    has_read: bool


@template("review/sharing.html")
@dataclass(frozen=True)
class SharingPanel(_ReviewPanel):
    """To whom the review was given, and who says that they have read it."""

    given: tuple[Given, ...]
    """Those to whom it was given."""
    others: tuple[str, ...]
    """Those who read it without having been given it by name or with a team."""


def _standing(past: Past, people: People) -> Standing:
    seconds = hurt_s(past.incident)
    return Standing(past.incident, people, "" if seconds is None else lasting(seconds))


def _evidence(past: Past, people: People) -> EvidencePanel:
    found, _ = moments(past)
    marked = tuple(moment for moment in found if moment.marks)
    silent = [set(moment.unheard) for moment in marked]
    never = set.intersection(*silent) if silent else set()
    return EvidencePanel(
        past.incident,
        people,
        marked,
        tuple(moment for moment in found if moment.differ),
        tuple(person for person in past.incident.recovery.worked if person in never),
        len(past.incident.artefacts.by_id),
        len(keepable(past)),
    )


def _recovery(past: Past, people: People) -> RecoveryPanel:
    said: dict[str, list[Said]] = {}
    for each in past.incident.recovery.check_ins:
        said.setdefault(each.person, []).append(each)
    found = [
        Responder(toll.person, toll, tuple(said.pop(toll.person, ())))
        for toll in tolls(past.incident.recovery, past.policy, past.zone_of)
    ]
    found += [Responder(person, None, tuple(words)) for person, words in said.items()]
    policy = past.policy
    night = f"{policy.night_begins_h:02}:00 to {policy.night_ends_h:02}:00 of their own clock"
    return RecoveryPanel(past.incident, people, tuple(found), night)


def _artefacts(past: Past, people: People) -> ArtefactsPanel:
    kept = sorted(
        past.incident.artefacts.by_id.values(),
        key=lambda each: (not each.ages, each.expires_at.timestamp() if each.ages and each.expires_at else 0),
    )
    return ArtefactsPanel(past.incident, people, tuple(kept), tuple(keepable(past)), past.kept_days)


def _moments(past: Past, people: People) -> MomentsPanel:
    found, more = moments(past)
    return MomentsPanel(past.incident, people, tuple(found), more)


def _learnt(past: Past, people: People) -> LearntPanel:
    incident = past.incident
    by_kind: dict[str, list[Learnt]] = {"finding": [], "factor": [], "mystery": []}
    for finding in incident.findings.by_id.values():
        names = "" if finding.kind == "mystery" else names_a_person(finding.text, incident)
        by_kind[finding.kind].append(Learnt(finding, names))
    known = {finding.text for finding in incident.findings.by_id.values()}
    return LearntPanel(
        incident,
        people,
        tuple(by_kind["finding"]),
        tuple(by_kind["factor"]),
        tuple(by_kind["mystery"]),
        tuple(each for each in shown(past) if each.text not in known),
        not incident.findings.by_id,
    )


def _actions(past: Past, people: People) -> ActionsPanel:
    actions = sorted(
        past.incident.actions.by_id.values(),
        key=lambda each: (each.due_at is None, each.due_at.timestamp() if each.due_at else 0),
    )
    said = [each for each in past.incident.findings.by_id.values() if each.text == NO_ACTION]
    return ActionsPanel(past.incident, people, tuple(actions), said[-1] if said else None, NO_ACTION)


def _sharing(past: Past, people: People) -> SharingPanel:
    sharing = past.incident.sharing
    given = tuple(
        Given(
            name,
            reader,
            tuple(member for member in reader.members if sharing.has_read(member)),
            all(map(sharing.has_read, reader.members)) if reader.members else sharing.has_read(name),
        )
        for name, reader in sharing.readers.items()
        if reader.shared_at is not None
    )
    others = [name for name, reader in sharing.readers.items() if reader.read_at and sharing.given_at(name) is None]
    return SharingPanel(past.incident, people, given, tuple(others))


BUILD: dict[str, Callable[[Past, People], Any]] = {
    "standing": _standing,
    "evidence": _evidence,
    "recovery": _recovery,
    "artefacts": _artefacts,
    "moments": _moments,
    "learnt": _learnt,
    "actions": _actions,
    "sharing": _sharing,
}
"""Every panel of the review by name."""


def review_panels_html(past: Past, people: People) -> dict[str, str]:
    """Every panel by name: its outer element, `<… id="panel-NAME">`, on one line."""
    return {name: render(build(past, people)) for name, build in BUILD.items()}
