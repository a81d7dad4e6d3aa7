"""What people say about a source, written into its stream: how often it must be heard, and its mapping.

Called by the API, the pages and the shell. A setting is checked before it is written; that it changed, when and by whom
is a fact like any other.
"""

from watchroom.base.clock import Clock
from watchroom.base.errors import Malformed
from watchroom.config import Settings
from watchroom.incident.audit import AuditLog
from watchroom.incident.inbox import SOURCE_PREFIX
from watchroom.integrations.heartbeat import EXPECT_S_MAX, EXPECT_S_MIN, SourceExpected
from watchroom.integrations.mapped import MAPPED_KINDS
from watchroom.integrations.mapping import Mapping, SourceMapped, compiled
from watchroom.people.source import Source
from watchroom.people.stream import record
from watchroom.record.codec import FactCodec
from watchroom.record.event import Fact, kind_of
from watchroom.record.log import Log

CODEC = FactCodec((SourceExpected, SourceMapped))


def audit_log(settings: Settings) -> AuditLog:
    """The audit log, which has what is set of sources too."""
    return AuditLog(settings.audit_listed_max, (kind_of(SourceExpected), kind_of(SourceMapped)))


async def expect(log: Log, clock: Clock, source: Source, every_s: int, *, actor: str, via: str) -> int:
    """Say how often a source must be heard, in seconds; 0: it may be silent. Returns the log's position then.

    Raises Malformed outside ten seconds to a month.
    """
    if every_s != 0 and not EXPECT_S_MIN <= every_s <= EXPECT_S_MAX:
        raise Malformed(
            f"A source cannot be expected every {every_s} seconds.",
            hint=f"Give {EXPECT_S_MIN} seconds to {EXPECT_S_MAX // 86_400} days, or 0 for a source that may be silent.",
        )
    return await _write(log, clock, source, SourceExpected(every_s=every_s), actor, via)


async def give_mapping(log: Log, clock: Clock, source: Source, mapping: Mapping | None, *, actor: str, via: str) -> int:
    """Give a source a mapping, or take it away (None). Returns the log's position then.

    Raises Malformed, naming the field, when it cannot be used, or when a source of this kind has none.
    """
    check_kind(source)
    if mapping is not None:
        compiled(mapping)
    return await _write(log, clock, source, SourceMapped(mapping=mapping), actor, via)


def check_kind(source: Source) -> None:
    """Raises Malformed when bodies of this kind are not read by a mapping."""
    if source.kind not in MAPPED_KINDS:
        raise Malformed(
            f"What {source.kind} sends is known; only {' and '.join(MAPPED_KINDS)} have a mapping.",
            hint="Make a source of the kind generic, and send to its address.",
            code="no_mapping_here",
        )


async def _write(log: Log, clock: Clock, source: Source, fact: Fact, actor: str, via: str) -> int:
    return await record(log, clock, CODEC, fact, actor, via, stream=SOURCE_PREFIX + source.name)
