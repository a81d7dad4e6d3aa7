"""What the facts of guidance say in the timeline: a question put away and why, and how much of it is wanted.

Called by `sayings`, which holds the others. Texts are plain here and escaped by the template.
"""

from collections.abc import Callable, Mapping
from typing import Any

from watchroom.incident.guidance import putting_away
from watchroom.record.event import Fact
from watchroom.web.sayings.saying import Saying

_LEVELS = {"off": "off", "questions": "questions only", "full": "full"}


def _put_away(fact: putting_away.QuestionPutAway) -> Saying:
    said = (
        f"{fact.text} {fact.about}" if fact.about and fact.about not in fact.text and len(fact.about) < 6 else fact.text
    )
    return Saying(
        icon="minus", bold="Put away:", text=" · ".join(part for part in (said, fact.reason) if part), quiet=True
    )


def _set(fact: putting_away.GuidanceSet) -> Saying:
    text = " · ".join(part for part in (_LEVELS[fact.level], fact.reason) if part)
    if not fact.person:
        return Saying(icon="bulb", bold="Guidance in this room:", text=text, quiet=True)
    return Saying(icon="bulb", bold="Guidance for", person=fact.person, text=text, quiet=True)


SAYINGS: Mapping[type[Fact], Callable[[Any], Saying]] = {
    putting_away.QuestionPutAway: _put_away,
    putting_away.GuidanceSet: _set,
}
