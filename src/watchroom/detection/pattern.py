r"""Patterns: regular expressions that can never take long, for rules that every signal meets.

A pattern is matched by following all its ways at once, one character after the other, so that the time grows with
the value's length and never explodes (source: Thompson, "Regular Expression Search Algorithm", 1968). A pattern always
speaks of the whole value, as in Prometheus and Alertmanager. What needs more than that (look-around, references
back) is refused. Called by `matching`. Pure.

The language: letters, `.`, `[a-z]`, `[^a-z]`, `\d \w \s \D \W \S`, `\` before a sign, `( )`, `(?: )`, `|`, `* + ?`,
`{2}`, `{2,}`, `{2,4}`, and `(?i)` at the beginning.
"""

from collections.abc import Callable, Iterable

import msgspec

PATTERN_CHARS_MAX = 500
STEPS_MAX = 400
"""The most steps that a pattern is made of, with repeated parts written out."""
VALUE_CHARS_MAX = 1_024
"""A longer value matches no pattern."""
TIMES_MAX = 100
STATES_KEPT_MAX = 1_000
DEPTH_MAX = 20

Test = Callable[[str], bool]
_CLASSES: dict[str, Test] = {
    "d": lambda char: char.isdecimal() and char.isascii(),
    "w": lambda char: (char.isalnum() and char.isascii()) or char == "_",
    "s": lambda char: char in " \t\n\r\f\v",
}
_SIGNS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}


def _not(test: Test) -> Test:
    return lambda char: not test(char)


def _is(wanted: str) -> Test:
    return lambda char: char == wanted


def _between(first: str, last: str) -> Test:
    return lambda char: first <= char <= last


def _any(tests: Iterable[Test]) -> Test:
    each = tuple(tests)
    return lambda char: any(test(char) for test in each)


def _class(char: str) -> Test | None:
    test = _CLASSES.get(char.lower())
    return test if test is None or char.islower() else _not(test)


class _Char(msgspec.Struct, frozen=True):
    """One character that passes a test."""

    test: Test


class _Row(msgspec.Struct, frozen=True):
    """Parts one after the other."""

    parts: "list[_Node]"


class _Choice(msgspec.Struct, frozen=True):
    """One of several."""

    ways: "list[_Node]"


class _Times(msgspec.Struct, frozen=True):
    """A part so and so often; `most` is -1 where there is no end to it."""

    part: "_Node"
    least: int
    most: int


_Node = _Char | _Row | _Choice | _Times


class _Parser:
    """Reads a pattern into nodes. Raises ValueError, saying what cannot be read."""

    def __init__(self, text: str, fold: bool) -> None:
        self._text = text
        self._fold = fold
        self._place = 0
        self._depth = 0

    def whole(self) -> _Node:
        node = self._choice()
        if self._place < len(self._text):
            raise ValueError("a ) without its (")
        return node

    def _peek(self) -> str:
        return self._text[self._place] if self._place < len(self._text) else ""

    def _next(self, what: str) -> str:
        char = self._peek()
        if not char:
            raise ValueError(f"{what} does not end")
        self._place += 1
        return char

    def _choice(self) -> _Node:
        ways = [self._row()]
        while self._peek() == "|":
            self._place += 1
            ways.append(self._row())
        return ways[0] if len(ways) == 1 else _Choice(ways)

    def _row(self) -> _Node:
        parts: list[_Node] = []
        outermost = self._depth == 0
        if outermost and self._peek() == "^":
            self._place += 1
        while self._peek() and self._peek() not in "|)":
            if outermost and self._peek() == "$" and self._text[self._place + 1 : self._place + 2] in ("", "|"):
                self._place += 1
                break
            parts.append(self._repeated(self._one()))
        return _Row(parts)

    def _repeated(self, node: _Node) -> _Node:
        char = self._peek()
        times: tuple[int, int] | None = {"*": (0, -1), "+": (1, -1), "?": (0, 1)}.get(char) if char else None
        if char == "{":
            times = self._times()
        if times is None:
            return node
        self._place += 1
        if self._peek() == "?":
            # Which of several ways is taken first makes no difference to whether there is one.
            self._place += 1
        if self._peek() and self._peek() in "*+?{":
            raise ValueError(f"{self._peek()} repeats what is repeated already")
        return _Times(node, *times)

    def _times(self) -> tuple[int, int]:
        end = self._text.find("}", self._place)
        inside = self._text[self._place + 1 : end] if end >= 0 else ""
        low, comma, high = inside.partition(",")
        if not (low.isascii() and low.isdigit()) or (high and not (high.isascii() and high.isdigit())):
            raise ValueError("{ is not followed by how often, such as {2} or {1,3}")
        least, most = int(low[:6]), int(high[:6]) if high else -1 if comma else int(low[:6])
        if max(least, most) > TIMES_MAX or (0 <= most < least):
            raise ValueError(f"a part can be repeated {TIMES_MAX} times at most, from the smaller number to the larger")
        self._place = end
        return least, most

    def _one(self) -> _Node:
        char = self._next("the pattern")
        match char:
            case "(":
                return self._group()
            case "[":
                return _Char(self._set())
            case ".":
                return _Char(_not(_is("\n")))
            case "\\":
                return _Char(self._escaped())
            case "*" | "+" | "?" | "{":
                raise ValueError(f"{char} has nothing before it to repeat; write \\{char} for the sign itself")
            case "^" | "$":
                raise ValueError(f"{char} in the middle: a pattern always speaks of the whole value")
        return _Char(_is(self._folded(char)))

    def _folded(self, char: str) -> str:
        return char.lower() if self._fold else char

    def _group(self) -> _Node:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise ValueError(f"more than {DEPTH_MAX} brackets stand in each other")
        if self._peek() == "?":
            if self._text[self._place : self._place + 2] != "?:":
                raise ValueError("(? is not understood, but for (?: and for (?i) at the beginning")
            self._place += 2
        node = self._choice()
        if self._next("a ( that begins a group") != ")":
            raise ValueError("a ( does not end")
        self._depth -= 1
        return node

    def _escaped(self) -> Test:
        char = self._next("the pattern, with a backslash at its end,")
        test = _class(char)
        if test is not None:
            return test
        if char in _SIGNS:
            return _is(_SIGNS[char])
        if char.isalnum():
            raise ValueError(f"\\{char} is not understood")
        return _is(char)

    def _set(self) -> Test:
        negated = self._peek() == "^"
        self._place += negated
        tests: list[Test] = []
        while True:
            char = self._next("a set that begins with [")
            if char == "]" and tests:
                break
            if char == "\\" and (test := _class(self._peek() or "\\")) is not None:
                self._place += 1
                tests.append(test)
                continue
            first = self._sign(char)
            if self._peek() == "-" and self._text[self._place + 1 : self._place + 2] not in ("", "]"):
                self._place += 1
                last = self._sign(self._next("a set that begins with ["))
                if last < first:
                    raise ValueError(f"{first}-{last} in a set goes backwards")
                tests.append(_between(first, last))
                if self._fold:
                    tests.append(_folding(first, last))
            else:
                tests.append(_is(self._folded(first)))
        found = _any(tests)
        return _not(found) if negated else found

    def _sign(self, char: str) -> str:
        if char != "\\":
            return char
        char = self._next("a set that begins with [")
        if char in _SIGNS:
            return _SIGNS[char]
        if char.isalnum():
            raise ValueError(f"\\{char} is not understood in a set")
        return char


