"""What is asked before anything is declared: whether customers feel it, and again when it was to be looked at again.

Read by `asking`. A verdict that it is nothing is given where the signal stands; declaring is one action from anywhere.
"""

from typing import Any

from watchroom.incident.guidance.question import Question, Questions, quoted
from watchroom.incident.incident import Incident

UNSURE = "If yes, or if you are unsure, declare. It can be stood down in a minute; lost minutes do not come back."


def is_it_an_incident(incident: Incident) -> Questions:
    """Signals that nobody has judged away."""
    if incident.status != "triage":
        return
    signals = incident.signals
    waiting = [each for each in signals.by_id.values() if each.id not in incident.judgements.by_signal]
    judged = incident.judgements.by_signal.values()
    looks = [each for each in judged if each.verdict == "slow_burn" and each.look_again_at is not None]
    first = next(iter([*signals.firing, *signals.by_id.values()]), None)
    title = incident.declaration.title or (first.title if first else "")
    count = len(signals.firing)
    seen = f"{count} signals fire together. " if count > 1 else f"“{quoted(first.title)}” came in. " if first else ""
    action: dict[str, Any] = {
        "action": "Declare an incident",
        "command": "declare",
        "given": {"title": title} if title else {},
    }
    if waiting or not looks:
        yield Question(
            name="is_it_an_incident",
            text="Do customers feel this?",
            why=f"{seen}{UNSURE}",
            facts=tuple(sorted(each.id for each in waiting)),
            everybody=True,
            heads_off="declaration_delay",
            **action,
        )
        return
    due = min(each.look_again_at for each in looks if each.look_again_at is not None)
    reason = next((each.reason for each in looks if each.reason), "")
    said = f"“{quoted(reason)}” was why you waited. " if reason else ""
    yield Question(
        name="is_it_an_incident",
        about="again",
        text="Do customers feel it by now?",
        why=f"It was put down as a slow burn, to be looked at again now. {said}{UNSURE}",
        facts=tuple(f"{each.verdict} {each.look_again_at}" for each in looks),
        everybody=True,
        from_at=due,
        due_at=due,
        heads_off="declaration_delay",
        **action,
    )


ASKED = (is_it_an_incident,)
