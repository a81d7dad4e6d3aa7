"""The house's cadence: by severity and audience, when the first word is due and how often the next, if nobody
promised otherwise.

Read by `incident/deadlines`; the values come from the settings. A promise that somebody made always goes before it.
Source of the defaults: PagerDuty's incident response guide (first public word within five minutes, then at least
every twenty minutes for two hours).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import get_args

import msgspec

from watchroom.base.errors import MisConfigured
from watchroom.communication.update import Audience, Updates
from watchroom.config import Settings
from watchroom.detection.severity import Severity

_AUDIENCES: tuple[str, ...] = get_args(Audience)
_SEVERITIES: tuple[str, ...] = get_args(Severity)


class Beat(msgspec.Struct, frozen=True):
    """For one severity and audience: when the first word is due after the declaration, and how often the next."""

    severity: str
    audience: str
    first_s: int
    every_s: int


class CadencePolicy(msgspec.Struct, frozen=True):
    """All beats, how long they hold, what happens to a late update, and how long nobody need write anything."""

    beats: tuple[Beat, ...] = ()
    dense_s: int = 7_200
    """For how long after the declaration the beats hold, in seconds; after that, `sparse_s` between two updates."""
    sparse_s: int = 3_600
    escalates_s: int = 300
    """How long an update may be late before the commander is called, in seconds."""
    silence_s: int = 43_200
    """After how long without a word an incident's owner is asked how it stands, in seconds."""

    def due(self, severity: str | None, audience: str, declared_at: datetime, updates: Updates) -> datetime | None:
        """When this audience should hear next, going by the house's cadence alone; None when it has none."""
        beat = next((b for b in self.beats if (b.severity, b.audience) == (severity, audience)), None)
        if beat is None:
            return None
        last = updates.last_posted(audience)
        if last is None or last.posted_at is None or last.posted_at < declared_at:
            return declared_at + timedelta(seconds=beat.first_s)
        if last.state == "resolved":
            return None
        dense = last.posted_at - declared_at < timedelta(seconds=self.dense_s)
        return last.posted_at + timedelta(seconds=beat.every_s if dense else max(self.sparse_s, beat.every_s))

    def audiences(self, severity: str | None) -> list[str]:
        """Who has a beat at this severity."""
        return [beat.audience for beat in self.beats if beat.severity == severity]


def beats_of(lines: Iterable[str]) -> tuple[Beat, ...]:
    """Beats from lines such as `SEV1 customers 300 1200`. Raises MisConfigured."""
    beats = []
    for line in lines:
        parts = line.split()
        if (
            len(parts) != 4
            or parts[0] not in _SEVERITIES
            or parts[1] not in _AUDIENCES
            or not all(part.isascii() and part.isdigit() and int(part) > 0 for part in parts[2:])
        ):
            raise MisConfigured(
                f"{line!r} in cadence is no beat.",
                hint="Severity, audience, seconds to the first word, seconds between two: SEV1 customers 300 1200.",
            )
        beats.append(Beat(parts[0], parts[1], int(parts[2]), int(parts[3])))
    return tuple(beats)


def policy_of(settings: Settings) -> CadencePolicy:
    """The house's cadence as it is set. Raises MisConfigured."""
    return CadencePolicy(
        beats=beats_of(settings.cadence),
        dense_s=settings.cadence_dense_s,
        sparse_s=settings.cadence_sparse_s,
        escalates_s=settings.overdue_escalates_s,
        silence_s=settings.silence_h * 3_600,
    )


DEFAULT = policy_of(Settings())
