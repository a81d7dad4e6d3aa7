"""The text of a Go template -> its tree. Called by gotemplate, which evaluates the tree; evaluates nothing itself.

Source: Go's package text/template, "Actions", "Pipelines", "Variables", "Nested template definitions".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

LENGTH_MAX = 64_000
"""Characters of a template."""
DEPTH_MAX = 50
"""Actions, and parentheses, inside one another."""


class TemplateError(Exception):
    """A template that cannot be read or carried out; `str()` says why, with the line where it is known."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A string, a number, a truth value, or nil."""

    value: object


@dataclass(frozen=True, slots=True)
class Named:
    """The dot (`""`), a variable (`$x`, `$`) or a pipeline in parentheses, and the fields that follow it."""

    of: "str | Pipeline"
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """A function by its name."""

    name: str


Operand: TypeAlias = Literal | Named | Function


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands, each of which has the value of the one before it as its last argument."""

    commands: tuple[tuple[Operand, ...], ...]
    variables: tuple[str, ...] = ()
    declares: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """What a pipeline is worth, or a text as it is."""

    what: "Pipeline | str"
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """`if`, `with`, `range`: a pipeline, what is done with it, and what is done otherwise."""

    word: str
    pipeline: Pipeline
    body: "tuple[Node, ...]"
    otherwise: "tuple[Node, ...]"
    line: int


@dataclass(frozen=True, slots=True)
class Called:
    """Another template, by its name, with a dot of its own."""

    name: str
    pipeline: Pipeline | None
    line: int


@dataclass(frozen=True, slots=True)
class Leap:
    """`break` or `continue`."""

    word: str


Node: TypeAlias = Written | Block | Called | Leap


@dataclass(slots=True)
class Tree:
    """A template, and those that it defines."""

    body: tuple[Node, ...]
    defined: dict[str, tuple[Node, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of an action; `glued` when no space is before it."""

    kind: str
    text: str
    glued: bool