def _folding(first: str, last: str) -> Test:
    """A range with its letters in either case; the value's characters come in lower case."""
    return lambda char: first <= char.upper() <= last


class Pattern:
    """A pattern, ready to be asked. Raises ValueError, saying what is wrong with it."""

    def __init__(self, text: str) -> None:
        if len(text) > PATTERN_CHARS_MAX:
            raise ValueError(f"it has more than {PATTERN_CHARS_MAX} characters")
        self._fold = text.startswith("(?i)")
        node = _Parser(text[4:] if self._fold else text, self._fold).whole()
        self._tests: list[Test | None] = []
        self._ways: list[tuple[int, ...]] = []
        start, end = self._build(node)
        self._end = end
        self._start = self._closed([start])
        self._next: dict[tuple[frozenset[int], str], frozenset[int]] = {}

    def matches(self, value: str) -> bool:
        """Whether the whole value is of this pattern."""
        if len(value) > VALUE_CHARS_MAX:
            return False
        places = self._start
        for char in value.lower() if self._fold else value:
            key = (places, char)
            after = self._next.get(key)
            if after is None:
                if len(self._next) >= STATES_KEPT_MAX:
                    self._next.clear()
                after = self._next[key] = self._step(places, char)
            places = after
            if not places:
                return False
        return self._end in places

    def _step(self, places: frozenset[int], char: str) -> frozenset[int]:
        passed = (place for place in places if (test := self._tests[place]) is not None and test(char))
        return self._closed(way for place in passed for way in self._ways[place])

    def _closed(self, places: Iterable[int]) -> frozenset[int]:
        """These places, and those that can be reached from them without a character."""
        found: set[int] = set()
        waiting = list(places)
        while waiting:
            place = waiting.pop()
            if place not in found:
                found.add(place)
                if self._tests[place] is None:
                    waiting += self._ways[place]
        return frozenset(found)

    def _place(self, test: Test | None = None, *ways: int) -> int:
        if len(self._tests) >= STEPS_MAX:
            raise ValueError("it is too long with its repeated parts written out; repeat less, or use * or +")
        self._tests.append(test)
        self._ways.append(ways)
        return len(self._tests) - 1

    def _join(self, place: int, to: int) -> None:
        self._ways[place] = (*self._ways[place], to)

    def _build(self, node: _Node) -> tuple[int, int]:
        """The node as places: where it begins and where it ends."""
        match node:
            case _Char(test):
                end = self._place()
                return self._place(test, end), end
            case _Row(parts):
                start = end = self._place()
                for part in parts:
                    first, last = self._build(part)
                    self._join(end, first)
                    end = last
                return start, end
            case _Choice(ways):
                end = self._place()
                built = [self._build(way) for way in ways]
                for _first, last in built:
                    self._join(last, end)
                return self._place(None, *(first for first, _last in built)), end
            case _Times(part, least, most):
                return self._repeat(part, least, most)

    def _repeat(self, node: _Node, least: int, most: int) -> tuple[int, int]:
        start = end = self._place()
        for _ in range(least):
            first, last = self._build(node)
            self._join(end, first)
            end = last
        if most < 0:
            loop = self._place()
            first, last = self._build(node)
            self._join(end, loop)
            self._join(loop, first)
            self._join(last, loop)
            return start, loop
        finish = self._place()
        for _ in range(most - least):
            self._join(end, finish)
            first, last = self._build(node)
            self._join(end, first)
            end = last
        self._join(end, finish)
        return start, finish
