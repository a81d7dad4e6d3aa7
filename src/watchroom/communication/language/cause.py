"""A cause that is said while the room supports no theory: outsiders take a guess for a finding, and quote it.

A hedged cause ("may be due to") is a cause said all the same; that a cause is looked for, or not known, is none. Pure.
"""

import re
from collections.abc import Iterator

from watchroom.communication.language.flag import Flag
from watchroom.communication.language.ground import Ground
from watchroom.communication.language.passage import Passage

_CHANGED = (
    r"(?:deploy(?:ment|s)?|releases?|roll-?outs?|changes?|updates?|upgrades?|config(?:uration)?s?"
    r"|misconfigurations?|bugs?|"
    r"defects?|patch(?:es)?|migrations?|maintenance|outages?|spikes?|surges?|attacks?|certificates?|leaks?|overload|"
    r"failures?|failover|race condition|(?:increased|high|heavy|higher|unexpected|unusual|extra|sudden) "
    r"(?:traffic|load|demand)|load|flags?|scripts?|(?:new|latest) (?:version|code))"
)
_SAID = re.compile(
    r"\b(?:caused by|(?:was|were|is|are|being|been) (?:likely |probably |partly )?(?:triggered|introduced"
    r"|brought on|set off) by|"
    r"(?:root|underlying|probable|likely|main) causes? (?:was|is|were|are|of (?:the|this) \w+ (?:was|is))|"
    r"the cause (?:was|is|appears|seems|of (?:the|this|these) [\w ]{1,40} (?:was|is|lies))|"
    r"as a (?:direct )?(?:result|consequence) of|(?:is|was|are|were) the (?:direct )?(?:result|consequence) of|"
    r"a result of|stem(?:s|med|ming)? from|(?:issues?|problems?|incident|outage|errors?|failures?|fault"
    r"|disruption|it|this|which|that) (?:has |have )?originat(?:es?|ed|ing) (?:in|from|with)|(?:is|was|are"
    r"|were) the (?:likely |probable )?(?:reason|cause)\b|the reason (?:is|was)\b|as the (?:likely |probable "
    r")?(?:cause|reason)\b|points? to (?:a|an|the|our)\b|traced (?:[\w ]{1,30} )?(?:back )?to|(?:,? which|that"
    r"|this|it) (?:has |have )?(?:caused|led to|triggered|broke)\b|(?:is|was|were) attributed to|"
    r"attributable to|owing to|on account of|because of|brought (?:on|about) by|thanks to (?:a|an|the)\b|"
    r"(?:boils|came|comes) down to|down to (?:a|an) |culprit|to blame is|blamed on|"
    r"(?:found|identified|isolated|pinpointed|located|determined|discovered|know|understand|confirmed) (?:the "
    r"|a |its )?(?:\w+ )?(?:root |underlying |likely |probable )?(?:cause|culprit|source of the|source of "
    r"this))",
    re.IGNORECASE,
)
_DUE = re.compile(
    r"\bdue to (?!be\b|being able|complete\b|start\b|begin\b|end\b|finish\b|go\b|come\b|arrive\b|take place"
    r"|expire\b)",
    re.IGNORECASE,
)
_BECAUSE = re.compile(
    r"\b(?:because|since) (?:of )?(?=(?:the|a|an|our|one|its|some|two|several|it|they)\b[^.]{0,90}\b"
    r"(?:fail|ran|filled|went|chang|moved|restart|remov|block|lock|too (?:many|much)|spik|surg|bad|faulty"
    r"|broke|br(?:o|ea)k|crash|down|ran out|run out|overload|expired|wrong|full|corrupt|bug|misconfig|delet"
    r"|slow|lost|stopped|timed out|leak|exceed|exhaust|unavailable|cannot|could not|didn['’]t|did not))",
    re.IGNORECASE,
)
_LED = re.compile(
    rf"\b{_CHANGED}\b[^.;]{{0,80}}?\b(?:caused|is causing|are causing|was causing|has caused|have caused|led to"
    rf"|has led to|resulted in|resulting in|broke|brought down|took down|"
    r"triggered|overloaded|overwhelmed|knocked out|is behind|was behind|are behind|is responsible for|was "
    r"responsible for)\b",
    re.IGNORECASE,
)
_FAULTY = re.compile(
    r"^\W*(?:an? |the |our |one )?(?:misconfigured|overloaded|faulty|broken|corrupt(?:ed)?|expired|defective"
    r"|bad|wrong|failed|failing|stuck|full|leaking|outdated) "
    r"[\w -]{2,40}? (?:is |are |has |have |was )?(?:block|stop|prevent|caus|slow|broke|break|keep|took|take"
    r"|make|led|lead|delay|reject|interrupt|hold)\w*",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\b(?:following|after|since) (?:a|an|our|the|last night's|yesterday's|today's) (?:\w+ "
    r"){0,3}(?:deploy(?:ment)?|release|roll-?out|(?:config(?:uration)?|code|network|dns|software|database) "
    r"(?:change|update|upgrade|migration)|upgrade|migration|failover|faulty \w+|bad \w+|power (?:cut|outage"
    r"|failure))\b",
    re.IGNORECASE,
)
_ISSUE_WITH = re.compile(
    r"\b(?:identified|found|isolated|discovered|determined|confirmed|traced)\b[^.;]{0,60}?\b(?:issue|problem"
    r"|bug|fault|defect|error|misconfiguration|bottleneck|failure|regression|outage|component)\b"
    r"(?=[^.;]{0,60}\b(?:with|in|on|at|affecting|component|our|of|that)\b)|\b(?:bug|regression"
    r"|misconfiguration|memory leak|race condition|hardware (?:fault|failure)|power (?:cut|failure|outage)|"
    r"ddos|denial[- ]of[- ]service|cyber ?attack|expired certificate|bad (?:deploy(?:ment)?|release"
    r"|config(?:uration)?|update|change)|faulty (?:\w+ )?(?:deploy(?:ment)?|release|config(?:uration)?|update"
    r"|change|server|disk|switch|hardware))\b",
    re.IGNORECASE,
)
_LOOKED_FOR = re.compile(
    r"\b(?:do(?:es)? not (?:yet )?(?:know|understand)|don['’]t (?:yet )?(?:know|understand)|not (?:yet "
    r")?(?:known|clear|confirmed|identified|determined|found|sure)|"
    r"unknown|unclear|yet to (?:identify|determine|find)|no evidence|cannot (?:yet )?say|can['’]t (?:yet )?say"
    r"|too early|rule[ds]? out|ruled out|"
    r"whether|if (?:it|this|that) (?:is|was)|(?:is|are|was|were) (?:not|n['’]t)[\w ]{0,20} (?:caused|due"
    r"|because)|isn['’]t due|"
    r"(?:investigat|look|search|work|try|continu|seek|help|attempt|need|aim|want|hop)\w* (?:\w+ ){0,5}?(?:to "
    r"(?:identify|determine|find|understand|establish|isolate|pinpoint|confirm)|for (?:the|a|its)|into (?:the"
    r"|its|what)|on (?:finding|identifying|determining))|"
    r"(?:identifying|determining|finding|establishing|to (?:identify|determine|find|understand|establish"
    r"|isolate|pinpoint|confirm|share)|investigating|investigate|investigation (?:in)?to|analysis of"
    r"|analy[sz]ing|looking (?:for|into)|review(?:ing)? of) (?:the |its |what |a |this |possible |potential "
    r")*(?:exact |precise |root |underlying |likely |full )*(?:cause|source|reason|it|caused)|"
    r"cause (?:is|remains) (?:being|under|still|yet)|(?:root )?cause analysis|no (?:known )?cause)\b",
    re.IGNORECASE,
)
_SORRY = re.compile(r"\b(?:apologi[sz]\w*|sorry|inconvenience)\b", re.IGNORECASE)
_FOLLOWS = re.compile(r"(?: ?[^\s,.;:()]+){0,5}")
_WHY = "It says a cause, and no theory of this room is supported yet."
_INSTEAD = "Say what you see and what you do: “We are looking for the cause.” Or support the theory first."


def unsupported_cause(passage: Passage, ground: Ground) -> Iterator[Flag]:
    """Causes said, as long as no hypothesis is supported."""
    if ground.cause_supported or not passage.is_english:
        return
    for sentence in passage.sentences:
        looked_for = [match.span() for match in _LOOKED_FOR.finditer(sentence.text)]
        taken: list[tuple[int, int]] = []
        for pattern in (_SAID, _DUE, _BECAUSE, _LED, _FAULTY, _AFTER, _ISSUE_WITH):
            for match in pattern.finditer(sentence.text):
                start, end = match.start(), _with_what_follows(sentence.text, match.end())
                if pattern is _LED and _SORRY.search(sentence.text):
                    continue
                if _is_hedged_away(looked_for, start, end) or any(start < e and s < end for s, e in taken):
                    continue
                taken.append((start, end))
                yield passage.flag("unsupported_cause", sentence.start + start, sentence.start + end, _WHY, _INSTEAD)


def _is_hedged_away(looked_for: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether the cause is only asked for: the words that say so lie around it, or shortly before it."""
    return any((s < end and start < e) or 0 <= start - e <= 60 for s, e in looked_for)


def _with_what_follows(text: str, end: int) -> int:
    """The end with a few words more, so that one sees which cause is meant."""
    follows = _FOLLOWS.match(text, end)
    return follows.end() if follows else end
