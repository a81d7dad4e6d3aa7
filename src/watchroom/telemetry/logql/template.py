"""Go's text templates, as far as line_format and label_format use them: pipes, if, with, range, variables.

Read once into functions, then run for every line, within a limit of steps and of text. What a template may call stands
in `template_functions`. Source: Go, "text/template"; Grafana Loki, "Template functions".
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from watchroom.telemetry.logql.entry import Entry
from watchroom.telemetry.logql.template_functions import FUNCTIONS, TemplateFailed, text_of, truth
from watchroom.telemetry.refusal import BadData

TEXT_MAX = 262_144
"""Characters that one template may write for one line."""
STEPS_MAX = 10_000
"""Parts of a template that may run for one line; loops count each round."""
DEPTH_MAX = 50
_ACTION = re.compile(r"\{\{(-\s)?(.*?)(\s-)?\}\}", re.DOTALL)
_WORD = re.compile(
    r"""\s+|(?P<string>"(?:[^"\\]|\\.)*"|`[^`]*`)|(?P<number>[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.]))
      |(?P<field>(?:\$\w*)?(?:\.\w+)+|\$\w*|\.)|(?P<name>[a-zA-Z_]\w*)|(?P<mark>:=|[()|,=])""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "'": "'"}


@dataclass(slots=True)
class Scope:
    """What a template sees while it runs for one line."""

    entry: Entry
    dot: Any
    variables: dict[str, Any] = field(default_factory=dict)
    steps: int = 0

    def step(self) -> None:
        """Raises `TemplateFailed` when the template has run for too long."""
        self.steps += 1
        if self.steps > STEPS_MAX:
            raise TemplateFailed(f"the template runs for more than {STEPS_MAX} steps")


_Node: TypeAlias = Callable[[Scope], Any]
_Body: TypeAlias = Callable[[Scope, list[str]], None]