_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>"(?:\\.|[^"\\\n])*")|(?P<raw>`[^`]*`)|(?P<char>'(?:\\.|[^'\\\n])+')
    |(?P<number>[-+]?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?))
    |(?P<field>\.[^\W\d]\w*)|(?P<dot>\.)|(?P<variable>\$\w*)|(?P<word>[^\W\d]\w*)|(?P<mark>:=|[=|(),])""",
    re.VERBOSE,
)
_OPEN = re.compile(r"\{\{(-(?=\s))?")
_CLOSE = re.compile(r"(\s+-)?\}\}")
_COMMENT = re.compile(r"\s*/\*.*?\*/", re.DOTALL)
_ESCAPED = re.compile(r"\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL)
_SHORT = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"', "'": "'"}


def unquoted(text: str) -> str:
    """The inside of Go's double quotes, escapes undone. Raises `TemplateError`."""

    def undone(found: re.Match[str]) -> str:
        digits = found[1] or found[2] or found[3]
        if digits or found[4]:
            code = int(digits, 16) if digits else int(found[4], 8)
            if code < 0x110000:
                return chr(code)
        elif found[5] in _SHORT:
            return _SHORT[found[5]]
        raise TemplateError(f"invalid escape {found[0]} in a string")

    return _ESCAPED.sub(undone, text)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A text, or the words of an action."""

    text: str
    tokens: tuple[Token, ...] | None
    line: int


def _pieces(text: str) -> Iterator[_Piece]:
    at, trims = 0, False
    while True:
        found = _OPEN.search(text, at)
        before = text[at : found.start()] if found else text[at:]
        line = text.count("\n", 0, at) + 1
        if trims:
            before = before.lstrip()
        if found and found[1]:
            before = before.rstrip()
        if before:
            yield _Piece(before, None, line)
        if found is None:
            return
        line = text.count("\n", 0, found.start()) + 1
        tokens, at, trims = _action(text, found.end(), line)
        if tokens is not None:
            yield _Piece("", tokens, line)


def _action(text: str, at: int, line: int) -> tuple[tuple[Token, ...] | None, int, bool]:
    """The words of an action (None for a comment), where it ends, and whether what follows is trimmed."""
    comment = _COMMENT.match(text, at)
    if comment:
        end = _CLOSE.match(text, comment.end())
        if end is None:
            raise TemplateError(f"line {line}: a comment has to be alone between its braces")
        return None, end.end(), bool(end[1])
    tokens: list[Token] = []
    glued = False
    while True:
        end = _CLOSE.match(text, at)
        if end:
            return tuple(tokens), end.end(), bool(end[1])
        found = _TOKEN.match(text, at)
        if found is None:
            raise TemplateError(
                f"line {line}: an action is not closed with }}}}"
                if at >= len(text)
                else f"line {line}: unexpected {text[at]!r} in an action"
            )
        at = found.end()
        kind = found.lastgroup or ""
        if kind == "space":
            glued = False
            continue
        tokens.append(Token(kind, found[0], glued))
        glued = True


class _Words:
    """The words of one action, taken one after the other."""

    def __init__(self, tokens: tuple[Token, ...], line: int) -> None:
        self._tokens = tokens
        self._at = 0
        self.line = line
        self._depth = 0

    def peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def take(self) -> Token:
        token = self.peek()
        if token is None:
            raise self.wrong("something is missing at the end of the action")
        self._at += 1
        return token

    def takes(self, text: str) -> bool:
        token = self.peek()
        if token is not None and token.text == text and token.kind in ("word", "mark"):
            self._at += 1
            return True
        return False

    def wrong(self, reason: str) -> TemplateError:
        return TemplateError(f"line {self.line}: {reason}")

    def done(self) -> None:
        token = self.peek()
        if token is not None:
            raise self.wrong(f"unexpected {token.text!r}")

    def pipeline(self) -> Pipeline:
        """A pipeline, with the variables that it sets."""
        names, declares = self._variables()
        commands = [self._command()]
        while self.takes("|"):
            commands.append(self._command())
            # Only a function or a method can take what is handed on.
            if isinstance(commands[-1][0], Literal) or commands[-1][0] == Named(""):
                raise self.wrong("non executable command in pipeline")
        return Pipeline(tuple(commands), names, declares)

    def _variables(self) -> tuple[tuple[str, ...], bool]:
        begin, names = self._at, []
        while (token := self.peek()) is not None and token.kind == "variable":
            names.append(token.text)
            self._at += 1
            if self.takes(","):
                continue
            if len(names) <= 2 and self.takes(":="):
                return tuple(names), True
            if len(names) <= 2 and self.takes("="):
                return tuple(names), False
            break
        self._at = begin
        return (), False

    def _command(self) -> tuple[Operand, ...]:
        operands: list[Operand] = []
        while (token := self.peek()) is not None and token.text not in ("|", ")"):
            operands.append(self._operand())
        if not operands:
            raise self.wrong("a command is empty")
        return tuple(operands)

    def _operand(self) -> Operand:
        token = self.take()
        match token.kind:
            case "string":
                return Literal(unquoted(token.text[1:-1]))
            case "raw":
                return Literal(token.text[1:-1])
            case "char":
                return Literal(self._character(token.text))
            case "number":
                return Literal(self._number(token.text))
            case "field":
                return Named("", (token.text[1:], *self._fields()))
            case "dot":
                return Named("", self._fields())
            case "variable":
                return Named(token.text, self._fields())
            case "word":
                if token.text in ("true", "false"):
                    return Literal(token.text == "true")
                return Literal(None) if token.text == "nil" else Function(token.text)
        if token.text != "(":
            raise self.wrong(f"unexpected {token.text!r}")
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise self.wrong(f"parentheses are nested more than {DEPTH_MAX} deep")
        inner = self.pipeline()
        if not self.takes(")"):
            raise self.wrong("a parenthesis is not closed")
        self._depth -= 1
        return Named(inner, self._fields())

    def _fields(self) -> tuple[str, ...]:
        names = []
        while (token := self.peek()) is not None and token.kind == "field" and token.glued:
            names.append(token.text[1:])
            self._at += 1
        return tuple(names)

    def _character(self, text: str) -> int:
        inside = unquoted(text[1:-1])
        if len(inside) != 1:
            raise self.wrong(f"{text} is not one character")
        return ord(inside)

    def _number(self, text: str) -> int | float:
        try:
            return int(text, 0) if not re.fullmatch(r"[-+]?0\d+", text) else int(text, 8)
        except ValueError:
            pass
        try:
            return float(text)
        except ValueError:
            raise self.wrong(f"bad number {text}") from None


class _Reader:
    """The pieces of a template, made a tree."""

    def __init__(self, text: str) -> None:
        self._pieces = list(_pieces(text))
        self._at = 0
        self._depth = 0
        self._loops = 0
        self.tree = Tree(())

    def whole(self) -> Tree:
        body, ending = self._nodes()
        if ending is not None:
            raise ending.wrong("unexpected end or else: nothing is open")
        self.tree.body = body
        return self.tree

    def _nodes(self) -> tuple[tuple[Node, ...], _Words | None]:
        """The nodes up to the `end` or `else` that belongs to whoever opened them, and the words after it."""
        nodes: list[Node] = []
        while self._at < len(self._pieces):
            piece = self._pieces[self._at]
            self._at += 1
            if piece.tokens is None:
                nodes.append(Written(piece.text, piece.line))
                continue
            words = _Words(piece.tokens, piece.line)
            first = words.peek()
            if first is None:
                raise words.wrong("missing value for command")
            if first.kind == "word" and first.text in ("end", "else"):
                return tuple(nodes), words
            node = self._node(words, first)
            if node is not None:
                nodes.append(node)
        return tuple(nodes), None

    def _node(self, words: _Words, first: Token) -> Node | None:
        word = first.text if first.kind == "word" else ""
        match word:
            case "if" | "with" | "range":
                words.take()
                return self._block(word, words)
            case "define" | "block":
                words.take()
                return self._definition(word, words)
            case "template":
                words.take()
                name = self._name(words)
                pipeline = words.pipeline() if words.peek() is not None else None
                words.done()
                return Called(name, pipeline, words.line)
            case "break" | "continue":
                words.take()
                words.done()
                if not self._loops:
                    raise words.wrong(f"{word} outside of a range")
                return Leap(word)
        pipeline = words.pipeline()
        words.done()
        return Written(pipeline, words.line)

    def _name(self, words: _Words) -> str:
        token = words.take()
        if token.kind not in ("string", "raw"):
            raise words.wrong("a template's name has to be a string")
        return unquoted(token.text[1:-1]) if token.kind == "string" else token.text[1:-1]

    def _inside(self, words: _Words) -> tuple[tuple[Node, ...], _Words]:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise words.wrong(f"actions are nested more than {DEPTH_MAX} deep")
        nodes, ending = self._nodes()
        self._depth -= 1
        if ending is None:
            raise words.wrong("this action has no end: write {{ end }}")
        return nodes, ending

    def _definition(self, word: str, words: _Words) -> Node | None:
        name = self._name(words)
        pipeline = words.pipeline() if word == "block" else None
        words.done()
        body, ending = self._inside(words)
        self._ended(ending)
        self.tree.defined[name] = body
        return Called(name, pipeline, words.line) if word == "block" else None

    def _ended(self, ending: _Words) -> None:
        if not ending.takes("end"):
            raise ending.wrong("unexpected else")
        ending.done()

    def _block(self, word: str, words: _Words) -> Block:
        pipeline = words.pipeline()
        words.done()
        self._loops += word == "range"
        body, ending = self._inside(words)
        self._loops -= word == "range"
        otherwise: tuple[Node, ...] = ()
        if ending.takes("else"):
            chained = ending.peek()
            if chained is not None and chained.text == word and word in ("if", "with"):
                ending.take()
                self._depth += 1
                if self._depth > DEPTH_MAX:
                    raise words.wrong(f"actions are nested more than {DEPTH_MAX} deep")
                otherwise = (self._block(word, ending),)
                self._depth -= 1
                return Block(word, pipeline, body, otherwise, words.line)
            ending.done()
            otherwise, ending = self._inside(words)
        self._ended(ending)
        return Block(word, pipeline, body, otherwise, words.line)


@lru_cache(maxsize=1024)
def read(text: str) -> Tree:
    """The tree of a template, which nobody changes afterwards. Raises `TemplateError`."""
    if len(text) > LENGTH_MAX:
        raise TemplateError(f"the template has {len(text)} characters; at most {LENGTH_MAX} are read")
    return _Reader(text).whole()
