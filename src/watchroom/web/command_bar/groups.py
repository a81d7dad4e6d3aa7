"""The commands in the groups in which the help and the palette show them: by what somebody has in mind. Pure."""

from dataclasses import dataclass

from watchroom.web.command_bar.form import Typed
from watchroom.web.command_bar.line import COMPLETIONS


@dataclass(frozen=True)
class Group:
    """Commands that belong together."""

    title: str
    commands: tuple[Typed, ...]


@dataclass(frozen=True)
class _Named:
    title: str
    names: str


_GROUPS = (
    _Named("What it is", "declare title services sev impact trend category note mitigated returned"),
    _Named("Find out why", "theory evidence test supported ruleout unknown known looked probe"),
    _Named("Do something about it", "try start helped noeffect worse tooearly revert shim undoshim"),
    _Named("Who does what", "take lead accept handover release own join task ack report workstream endstream"),
    _Named("Get help", "call heard escalate notyet tell letgo"),
    _Named("Decide", "decide hold priority notnow guidance"),
    _Named("Tell and be told", "reply edit update draft approve inbound takein answer used decline later"),
    _Named("End it", "watch resolve close reopen"),
    _Named("Look back", "checkin keep mark believed finding factor mystery action defer share read judge noticed"),
    _Named("This room", "undo redact restrict admit adopt help"),
)
_TYPED = {each.name: each for each in COMPLETIONS}

GROUPS: tuple[Group, ...] = tuple(
    Group(group.title, tuple(_TYPED[name] for name in group.names.split())) for group in _GROUPS
)
"""Every command, in one group each."""