class _Labels(Mapping[str, str]):
    """The labels of an entry as a template's dot, errors among them; an unknown one is empty."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry

    def __getitem__(self, name: str) -> str:
        return self._entry.get(name) or ""

    def __iter__(self) -> Iterator[str]:
        return iter(self._entry.all_labels())

    def __len__(self) -> int:
        return len(self._entry.all_labels())


class Template:
    """One template. Raises `BadData` for a text that is none."""

    def __init__(self, text: str) -> None:
        self._body = _Parser(text).whole()

    def written(self, entry: Entry) -> str:
        """What it writes for a line. Raises `TemplateFailed`."""
        out: list[str] = []
        self._body(Scope(entry, _Labels(entry)), out)
        text = "".join(out)
        if len(text) > TEXT_MAX:
            raise TemplateFailed(f"the template writes more than {TEXT_MAX} characters")
        return text


class _Parser:
    """Reads one template, action by action."""

    def __init__(self, text: str) -> None:
        self._parts = list(_parts(text))
        self._place = 0
        self._depth = 0
        self._words: list[tuple[str, str]] = []

    def whole(self) -> _Body:
        body, ended = self._until()
        if ended:
            raise _wrong(f"unexpected {{{{{ended}}}}}")
        return body

    def _until(self) -> tuple[_Body, str]:
        """The parts up to an `end` or `else` that belongs to none of them, and that action."""
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise _wrong(f"nested more than {DEPTH_MAX} levels deep")
        bodies: list[_Body] = []
        while self._place < len(self._parts):
            is_action, text = self._parts[self._place]
            self._place += 1
            if not is_action:
                bodies.append(_literal(text))
                continue
            word = text.split(None, 1)[0] if text else ""
            if word in ("end", "else"):
                self._depth -= 1
                return _sequence(bodies), text
            if word in ("if", "with", "range"):
                bodies.append(self._block(word, text[len(word) :]))
            elif not text.startswith("/*"):
                bodies.append(self._action(text))
        self._depth -= 1
        return _sequence(bodies), ""

    def _block(self, word: str, condition: str) -> _Body:
        names, node = self._declared(condition)
        body, ended = self._until()
        otherwise: _Body = _sequence([])
        if ended.startswith("else"):
            rest = ended[4:].strip()
            if rest.startswith(word) and word != "range":
                otherwise = self._block(word, rest[len(word) :])
                return _BLOCKS[word](names, node, body, otherwise)
            if rest:
                raise _wrong(f"unexpected {rest!r} after else")
            otherwise, ended = self._until()
        if ended != "end":
            raise _wrong(f"unclosed {word}: unexpected EOF")
        return _BLOCKS[word](names, node, body, otherwise)

    def _action(self, text: str) -> _Body:
        names, node = self._declared(text)

        def body(scope: Scope, out: list[str]) -> None:
            scope.step()
            value = node(scope)
            if names:
                scope.variables[names[0]] = value
            else:
                out.append(text_of(value))

        return body

    def _declared(self, text: str) -> tuple[list[str], _Node]:
        self._words = list(_words(text))
        names: list[str] = []
        if any(word in (("mark", ":="), ("mark", "=")) for word in self._words):
            while self._words[0] not in (("mark", ":="), ("mark", "=")):
                kind, word = self._words.pop(0)
                if kind == "field" and word.startswith("$"):
                    names.append(word)
                elif (kind, word) != ("mark", ","):
                    raise _wrong(f"unexpected {word!r} in a declaration")
            self._words.pop(0)
        node = self._pipe()
        if self._words:
            raise _wrong(f"unexpected {self._words[0][1]!r} in {text.strip()!r}")
        return names, node

    def _pipe(self) -> _Node:
        node = self._command(None)
        while self._words and self._words[0] == ("mark", "|"):
            self._words.pop(0)
            node = self._command(node)
        return node

    def _command(self, last: _Node | None) -> _Node:
        if not self._words:
            raise _wrong("missing value for command")
        kind, word = self._words[0]
        if kind == "name" and word not in ("true", "false", "nil"):
            self._words.pop(0)
            return self._call(word, last)
        if last is not None:
            raise _wrong(f"non executable command in pipeline: {word!r}")
        return self._operand()

    def _call(self, name: str, last: _Node | None) -> _Node:
        if name not in FUNCTIONS:
            raise _wrong(f'function "{name}" not defined')
        arguments: list[_Node] = []
        while self._words and self._words[0] not in (("mark", "|"), ("mark", ")")):
            arguments.append(self._operand())
        if last is not None:
            arguments.append(last)
        function = FUNCTIONS[name]
        if not function.takes(len(arguments)):
            raise _wrong(f"wrong number of args for {name}: got {len(arguments)}")

        def node(scope: Scope) -> Any:
            scope.step()
            return function.called(scope.entry, [argument(scope) for argument in arguments])

        return node

    def _operand(self) -> _Node:
        kind, word = self._words.pop(0)
        if kind == "string":
            value = word[1:-1] if word[0] == "`" else _meaning(word[1:-1])
            return lambda _: value
        if kind == "number":
            number = int(word) if word.lstrip("+-").isdigit() else float(word)
            return lambda _: number
        if kind == "field":
            return _field(word)
        if kind == "name":
            if word in ("true", "false", "nil"):
                known = {"true": True, "false": False, "nil": None}[word]
                return lambda _: known
            return self._call_alone(word)
        if word == "(":
            return self._parens()
        raise _wrong(f"unexpected {word!r} in operand")

    def _call_alone(self, name: str) -> _Node:
        """A function named as an argument is called without any of its own."""
        words, self._words = self._words, []
        node = self._call(name, None)
        self._words = words
        return node

    def _parens(self) -> _Node:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise _wrong(f"nested more than {DEPTH_MAX} levels deep")
        inner = self._pipe()
        self._depth -= 1
        if not self._words or self._words.pop(0) != ("mark", ")"):
            raise _wrong("unclosed left paren")
        if self._words and self._words[0][0] == "field" and self._words[0][1].startswith("."):
            names = self._words.pop(0)[1].split(".")[1:]
            return lambda scope: _looked_up(inner(scope), names)
        return inner


def _wrong(message: str) -> BadData:
    return BadData(f"invalid template: {message}")


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    place, trims = 0, False
    for found in _ACTION.finditer(text):
        literal = text[place : found.start()]
        literal = literal.lstrip() if trims else literal
        yield False, literal.rstrip() if found[1] else literal
        yield True, found[2].strip()
        place, trims = found.end(), bool(found[3])
    rest = text[place:]
    if "{{" in rest:
        raise _wrong("unclosed action")
    yield False, rest.lstrip() if trims else rest


def _words(text: str) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(text):
        found = _WORD.match(text, place)
        if found is None:
            raise _wrong(f"unexpected {text[place]!r} in {text.strip()!r}")
        place = found.end()
        if found.lastgroup:
            yield found.lastgroup, found.group()


def _meaning(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text)


def _field(word: str) -> _Node:
    head, *names = word.split(".")
    if word == ".":
        return lambda scope: scope.dot
    if not head:
        return lambda scope: _looked_up(scope.dot, names)

    def node(scope: Scope) -> Any:
        if head == "$":
            return _looked_up(_Labels(scope.entry), names)
        if head not in scope.variables:
            raise TemplateFailed(f"undefined variable {head}")
        return _looked_up(scope.variables[head], names)

    return node


def _looked_up(value: Any, names: list[str]) -> Any:
    for name in names:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise TemplateFailed(f"can't evaluate field {name} in a value that has none")
        value = value[name] if isinstance(value, _Labels) else value.get(name)
    return value


def _literal(text: str) -> _Body:
    return lambda _, out: out.append(text)


def _sequence(bodies: list[_Body]) -> _Body:
    if len(bodies) == 1:
        return bodies[0]

    def body(scope: Scope, out: list[str]) -> None:
        for each in bodies:
            each(scope, out)

    return body


def _if(names: list[str], node: _Node, body: _Body, otherwise: _Body) -> _Body:
    def run(scope: Scope, out: list[str]) -> None:
        value = node(scope)
        if names:
            scope.variables[names[0]] = value
        (body if truth(value) else otherwise)(scope, out)

    return run


def _with(names: list[str], node: _Node, body: _Body, otherwise: _Body) -> _Body:
    def run(scope: Scope, out: list[str]) -> None:
        value, before = node(scope), scope.dot
        if names:
            scope.variables[names[0]] = value
        if not truth(value):
            otherwise(scope, out)
            return
        scope.dot = value
        body(scope, out)
        scope.dot = before

    return run


def _range(names: list[str], node: _Node, body: _Body, otherwise: _Body) -> _Body:
    def run(scope: Scope, out: list[str]) -> None:
        value, before = node(scope), scope.dot
        if isinstance(value, Mapping):
            items = sorted(value.items())
        elif isinstance(value, list):
            items = list(enumerate(value))
        elif value is None:
            items = []
        else:
            raise TemplateFailed("range can't iterate over a text or a number")
        for key, item in items:
            scope.step()
            scope.dot = item
            if names:
                scope.variables.update(zip(names, (item,) if len(names) == 1 else (key, item), strict=True))
            body(scope, out)
        scope.dot = before
        if not items:
            otherwise(scope, out)

    return run


_BLOCKS = {"if": _if, "with": _with, "range": _range}
