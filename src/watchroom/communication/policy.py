"""Cadence by severity and audience: when the first word is due and how often the next, if nobody promised otherwise.

A part of the profile; read by `incident/deadlines`. A promise that somebody made always goes before it.
Source of the shipped values: PagerDuty's incident response guide (first public word within five minutes, then at least
every twenty minutes for two hours).
"""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from watchroom.communication.update import Audience, Updates
from watchroom.detection.severity import Severity

Span = Annotated[int, msgspec.Meta(ge=1, le=31 * 86_400)]


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """For one severity and audience: when the first word is due after the declaration, and how often the next."""

    severity: Severity
    audience: Audience
    first_s: Annotated[Span, msgspec.Meta(description="Seconds from the declaration to the first word.")]
    every_s: Annotated[Span, msgspec.Meta(description="Seconds between two, while the cadence is dense.")]


class CadencePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """All beats, how long they hold, what happens to a late update, and how long nobody need write anything."""

    beats: Annotated[
        tuple[Beat, ...], msgspec.Meta(max_length=100, description="One for each severity and audience that hears.")
    ] = ()
    dense_s: Annotated[
        int,
        msgspec.Meta(ge=0, description="For how long after the declaration the beats hold; then `sparse_s` does."),
    ] = 7_200
    sparse_s: Annotated[Span, msgspec.Meta(description="Seconds between two updates after that.")] = 3_600
    escalates_s: Annotated[
        Span, msgspec.Meta(description="How long an update may be late before the commander is called, in seconds.")
    ] = 300
    approval: Annotated[
        tuple[Audience, ...],
        msgspec.Meta(max_length=5, description="Audiences to whom an update goes once somebody else approved it."),
    ] = ()
    silence_s: Annotated[
        Span,
        msgspec.Meta(
            description="After how long without a word an incident's owner is asked how it stands, in seconds."
        ),
    ] = 43_200

    def due(self, severity: str | None, audience: str, declared_at: datetime, updates: Updates) -> datetime | None:
        """When this audience should hear next, going by the cadence alone; None when it has none."""
        beat = next((b for b in self.beats if (b.severity, b.audience) == (severity, audience)), None)
        if beat is None:
            return None
        last = updates.last_posted(audience)
        if last is None or last.told_at is None or last.told_at < declared_at:
            return declared_at + timedelta(seconds=beat.first_s)
        if last.state == "resolved":
            return None
        dense = last.told_at - declared_at < timedelta(seconds=self.dense_s)
        return last.told_at + timedelta(seconds=beat.every_s if dense else max(self.sparse_s, beat.every_s))

    def audiences(self, severity: str | None) -> list[str]:
        """Who has a beat at this severity."""
        return [beat.audience for beat in self.beats if beat.severity == severity]
