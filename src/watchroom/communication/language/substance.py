"""What an update leaves out or leaves open: no impact, no time of the next, words that could mean anything.

Said of the update as a whole, or of the phrase that is too loose. Pure.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from watchroom.communication.language.flag import Flag
from watchroom.communication.language.ground import Ground
from watchroom.communication.language.passage import Passage

_WHO = (
    r"(?:users?|customers?|people|clients?|merchants?|services?|requests?|orders?|regions?|features?|accounts?"
    r"|members?|tenants?|organi[sz]ations?|repositories|projects?)"
)
_LOOSE: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"(?<!\S)…"), "A place that you meant to fill is still open.", "Fill it, or take the sentence out."),
    (
        re.compile(
            rf"\b(?:some|certain|several|various|a (?:small |limited |large )?(?:number|subset|portion|handful"
            rf"|percentage|fraction|few)(?: of)?|a few|many|multiple|a subset of)(?: of)?(?: (?:our|the"
            rf"|your))?(?: [\w-]+)? {_WHO}\b(?! in | who | with | on | using |, including|, such as| \(|:| "
            rf"including| such as)",
            re.IGNORECASE,
        ),
        "The reader cannot tell whether this means them.",
        "Say how many or which: “about 30 % of orders”, “customers in the UK”.",
    ),
    (
        re.compile(
            r"\b(?:(?:experienc\w+|having|seeing|facing|have|there (?:is|are)|aware of|reports? of"
            r"|investigating|(?:look|check)ing into|encounter\w*) (?:an? |some |a few |intermittent |ongoing "
            r"|technical |temporary |minor |potential |possible )*(?:issues?|problems?|difficulties|troubles?"
            r"|disruptions?|irregularities|anomal(?:y|ies))(?! (?:related to|of|with|where|in which|that"
            r"|affecting|when|loading|logging|signing|paying|accessing|connecting|delivering|sending|receiving"
            r"|creating|impacting|preventing|causing))"
            r"|(?:there (?:is|are)|having) (?:an? |some |a few )?(?:issues?|problems?) with|(?:something "
            r"(?:went|is|has gone|goes)|things (?:went|are)) wrong|not what it (?:should|ought)|technical "
            r"(?:difficulties|issues|problems|reasons)|(?:a |some |small |minor )(?:hiccups?|glitch(?:es)?"
            r"|blips?|wobbles?|snags?|bumps?)|hiccups?|glitch(?:es)?)\b",
            re.IGNORECASE,
        ),
        "An issue can be anything.",
        "Say what does not work: “card payments fail”.",
    ),
    (
        re.compile(
            r"\b(?:may|might|could) (?:be )?(?:experience|experiencing|see|seeing|notice|noticing|encounter"
            r"|encountering|have|having|face|facing)? ?(?:some |an? |intermittent |minor )*(?:issues?"
            r"|problems?|difficulties|impact|impacted|affected|disruptions?)\b",
            re.IGNORECASE,
        ),
        "It leaves open what the reader would see.",
        "Say what they see, and what they can do instead.",
    ),
    (
        re.compile(
            r"\b(?:(?:impacted|degraded) performance|degraded (?:availability|service|experience|state)"
            r"|service degradation|performance (?:issues?|problems?|degradation)|suboptimal|not (?:performing"
            r"|working) as expected|limited functionality)\b",
            re.IGNORECASE,
        ),
        "It does not say what the reader sees: slow, failing, or wrong?",
        "Say it: “pages take more than ten seconds”, “one payment in five fails”.",
    ),
    (
        re.compile(
            r"\b(?:as soon as (?:possible|we can|we know more|we have (?:more|new|further|additional)[\w "
            r"]{0,20}|practicable|more [\w ]{0,20}available)|(?:updates?|information|details|news) (?:will "
            r"follow |to follow |follow )?(?:shortly|soon)|(?:shortly|soon) (?:provide|post|share|update)|"
            r"(?:more )?(?:information|details|updates?|news) (?:to come|will follow|to follow|as (?:it|they) "
            r"become)(?! (?:by|at|within|in)\b)|in due course|when (?:we have (?:one|more|an update)|available"
            r"|possible)|asap|at the earliest|stay tuned|keep you (?:posted|updated|informed)|keep (?:users"
            r"|customers) (?:posted|updated|informed)|as (?:we|they|things) progress\w*|as necessary)\b",
            re.IGNORECASE,
        ),
        "It promises news at no time.",
        "Give a time: “Next update by 15:40 UTC, even with no news.”",
    ),
    (
        re.compile(
            r"\b(?:working (?:hard|diligently|tirelessly|around the clock|as fast as)|looking into (?:it|this"
            r"|things|the matter)|on top of it|doing (?:everything|all|our best)|our best people|all hands(?: "
            r"on deck)?|taking (?:this|it) (?:very )?seriously|"
            r"some (?:time|stuff|things)|for a while|in some cases|from time to time|intermittently)\b",
            re.IGNORECASE,
        ),
        "It says nothing that the reader could use.",
        "Say what you do: “We are undoing a change.” Or how much: “one in five”.",
    ),
)
_ALONE = re.compile(
    r"^\W*(?:(?:we|our|the|team|teams|engineers|engineering|are|is|have|been|currently|still|actively"
    r"|continuing|continue|continues|to|now|aware|and) )*"
    r"(?:investigat\w+|looking into|checking|aware|on it|working)(?: (?:on|of|into|it|this|that|the|an?"
    r"|issues?|problems?|incident|outage|matter|situation|reports?|further|actively|currently|now|and|fix|will"
    r"|update|you|soon|provide|updates?))*\W*$",
    re.IGNORECASE,
)
_IMPACT = re.compile(
    r"\b(?:(?:can|could)(?:not|n['’]t)|nobody can|no[ -]one can|unable|late\b|refus\w+|behind|not (?:be "
    r")?(?:taken|booked|possible)|fail(?:s|ed|ing|ure|ures)?|errors?|slow(?:er|ly|ness)?|delay(?:s|ed)?"
    r"|down\b(?! to)|unavailab\w+|inaccessible|not (?:be )?(?:able|available|working|receiv\w+|load\w*"
    r"|possible|arriv\w+|complet\w+|process\w+|deliver\w+|sent|shown|affected|impacted)|"
    r"do(?:es)?(?: not|n['’]t) (?:work|load|open|arrive|send|show|respond)|los[est]\w*|missing|wrong|incorrect"
    r"|stale|out of date|duplicat\w+|time(?:s|d)? ?-?outs?|stuck|interrupt\w+|disrupt\w+|degrad\w+|affect\w+"
    r"|impact\w+|rejected|declined|blocked|offline|broken|crash\w*|twice|longer than|latenc\w+|outage|"
    r"normal(?:ly)?|works\b|work again|working again|restored|recover\w*|resolved|unaffected|maintenance"
    r"|charged|exposed|accessed|stop(?:s|ped)|drop(?:s|ped)?|reset|unresponsive|hang\w*|freez\w*|back (?:up"
    r"|online)|mitigated|back to)\b",
    re.IGNORECASE,
)
_NEXT = re.compile(
    r"\b(?:next|further|another|more|an|new) (?:\w+ )?(?:updates?|information|news)\b[^.]{0,60}?(?:\bby\b"
    r"|\bat\b|\bwithin\b|\bin\b|\bbefore\b|\bno later\b|:) ?[^.]{0,20}?\d|"
    r"\b(?:update|write|post|report|inform|share)\b[^.]{0,60}?\b(?:by|at|within|in|before|every) "
    r"[^.]{0,25}?(?:\d|hour|minutes|noon|tomorrow)|\b(?:last|final) update\b|\bupdates? every\b",
    re.IGNORECASE,
)


def vague(passage: Passage, ground: Ground) -> Iterator[Flag]:
    """Words that could mean anything, for everybody but the responders."""
    if not passage.is_english or ground.audience == "responders":
        return
    for sentence in passage.sentences:
        taken: list[tuple[int, int]] = []
        for pattern, why, suggestion in _LOOSE:
            for match in pattern.finditer(sentence.text):
                start, end = match.span()
                if any(start < e and s < end for s, e in taken):
                    continue
                taken.append((start, end))
                yield passage.flag("vague", sentence.start + start, sentence.start + end, why, suggestion)


def missing(passages: Sequence[Passage], next_at: datetime | None, ground: Ground) -> Iterator[Flag]:
    """What a good update says and this one does not. Asked of what is written in English, or not written at all."""
    words = " ".join(passage.text for passage in passages)
    if len(passages) == 1 and ground.audience != "responders" and _ALONE.match(passages[0].text):
        why = "It says only that you look into it."
        said = len(passages[0].text)
        yield passages[0].flag("vague", 0, said, why, "Say what does not work, for whom, and since when.")
    if ground.audience != "responders" and ground.state not in ("monitoring", "resolved"):
        others = any(not passage.is_english for passage in passages)
        if not words.strip() or not (others or _IMPACT.search(words)):
            yield Flag(
                code="missing_impact",
                field="impact",
                start=0,
                end=0,
                text="",
                why="It does not say what they cannot do.",
                suggestion="Say what fails, for whom, and since when; say so if it is not known yet.",
            )
    if next_at is None and ground.state != "resolved" and not _NEXT.search(words):
        yield Flag(
            code="missing_next",
            field="need",
            start=0,
            end=0,
            text="",
            why="It does not say when they hear next.",
            suggestion="Promise a time, even with no news.",
        )
