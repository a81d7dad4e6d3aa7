"""Promises that the room does not bear: over while it is not, never again, nothing lost.

Resolved is what a person said of the room; mitigated is less. What is only wished for, denied or conditional promises
nothing. Pure.
"""

import re
from collections.abc import Iterator

from watchroom.communication.language.flag import Flag
from watchroom.communication.language.ground import Ground
from watchroom.communication.language.passage import Passage

_ADVERB = r"(?:now |all |already |fully |completely |entirely |totally |permanently |finally |successfully |100% )*"
_RESOLVED = re.compile(
    rf"\b(?:(?:is|are|was|were|has been|have been|['’]s been|['’]ve been|been|['’]s) {_ADVERB}(?:resolved|fixed"
    rf"|solved|repaired|over|cured)\b"
    rf"|(?:we|our (?:team|engineers)) (?:have |['’]ve )?{_ADVERB}(?:resolved|fixed|solved)\b"
    r"|(?:fully|completely|permanently|entirely|totally) (?:resolved|fixed|solved)"
    r"|(?:issue|problem|incident|outage|disruption) (?:resolved|fixed|solved|is over|is closed|is behind us)"
    r"|no longer an issue|^\s*(?:all )?(?:resolved|fixed|done)\b[.!]?$)",
    re.IGNORECASE,
)
_WELL = re.compile(
    rf"\b(?:(?:is|are|was|were|has been|have been|been) {_ADVERB}(?:restored|recovered|back to normal|back up"
    rf"|back online|operational|up and running|working (?:normally|again|as (?:expected|normal)))\b"
    rf"|(?:has|have) {_ADVERB}(?:recovered|returned to normal)\b"
    r"|(?:fully|completely|entirely) (?:restored|recovered|operational|functional)"
    r"|back to normal|operating normally|working normally|all systems (?:are )?(?:go|operational|normal|green)"
    r"|everything (?:is|works|['’]s) (?:\w+ ){0,2}(?:fine|normal(?:ly)?|working|again|ok(?:ay)?)|"
    r"no (?:further|more) (?:issues|problems|impact|errors|disruption))",
    re.IGNORECASE,
)
_NEVER_AGAIN = re.compile(
    r"\b(?:(?:will|can|shall|should) (?:not|never) (?:happen|occur|recur|come back|return|fail)(?: ever)?(?: "
    r"again)?|(?:won['’]t|can['’]t|cannot) (?:happen|occur|recur|come back)(?: again)?|never (?:happen|occur"
    r"|fail|see this) again|never again|"
    r"never (?:happens|occurs) again|(?:we )?(?:can |will )?guarantee(?:d|s)?\b|100 ?% (?:sure|certain"
    r"|confident|safe|secure|uptime|available|reliable|fixed)|(?:absolutely|completely|entirely|totally"
    r"|perfectly) (?:sure|certain|safe|secure)|"
    r"once and for all|for good\b|rest assured|impossible (?:for|that)|no risk|zero risk|without (?:any "
    r")?doubt|(?:we )?promise (?:that|you|to)\b|ensure (?:that )?this (?:never|does not|doesn['’]t) (?:happen"
    r"|occur)s?)",
    re.IGNORECASE,
)
_NOTHING_LOST = re.compile(
    r"\b(?:(?:you|nobody|no[ -]one) (?:will|can|could) (?:not |never )?(?:lose|have lost)|(?:nothing|none|no "
    r"\w+) (?:will be|can be|gets?) lost|no (?:customer |user |personal |payment |sensitive )?(?:data"
    r"|information|records?|orders?|payments?|messages?|transactions?|accounts?|passwords?|customers?) (?:has"
    r"|have|had|was|were|is|are|will be|been)(?: been)? (?:lost|affected|impacted|compromised|exposed|leaked"
    r"|accessed|at risk|missing|stolen|corrupted|charged)|"
    r"(?:your|all|customer|our|user) (?:\w+ )?(?:data|information|money|accounts?|payments?|funds?) (?:is|are"
    r"|was|were|remains?|remained) (?:\w+ )?(?:safe|secure|intact|unaffected|protected)|"
    r"(?:without|no) (?:any )?data loss|no(?:thing| one|body) (?:was|is|were|has been) (?:lost|affected"
    r"|compromised|exposed)|there (?:was|is|has been) no (?:data loss|breach|security impact|impact on (?:data"
    r"|security)))\b",
    re.IGNORECASE,
)
_NOT_SAID = re.compile(
    r"\b(?:not|n['’]t|never|until|till|once|when|whenever|unless|if|before|after|as soon as|will be|to be"
    r"|being|be|partial(?:ly)?|should be|expect\w*|hope|working to|try(?:ing)? to|nearly|almost|"
    r"ensure|verify|verifying|confirm(?:ing)?|whether|mostly|most (?:\w+ ){0,2}(?:is|are|has|have|was|were)"
    r"|some (?:\w+ ){0,2}(?:is|are|has|have|was|were)|believe|appears?|seems?|early signs|starting|beginning"
    r"|begin|portion|many|majority)\b",
    re.IGNORECASE,
)
_IN_PART = re.compile(
    r"[\w ]{0,12} ?\b(?:for|in|by) (?:most|some|many|all but|the majority|nearly all|almost all|about|around"
    r"|part)\b",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"\b(?:verify|verifying|whether|check(?:ing)?|confirm(?:ing)?|monitor(?:ing)?|cannot|can['’]t|less likely)\b",
    re.IGNORECASE,
)
_REACH = 45


