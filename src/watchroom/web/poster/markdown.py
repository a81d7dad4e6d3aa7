"""The poster as Markdown: the same words, to be kept in a wiki and changed there.

Called by the page, the address of the file and the shell. CommonMark with tables; what people wrote stays words. Pure.
"""

from collections.abc import Iterator

from watchroom.web.exports.forms import plain
from watchroom.web.poster.drawing import PASSINGS
from watchroom.web.poster.sheet import Part, Sheet, role
from watchroom.web.poster.telling import ACTIVITIES, Telling

LINE = "______"
"""What is to be filled in."""


def markdown(sheet: Sheet) -> str:
    """The whole sheet."""
    return "\n".join(_sheet(sheet)) + "\n"


def _sheet(sheet: Sheet) -> Iterator[str]:
    yield f"# {sheet.title}"
    yield ""
    yield f"**{plain(sheet.house)}**" if sheet.house else f"Team: {LINE} Since: {LINE}"
    yield ""
    yield sheet.subtitle
    for told in sheet.cycles:
        yield from _cycle(sheet, told)
    for part in sheet.parts:
        yield from _part(part)
    yield "\n## Whom to call\n"
    for group in sheet.groups:
        yield f"- **{plain(group.name)}**: {plain(', '.join(group.people)) or 'nobody yet'}"
    if not sheet.groups:
        yield from (f"- {LINE}" for _ in range(3))
    yield ""
    yield f"*{plain(sheet.foot)} · Watchroom*"


def _cycle(sheet: Sheet, told: Telling) -> Iterator[str]:
    yield f"\n## {told.cycle.capitalize()}: {told.goal}\n"
    yield f"*{told.also}* · Decides: {LINE if sheet.blank else who(told)}"
    if told.cycle == "mitigation":
        yield f"\nAll five at once: {', '.join(ACTIVITIES).lower()}."
    yield ""
    yield from (f"- {question}" for question in told.questions)
    yield f"- **Before you go on: {told.gap.lower()}.** {told.before}"
    onward = [f"{what} → {target}" for _, source, target, what, *_ in PASSINGS if source == told.cycle]
    if told.cycle == "preparation":
        onward.append("drills, alerts → detection")
    yield f"\nHands on: {'; '.join(onward)}."


def who(told: Telling) -> str:
    """Who decides, in words."""
    if told.decides:
        return ", ".join(role(each).lower() for each in told.decides)
    return "whoever sees it first" if told.cycle == "detection" else "all of us, always"


def _part(part: Part) -> Iterator[str]:
    yield f"\n## {part.title}\n"
    if part.rows:
        yield f"| {' | '.join(part.heads)} |"
        yield f"|{'|'.join(' --- ' for _ in part.heads)}|"
        for row in part.rows:
            yield f"| {' | '.join(plain(cell) or LINE for cell in row)} |"
    yield from (f"- [ ] {plain(line) or LINE}" for line in part.lines)
    if part.note:
        yield f"\n{part.note}"
