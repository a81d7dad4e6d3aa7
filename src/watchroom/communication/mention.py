"""Mentions: who is meant by an `@` in what somebody says. It rings nobody; it lights for whoever is meant.

`@ana@example.com`, `@Ana Lima`, `@ana` where one person alone is called so, `@commander` for whoever has the role at
that moment. Words in code are left alone. Called by the decisions about messages. Pure.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping

from watchroom.base.command import Act, Caution, Register
from watchroom.mitigation.roles import ROLE_WORDS, Roles

MENTIONS_MAX = 50
"""So many people are named by one message at most; an `@` after that is only a letter."""

_TICKS = re.compile("`+")
_BEGIN = re.compile(r"(?<![\w@.])@(?=\w)")
_EMAIL = re.compile(r"[\w.+-]+@\w[\w.-]*\w")
_WORD = re.compile(r"\w[\w'’-]*")


def mentions(text: str, roles: Roles, act: Act) -> tuple[dict[str, str], tuple[Caution, ...]]:
    """Who is meant, by the words that name them (`@Ana Lima` -> `ana@example.com`); a caution where that is unclear."""
    found: dict[str, str] = {}
    cautions: list[Caution] = []
    if "@" not in text:
        return found, ()
    spoken = _without_code(text)
    names = sorted(act.register.names(), key=len, reverse=True)
    for at in _BEGIN.finditer(spoken):
        if len(found) >= MENTIONS_MAX:
            break
        words, meant = _meant(spoken[at.end() :], names, roles, act.register)
        if len(meant) == 1:
            found[f"@{words}"] = meant[0]
        elif meant:
            who = " or ".join(meant)
            cautions.append(
                Caution("mention_unclear", f"@{words} may be {who}: nobody is lit.", f"Write @{meant[0]} instead.")
            )
    return found, tuple(cautions)


def _without_code(text: str) -> str:
    """The text with blanks for what stands between backticks: it is as long as it was, so that nothing else moves."""
    runs = list(_TICKS.finditer(text))
    alike: dict[int, list[int]] = {}
    for number, run in enumerate(runs):
        alike.setdefault(len(run.group()), []).append(number)
    parts, end, number = [], 0, 0
    while number < len(runs):
        opens = runs[number]
        same = alike[len(opens.group())]
        place = bisect_right(same, number)
        if place < len(same):
            shuts = runs[same[place]]
            parts += [text[end : opens.start()], " " * (shuts.end() - opens.start())]
            end, number = shuts.end(), same[place]
        number += 1
    return "".join([*parts, text[end:]])


def _meant(rest: str, names: list[str], roles: Roles, register: Register) -> tuple[str, tuple[str, ...]]:
    """The words at the beginning of `rest` that name somebody, and the e-mails of whoever they may mean."""
    if (address := _EMAIL.match(rest)) is not None:
        email = address.group().lower()
        return address.group(), (email,) if register.known(email) else ()
    for name in names:
        if rest[: len(name)].casefold() == name.casefold() and not rest[len(name) : len(name) + 1].isalnum():
            return rest[: len(name)], register.nearest(name)
    word = _WORD.match(rest)
    if word is None:
        return "", ()
    # `nearest` guesses where nobody is called so; an @ must not light somebody by a guess.
    if any(word.group().casefold() in name.casefold().split() for name in names):
        return word.group(), register.nearest(word.group())
    holder = roles.person(ROLE_WORDS.get(word.group().casefold(), ""))
    return word.group(), (holder,) if holder else ()


def of(mentioned: Mapping[str, str]) -> list[str]:
    """Each person once, in the order of being named."""
    return list(dict.fromkeys(mentioned.values()))
