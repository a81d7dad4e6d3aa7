"""Where in a PromQL text the mistake stands: promql-parser says what is wrong, and seldom where. Pure.

Called by `parse` when a text was refused. What a reader of a text would look for is looked for, in this order: the name
or number that the refusal speaks of, a bracket without its other half, and the first word that cannot follow the one
before it. A place that is not found is not guessed.
"""

import re

_WORD = re.compile(
    r"""(?P<blank>\s+|\#[^\n]*)|(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|(?P<operator>==|!=|<=|>=|[-+*/%^<>])"""
    r"""|(?P<name>[a-zA-Z_:][\w:]*)|(?P<number>\d[\w.]*|\.\d[\w.]*)|(?P<bracket>[(){}\[\]])|(?P<other>.)""",
    re.DOTALL,
)
_OPENS = {"(": ")", "{": "}", "[": "]"}
_BETWEEN = frozenset(("and", "or", "unless", "atan2"))
"""Words that stand between two operands."""
_LISTS = frozenset(("by", "without", "on", "ignoring", "group_left", "group_right"))
"""Words after which labels in brackets may come."""
_NAMED = (
    re.compile(r"unknown function with name '(\w+)'"),
    re.compile(r"in call to function '(\w+)'"),
    re.compile(r"in aggregation '?(\w+)"),
)
_SYNTAX = re.compile(r"bad number or duration syntax: (\S+)")
_MATCHERS = re.compile(
    r"""\{(?:\s*(?:"(?:\\.|[^"\\])*"|[a-zA-Z_:][\w:]*)\s*(?:(?:=~|!~|!=|=)\s*(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`))?"""
    r"""\s*(?:,|(?=\})|\bor\b))*\s*""",
    re.DOTALL,
)


def place_of(text: str, reason: str) -> int | None:
    """The offset of the mistake (characters from 0; the length of the text for its end), or None."""
    for pattern in _NAMED:
        named = pattern.search(reason)
        if named:
            found = re.search(rf"\b{re.escape(named[1])}\b", text)
            return found.start() if found else None
    syntax = _SYNTAX.search(reason)
    if syntax:
        place = text.find(syntax[1])
        return place if place >= 0 else None
    return _unpaired(text) if _unpaired(text) is not None else _unexpected(text)


def line_and_column(text: str, place: int) -> tuple[int, int]:
    """Both from 1, as Prometheus counts them."""
    before = text[:place]
    return before.count("\n") + 1, place - (before.rfind("\n") + 1) + 1


def _unpaired(text: str) -> int | None:
    """A bracket without its other half, or a quotation mark that nothing ends."""
    opened: list[tuple[str, int]] = []
    for word in _WORD.finditer(text):
        if word.lastgroup == "other" and word[0] in "\"'`":
            return word.start()
        if word.lastgroup != "bracket":
            continue
        if word[0] in _OPENS:
            opened.append((word[0], word.start()))
        elif not opened or _OPENS[opened.pop()[0]] != word[0]:
            return word.start()
    return opened[-1][1] if opened else None


def _unexpected(text: str) -> int | None:
    """The first word that cannot follow the one before it."""
    wants_operand = True
    before = ""
    end = 0
    for word in _WORD.finditer(text):
        kind, said, at = word.lastgroup, word[0], word.start()
        # What stands in braces, in square brackets or in a list of labels has been passed over as a whole.
        if at < end or kind == "blank":
            continue
        low = said.lower()
        if said == "{":
            matchers = _MATCHERS.match(text, at)
            assert matchers is not None
            if text[matchers.end() : matchers.end() + 1] != "}":
                return matchers.end()
            end, wants_operand = matchers.end() + 1, False
        elif said == "[":
            if wants_operand:
                return at
            end = text.index("]", at) + 1
        elif low in _LISTS:
            opening = re.compile(r"\s*\(").match(text, word.end())
            end = text.index(")", opening.end()) + 1 if opening else word.end()
        elif low in ("bool", "offset", "@"):
            end = _after_modifier(text, word.end()) if low != "bool" else word.end()
        elif kind == "operator" or low in _BETWEEN:
            if wants_operand and said not in "+-":
                return at
            wants_operand = True
        elif said == "(":
            if not wants_operand and not re.fullmatch(r"[a-zA-Z_:][\w:]*|\)", before):
                return at
            wants_operand = True
        elif said in (")", ","):
            if wants_operand and before != "(":
                return at
            wants_operand = said == ","
        elif kind in ("name", "number", "text"):
            if not wants_operand and before != ")":
                return at
            wants_operand = False
        else:
            return at
        before = said
    return len(text) if wants_operand else None


def _after_modifier(text: str, place: int) -> int:
    """Past what follows `offset` or `@`: a duration, a time, `start()` or `end()`."""
    found = re.compile(r"\s*[-+]?\s*(?:(?:start|end)\s*\(\s*\)|[\w.]+)").match(text, place)
    return found.end() if found else place
