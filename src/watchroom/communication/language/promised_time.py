"""A time that is promised for the end of it, and that no fact of the room supports.

When the audience hears next is a promise of another kind, which the cadence keeps. A task that is due then, a hold
that ends then, or the same span in what a running try is expected to do supports a time. Pure.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from watchroom.communication.language.flag import Flag
from watchroom.communication.language.ground import Ground
from watchroom.communication.language.passage import Passage

_COUNT = (
    r"(?:\d{1,3}(?:\s?(?:-|–|to)\s?\d{1,3})?|an?|one|two|three|four|five|six|ten|twelve|fifteen|twenty|thirty"
    r"|forty|forty-five|sixty|ninety|half an|a few|a couple of|the next few|the next couple of|several)"
)
_UNIT = r"(?:seconds?|secs?|minutes?|mins?|min|m|hours?|hrs?|h|days?|weeks?|business days?|working days?)"
_CLOCK = r"(?:[01]?\d|2[0-3])[:.h][0-5]\d(?:\s?[ap]\.?m\.?)?(?:\s?(?:UTC|GMT|CET|CEST|BST|[PECM][SD]?T|Z))?"
_DAY = (
    r"(?:today|tonight|tomorrow(?: (?:morning|afternoon|evening|night))?|this (?:morning|afternoon|evening"
    r"|week)|noon|midday|midnight|"
    r"(?:the )?end of (?:the )?(?:day|week|business|today)|close of business|EOD|COB|EOB|(?:next )?(?:mon|tues"
    r"|wednes|thurs|fri|satur|sun)day(?: (?:morning|afternoon|evening))?|morning|next week|lunch(?:time)?)"
)
_WHEN = re.compile(
    rf"\b(?:(?:with)?in|inside|for|take|takes|taking|about|approximately|around|under|after) (?:about |around "
    rf"|approximately |roughly |the next |another |less than |up to |under |~ ?)*{_COUNT}[ -]?{_UNIT}\b"
    rf"|\b(?:in|within|over) the next (?:\w+ )?{_UNIT}\b"
    rf"|\b(?:by|at|before|until|around|about|no later than|not before|from) (?:about |around |approximately "
    rf")?(?:{_CLOCK}|\d{{1,2}}\s?(?:[ap]\.?m\b\.?|o['’]clock)|{_DAY})"
    rf"|\b(?:later )?(?:today|tonight|tomorrow|this (?:afternoon|evening|morning))\b"
    r"|\b(?:very )?(?:shortly|(?<!as )soon|momentarily|imminent(?:ly)?|any (?:minute|moment|second)(?: now)?"
    r"|in no time|before long|in (?:a|the) (?:moment|minute|short while|near future)|right away|immediately)\b"
    rf"|\b(?:ETA|ETR|estimated (?:time|restoration)[\w ]{{0,30}}?)(?: is| of|:| for [\w ]{{1,30}}? is)? *:?(?: "
    rf"about| around| approximately| ~)? ?(?:{_CLOCK}|{_COUNT}[ -]?{_UNIT}|\d{{1,2}}\s?[ap]m|{_DAY})",
    re.IGNORECASE,
)
_OVER = (
    r"(?:fix(?:ed)?|resolv\w+|resolution|restor\w+|recover(?:y|ed|s|ing)?|repair(?:ed|s)?|back(?: up| online| "
    r"to normal| in service)?|normal(?:ly)? (?:service|again|operation)|available|"
    r"working|online|operational|complet(?:e|ed|es|ion)|finish(?:ed)?|done|mitigat\w+|solved|over|running|live"
    r"|deployed|up again|rolled (?:out|back)|in place|cleared?|caught up|catch up|end(?:ed)?|resum\w+"
    r"|reappear\w*|return(?:s|ed)?|again|stabili[sz]\w+|fix (?:to|is|will))"
)
_TO_COME = re.compile(
    r"\b(?:will|['’]ll|shall|should|going to|expect(?:s|ed|ing)?|anticipat\w+|estimat\w+|plan(?:s|ned|ning)?"
    r"|hop(?:e|es|ing)|aim(?:s|ing)?|"
    r"on track|intend|target(?:ing)?|is (?:due|set|scheduled)|are (?:due|set)|promis\w+|ETA|ETR|likely|can be"
    r"|(?:would|may|might|could) (?:take|be)|takes?|confident|guarantee\w*)\b",
    re.IGNORECASE,
)
_TILL = r"(?:by|in|within|at|before|shortly|soon|tomorrow|today|tonight|any|around|about)"
_ENDING = re.compile(
    rf"{_TO_COME.pattern}.*?\b{_OVER}\b"
    rf"|\b(?:recovery|resolution|restoration|repairs?|fix|mitigation|completion|service|everything|systems?"
    rf"|site|payments?)\b.{{0,40}}?{_TO_COME.pattern}"
    rf"|\b(?:resum\w+|returns?|reopens?) (?:again )?{_TILL}\b"
    rf"|\bback (?:up |online |to normal |in service |again )*{_TILL}\b"
    rf"|^\W*(?:the )?(?:fix|recovery|resolution|restoration|(?:should be )?(?:fixed|resolved|restored|done)) "
    rf"(?:\w+ )?{_TILL}\b"
    r"|\bETA\b|\bETR\b|\bestimated (?:time|restoration|resolution|recovery)",
    re.IGNORECASE,
)
_OF_NEWS = re.compile(
    r"\b(?:updates?|write|post|inform|keep you|let you know|hear|news|report back|information|details|message"
    r"|communicat\w+|share|summary|review|post-?mortem|retry|retries|try again|logs? (?:in|out)|check back"
    r"|notify|announce\w*|monitor\w*|watch\w*)\b",
    re.IGNORECASE,
)
_NO_TIME = re.compile(
    r"\b(?:no (?:ETA|ETR|estimate|estimated)|(?:not|n['’]t) (?:yet )?(?:have|know|give|say|promise|able)[\w "
    r"]{0,40}(?:ETA|ETR|estimate|when|time)|do not (?:yet )?(?:have|know)|cannot (?:yet )?(?:say|give|promise)"
    r"|can['’]t (?:yet )?(?:say|give)|unknown|too early)\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:was|were|has been|have been|had|began|started|since|between|occurred|restored at|resolved at"
    r"|recovered at|ended at)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r", (?:but|and|so|though|although|while) |,? (?:and|but|so) (?=(?:we|our|the|it|this|you)\b)|;|,(?= (?:we"
    r"|our) )| - "
)
_DATED = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_CLOCK_ALONE = re.compile(r"\b([01]?\d|2[0-3])[:.h]([0-5]\d)\s?([ap])?|\b(\d{1,2})\s?([ap])\.?m", re.IGNORECASE)
_SPAN = re.compile(rf"({_COUNT})[ -]?(seconds?|secs?|minutes?|mins?|min|m|hours?|hrs?|h|days?)\b", re.IGNORECASE)
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10, "twelve": 12,
    "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45, "sixty": 60, "ninety": 90, "half an": 0.5,
}  # fmt: skip
_NEAR = timedelta(minutes=5)


def unsupported_eta(passage: Passage, ground: Ground) -> Iterator[Flag]:
    """Times by which it is to be over, unless a fact says the same."""
    if not passage.is_english:
        return
    for sentence in passage.sentences:
        for start, clause in _clauses(sentence.text):
            if not _promises_an_end(clause):
                continue
            for match in _WHEN.finditer(clause):
                if _is_supported(match.group(), ground):
                    continue
                place = sentence.start + start
                yield passage.flag(
                    "unsupported_eta",
                    place + match.start(),
                    place + match.end(),
                    "It promises a time, and nothing in the record says so.",
                    "Promise when you write next instead; or give the task or the try that it rests on its time.",
                )


def _clauses(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for gap in _CLAUSE.finditer(text):
        yield start, text[start : gap.start()]
        start = gap.end()
    yield start, text[start:]


def _promises_an_end(clause: str) -> bool:
    if _NO_TIME.search(clause) or not _ENDING.search(clause):
        return False
    if _PAST.search(clause) and not re.search(r"\b(?:will|['’]ll|expect|should|ETA)\b", clause, re.IGNORECASE):
        return False
    news = _OF_NEWS.search(clause)
    if news is None:
        return True
    # "An update will be rolled out by noon" speaks of a remedy; "we will update you by noon" of the next word.
    return bool(
        re.search(r"\b(?:fix|patch|restored|recovered|resolved|back to normal|back online)\b", clause, re.IGNORECASE)
    ) and not re.search(
        r"\b(?:next update|further update|another update|provide|we(?: will|['’]ll) (?:\w+ )?(?:update|write"
        r"|post|share|let|keep)|until|more information|when|once|if)\b",
        clause,
        re.IGNORECASE,
    )


def _is_supported(words: str, ground: Ground) -> bool:
    if any(words.casefold() in said.casefold() for said in ground.said):
        return True
    if (span := _span(words)) is not None:
        if any(_span(said[match.start() :]) == span for said in ground.said for match in _SPAN.finditer(said)):
            return True
        return any(abs(time - (ground.at + span)) <= _NEAR for time in ground.times)
    clock = _clock(words)
    return clock is not None and any(_minutes_apart(time, clock) <= _NEAR for time in ground.times)


def _span(words: str) -> timedelta | None:
    found = _SPAN.search(words)
    if found is None:
        return None
    count = found[1].casefold()
    number = _NUMBERS.get(count) or (float(count) if count.isdigit() else None)
    if number is None:
        return None
    unit = found[2].casefold()
    seconds = 1 if unit.startswith("s") else 60 if unit.startswith("m") else 3_600 if unit.startswith("h") else 86_400
    return timedelta(seconds=number * seconds)


def _clock(words: str) -> timedelta | None:
    found = _CLOCK_ALONE.search(words)
    if found is None or _DATED.search(words):
        return None
    hour, minute, half = int(found[1] or found[4]), int(found[2] or 0), (found[3] or found[5] or "").casefold()
    if half and not 1 <= hour <= 12:
        return None
    return timedelta(hours=hour % 12 + (12 if half == "p" else 0) if half else hour, minutes=minute)


def _minutes_apart(time: datetime, clock: timedelta) -> timedelta:
    """How far a time of day is from that of `time`, whichever day is meant."""
    apart = abs(timedelta(hours=time.hour, minutes=time.minute) - clock)
    return min(apart, timedelta(days=1) - apart)
