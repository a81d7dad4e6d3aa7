"""The inbox's filters, as they stand in its address: what is shown, and which other filters are one click away.

Called by the inbox's page and its live stream. Pure. A filter never hides that more waits: the page says how many.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from watchroom.base.wording import plain
from watchroom.incident.inbox import SignalItem

FACETS = ("state", "severity", "service", "source", "kind")
"""What can be filtered by, in the order in which it is shown; each is a parameter of the address."""
NAMES = (*FACETS, "q")
VALUES_MAX = 8
"""So many values of a facet are offered; those chosen stand there besides."""
CHOSEN_MAX = 20
"""So many values of a facet are read from an address."""
WORDS_CHARS_MAX = 200


@dataclass(frozen=True)
class Filter:
    """What of the inbox is shown. Values of one facet are alternatives; facets narrow each other."""

    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: str = ""

    @property
    def query(self) -> str:
        """As it stands in an address, always in the same order; empty where everything is shown."""
        pairs = [(facet, value) for facet in FACETS for value in self.chosen.get(facet, ())]
        return urlencode([*pairs, *([("q", self.words)] if self.words else [])])

    def shows(self, item: SignalItem, but: str = "") -> bool:
        """Whether a signal is shown; `but` leaves one facet out."""
        for facet, values in self.chosen.items():
            if facet != but and values and value_of(item, facet) not in values:
                return False
        if not self.words:
            return True
        told = f"{item.title} {item.source} {item.service} {' '.join(item.labels.values())}".casefold()
        return all(word in told for word in self.words.casefold().split())

    def turned(self, facet: str, value: str) -> "Filter":
        """The same with one value chosen that was not, or the other way round."""
        before = self.chosen.get(facet, ())
        after = tuple(each for each in before if each != value) if value in before else (*before, value)
        return Filter({**self.chosen, facet: after}, self.words)


@dataclass(frozen=True)
class Choice:
    """One filter that is a click away."""

    facet: str
    value: str
    count: int
    """How many that wait it would show, with the other facets as they are."""
    chosen: bool
    href: str


def value_of(item: SignalItem, facet: str) -> str:
    """What a signal says of a facet; empty: nothing."""
    told: str = getattr(item, facet)
    return told


def filter_of(pairs: Iterable[tuple[str, str]]) -> Filter:
    """The filter of an address's parameters; what it does not know is passed over, so that old links go on working."""
    chosen: dict[str, list[str]] = {}
    words = ""
    for name, value in pairs:
        value = plain(value)[:WORDS_CHARS_MAX]
        if name in FACETS and value and value not in chosen.setdefault(name, []):
            chosen[name].append(value)
        elif name == "q":
            words = " ".join(value.split())
    return Filter({facet: tuple(sorted(values[:CHOSEN_MAX])) for facet, values in chosen.items()}, words)


def choices(waiting: Sequence[SignalItem], now: Filter) -> list[Choice]:
    """What can be filtered by: the values that tell the signals apart that wait, the most frequent first."""
    found: list[Choice] = []
    for facet in FACETS:
        counts = Counter(value_of(item, facet) for item in waiting if now.shows(item, but=facet))
        counts.pop("", None)
        ranked = [value for value, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
        mine = now.chosen.get(facet, ())
        offered = ranked[:VALUES_MAX] if len(ranked) > 1 or mine else []
        for value in [*offered, *(value for value in mine if value not in offered)]:
            query = now.turned(facet, value).query
            href = f"/signals?{query}" if query else "/signals"
            found.append(Choice(facet, value, counts.get(value, 0), value in mine, href))
    return found