def over_promise(passage: Passage, ground: Ground) -> Iterator[Flag]:
    """Words that say more than the room does."""
    if not passage.is_english:
        return
    is_over = ground.status in ("resolved", "closed")
    for sentence in passage.sentences:
        if not is_over:
            for match in _RESOLVED.finditer(sentence.text):
                if not _is_taken_back(sentence.text, match):
                    why = f"It says that it is over, and this room is {ground.status}, not resolved."
                    instead = (
                        "Resolve the room first, or say: “Service works again; we are watching it.”"
                        if ground.status == "mitigated"
                        else "Say what works again and what does not; resolve the room first."
                    )
                    yield passage.flag("over_promise", *_place(sentence.start, match), why, instead)
        if not is_over and ground.status != "mitigated":
            for match in _WELL.finditer(sentence.text):
                if not _is_taken_back(sentence.text, match):
                    why = "It says that all is well, and the room does not say that the impact is over."
                    instead = "Mark it mitigated first, or say what works again and what you still see."
                    yield passage.flag("over_promise", *_place(sentence.start, match), why, instead)
        for match in _NEVER_AGAIN.finditer(sentence.text):
            if _ASKED.search(sentence.text[: match.start()]):
                continue
            why = "Nobody can promise this."
            instead = "Say what you do so that it becomes less likely."
            yield passage.flag("over_promise", *_place(sentence.start, match), why, instead)
        for match in _NOTHING_LOST.finditer(sentence.text):
            if not _NOT_SAID.search(sentence.text[: match.start()]) and not _was_checked(match.group(), ground):
                why = "It says that nothing was lost or seen, and nobody has written down that this was checked."
                instead = "Say it once it was checked; until then: “We are checking whether data was affected.”"
                yield passage.flag("over_promise", *_place(sentence.start, match), why, instead)


def _place(start: int, match: re.Match[str]) -> tuple[int, int]:
    return start + match.start(), start + match.end()


def _is_taken_back(sentence: str, match: re.Match[str]) -> bool:
    """Whether the words before it, or its own, make it a wish, a condition or a denial."""
    before = sentence[max(0, match.start() - _REACH) : match.start()]
    if _IN_PART.match(sentence[match.end() :]):
        return True
    return bool(
        _NOT_SAID.search(before.rpartition(", ")[2] or before) or _NOT_SAID.search(match.group().partition(" ")[2])
    )


def _was_checked(words: str, ground: Ground) -> bool:
    about = [word for word in re.findall(r"[a-z]+", words.casefold()) if word in _KINDS]
    return any(word.rstrip("s") in said.casefold() for word in about for said in ground.checked)


_KINDS_WORDS = (
    "data information record records order orders payment payments message messages transaction transactions "
    "account accounts password passwords money funds breach security"
)
_KINDS = frozenset(_KINDS_WORDS.split())
