"""Inside words: names of services as the house calls them, terms of the trade, numbers of tickets, theories and builds.

Nothing is said to responders and support, who know them. A service that is called by an ordinary word (`checkout`,
`payments`) is left alone: outsiders know that word. Pure.
"""

import re
from collections.abc import Iterator

from watchroom.communication.language.flag import Flag
from watchroom.communication.language.ground import Ground
from watchroom.communication.language.jargon_words import PLAIN
from watchroom.communication.language.passage import Passage

_AUDIENCES = frozenset({"customers", "regulator", "leadership"})
_TERMS = re.compile(
    rf"(?<![\w./-])(?:{'|'.join(sorted(PLAIN, key=len, reverse=True))})(?![\w/-]|\.\w)",
    re.IGNORECASE,
)
_EACH = [(re.compile(term, re.IGNORECASE), plain) for term, plain in PLAIN.items()]
_TICKET = re.compile(
    r"(?<![\w-])(?!(?:CVE|ISO|UTF|RFC|SHA|COVID|AES|MD|IEC|IEEE|EN|DIN|PCI|SOC|FIPS|NIST|GDPR|US|EU|UK|Q|H|UTC"
    r"|GMT|MP|USB|HTTP|TLS|SEV|WCAG|GPT|Y|F|A|B)-)"
    r"[A-Z][A-Z0-9]{1,9}-\d{1,6}\b"
)
_BUILD = re.compile(
    r"(?<![\w./#-])(?:(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{7,12}|v\d{2,6}|build #?\d+|#\d{3,6})(?![\w.-])"
)
_IDENTIFIER = re.compile(
    r"(?<![\w@./-])(?:[a-z][a-z0-9]*(?:_[a-z0-9]+){1,6}|(?![a-z-]*-(?:of|to|the|and|in|on|by|for|at|as"
    r"|up)-)[a-z]{2,20}(?:-[a-z0-9]{1,20}){0,4}-(?:svc|service|api|db|worker|queue|cache|gateway|prod|server"
    r"|cluster|consumer|proxy|job|lb|node|pod|primary|replica|master|edge|backend|frontend)(?:-[a-z0-9]+)*"
    r"|(?:web|db|app|node|host|srv|server|api|worker|cache|redis|kafka|pg|mysql|lb|proxy|queue|vm|cluster"
    r"|shard|broker)s?-?\d{1,4}|[A-Z][a-z]+(?:[A-Z][a-z]+){1,5}(?:Exception|Error|Service|Controller|Handler"
    r"|Down|High|Rate))(?![\w@/-])"
)
_PLAIN_IDENTIFIERS = frozenset({"web-service", "self-service", "full-service", "customer-service", "covid-19"})


def jargon(passage: Passage, ground: Ground) -> Iterator[Flag]:
    """Words that an audience outside the team does not know."""
    if ground.audience not in _AUDIENCES:
        return
    yield from _own_names(passage, ground)
    if not passage.is_english:
        return
    for start, end, match in passage.find(_TERMS):
        if any(match.group().casefold() in name.casefold() for name in ground.public):
            continue
        plain = next(plain for term, plain in _EACH if term.fullmatch(match.group()))
        why = f"“{match.group()}” is a word of the trade."
        yield passage.flag("jargon", start, end, why, f"Say “{plain}”.")


def _own_names(passage: Passage, ground: Ground) -> Iterator[Flag]:
    for service in ground.services:
        told = ground.called.get(service, service).casefold() != service.casefold()
        if (_looks_inside(service) or told) and service not in ground.public:
            for start, end, _ in passage.find(re.compile(rf"(?<![\w-]){re.escape(service)}(?![\w-])", re.IGNORECASE)):
                yield passage.flag(
                    "jargon",
                    start,
                    end,
                    f"“{service}” is the name of a service that only you know.",
                    _instead(service, ground),
                )
    for start, end, match in passage.find(_NUMBER_OF_ROOM):
        if match.group() in ground.ids and match.group() not in _KNOWN_OUTSIDE:
            yield passage.flag(
                "jargon", start, end, f"{match.group()} means something in this room only.", "Say it in words."
            )
    for pattern, what in ((_TICKET, "a ticket"), (_BUILD, "a version"), (_IDENTIFIER, "something inside your systems")):
        for start, end, match in passage.find(pattern):
            if match.group().casefold() not in _PLAIN_IDENTIFIERS and match.group() not in ground.public:
                yield passage.flag(
                    "jargon",
                    start,
                    end,
                    f"This names {what}; readers cannot look it up.",
                    "Say what it is in words.",
                )


def _instead(service: str, ground: Ground) -> str:
    """What to write in place of a service's name."""
    called = ground.called.get(service)
    return f"Customers call it “{called}”." if called else "Say what people do with it: “payments”, “search”."


_NUMBER_OF_ROOM = re.compile(r"(?<![\w-])[A-Z]\d{1,3}(?![\w-])")
_KNOWN_OUTSIDE = frozenset({"S3", "P1", "P2", "A1", "A2", "A3", "A4", "H1", "H2", "Q1", "Q2", "Q3", "Q4", "D1", "D2"})


def _looks_inside(service: str) -> bool:
    """Whether a service's name is none that an outsider would use: with joints or numbers in it, or an abbreviation."""
    if len(service) < 2:
        return False
    if re.search(r"[-_./\d]|[a-z][A-Z]", service):
        return True
    return len(service) <= 4 and not re.search(r"[aeiouy]", service, re.IGNORECASE)
