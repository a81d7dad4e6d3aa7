"""Go's text templates over Python values, with a table of functions that the caller gives.

For alert rules (`template.py`) and for LogQL's line_format and label_format:

    template = Template("{{ .job | upper }}", {"upper": str.upper})    # read once; raises TemplateError
    template.written({"job": "api"})                                   # "API"; raises TemplateError
    template.written(data, {"$labels": {...}})                         # with variables that are there from the start

Values are str, bool, int, float, None, lists and mappings (Go's maps of strings: a missing key is the empty string),
`Untyped` (Go's maps of anything: a missing key is nil) and `Record` (Go's structs: a missing field is an error). A
function takes and gives such values, and raises `TemplateError` for an argument that it cannot use; it is called with
what a pipeline hands it, last. Go's own functions (`and`, `or`, `not`, `eq`, `ne`, `lt`, `le`, `gt`, `ge`, `len`,
`index`, `slice`, `print`, `printf`, `println`, `html`, `js`, `urlquery`) are always there. Pure; what a template may
cost is bounded. Source: Go's package text/template.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from watchroom.telemetry.go_format import printed
from watchroom.telemetry.gotemplate_builtins import BUILTINS, Counted, Untyped, truth
from watchroom.telemetry.gotemplate_syntax import (
    Block,
    Called,
    Function,
    Literal,
    Named,
    Node,
    Operand,
    Pipeline,
    TemplateError,
    Tree,
    Written,
    read,
)

__all__ = ["Bounds", "Counted", "Functions", "Record", "Template", "TemplateError", "Untyped"]

CALLS_MAX = 50
"""Templates that call one another, inside each other."""

Functions: TypeAlias = Mapping[str, Callable[..., object]]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one writing may come to."""

    output_max: int = 1 << 20
    """Characters."""
    steps_max: int = 100_000
    """Nodes and function calls."""


USUAL = Bounds()


@dataclass(frozen=True, slots=True)
class Record:
    """A value with fixed fields. A field that is a function is Go's method: it is called with the arguments."""

    name: str
    fields: Mapping[str, object]

    def __str__(self) -> str:
        return f"{{{' '.join(printed(value) for value in self.fields.values())}}}"


class Template:
    """A template that has been read.

    Go finds a wrong number of arguments when a template is carried out; with `counts` it is refused when it is read.
    """

    def __init__(self, text: str, functions: Functions, bounds: Bounds = USUAL, *, counts: bool = False) -> None:
        self._functions = {**BUILTINS, **functions}
        self._tree = read(text)
        self._bounds = bounds
        self._arity: dict[tuple[str, int], bool] = {}
        for name, count in _calls(self._tree):
            if name in _SHORT_CIRCUITS:
                continue
            if name not in self._functions:
                raise TemplateError(f'function "{name}" not defined')
            if counts and not _takes(self._functions[name], count):
                raise TemplateError(f"wrong number of args for {name}: got {count}")

    def written(
        self, data: object, variables: Mapping[str, object] | None = None, functions: Functions | None = None
    ) -> str:
        """What the template makes of the data. `functions` stand for this writing in the place of others so called."""
        writing = _Writing(self._functions, functions or {}, self._tree, self._arity, self._bounds)
        scope = [{"$": data, **(variables or {})}]
        writing.nodes(self._tree.body, data, scope)
        return "".join(writing.parts)


_SHORT_CIRCUITS = ("and", "or")


def _takes(function: Callable[..., object], count: int) -> bool:
    """Whether a function can be called with so many arguments."""
    if isinstance(function, Counted):
        return function.least <= count and (function.most is None or count <= function.most)
    try:
        inspect.signature(function).bind(*[None] * count)
    except TypeError:
        return False
    return True


def _calls(tree: Tree) -> Iterator[tuple[str, int]]:
    """Each function that is named, and how many arguments it is given."""
    for body in (tree.body, *tree.defined.values()):
        yield from _calls_of(body)


def _calls_of(nodes: Sequence[Node]) -> Iterator[tuple[str, int]]:
    for node in nodes:
        match node:
            case Written(what=Pipeline() as pipeline) | Called(pipeline=Pipeline() as pipeline):
                yield from _in_pipeline(pipeline)
            case Block():
                yield from _in_pipeline(node.pipeline)
                yield from _calls_of(node.body)
                yield from _calls_of(node.otherwise)


def _in_pipeline(pipeline: Pipeline) -> Iterator[tuple[str, int]]:
    for number, command in enumerate(pipeline.commands):
        for place, operand in enumerate(command):
            if isinstance(operand, Function):
                # What a pipeline hands on is one argument more; a function that is an argument itself has none.
                yield operand.name, 0 if place else len(command) - 1 + (number > 0)
            elif isinstance(operand, Named) and isinstance(operand.of, Pipeline):
                yield from _in_pipeline(operand.of)


class _Leapt(Exception):
    """A `break` or a `continue` on its way to its range."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


_NOTHING = object()
Scope: TypeAlias = list[dict[str, object]]


class _Writing:
    """One carrying out of a template."""

    def __init__(
        self, functions: Functions, own: Functions, tree: Tree, arity: dict[tuple[str, int], bool], bounds: Bounds
    ) -> None:
        self._functions = functions
        self._own = own
        self._tree = tree
        self._arity = arity
        self._bounds = bounds
        self.parts: list[str] = []
        self._length = self._steps = self._calls = 0

    def nodes(self, nodes: Sequence[Node], dot: object, scope: Scope) -> None:
        # LogQL writes millions of lines by templates, so what nearly all of them are made of is looked for first.
        for node in nodes:
            self._step()
            if isinstance(node, Written):
                what = node.what
                if isinstance(what, str):
                    self._write(what)
                    continue
                value = self._at(node.line, what, dot, scope)
                if not what.variables:
                    self._write("<no value>" if value is None else value if isinstance(value, str) else printed(value))
            elif isinstance(node, Block):
                (self._range if node.word == "range" else self._choice)(node, dot, scope)
            elif isinstance(node, Called):
                self._called(node, dot, scope)
            else:
                raise _Leapt(node.word)

    def _step(self) -> None:
        self._steps += 1
        if self._steps > self._bounds.steps_max:
            raise TemplateError(f"the template took more than {self._bounds.steps_max} steps")

    def _write(self, text: str) -> None:
        self._length += len(text)
        if self._length > self._bounds.output_max:
            raise TemplateError(f"the template wrote more than {self._bounds.output_max} characters")
        self.parts.append(text)

    def _at(self, line: int, pipeline: Pipeline, dot: object, scope: Scope) -> object:
        try:
            return self.pipeline(pipeline, dot, scope)
        except TemplateError as error:
            if str(error).startswith("line "):
                raise
            raise TemplateError(f"line {line}: {error}") from error

    def _choice(self, node: Block, dot: object, scope: Scope) -> None:
        scope.append({})
        value = self._at(node.line, node.pipeline, dot, scope)
        if truth(value):
            self.nodes(node.body, value if node.word == "with" else dot, scope)
        else:
            self.nodes(node.otherwise, dot, scope)
        scope.pop()

    def _range(self, node: Block, dot: object, scope: Scope) -> None:
        plain = Pipeline(node.pipeline.commands)
        pairs = _pairs(self._at(node.line, plain, dot, scope))
        if not pairs:
            scope.append({})
            self.nodes(node.otherwise, dot, scope)
            scope.pop()
            return
        names = node.pipeline.variables
        depth = len(scope)
        for key, value in pairs:
            scope.append({})
            for name, own in zip(names, (value,) if len(names) == 1 else (key, value), strict=False):
                if node.pipeline.declares:
                    scope[-1][name] = own
                else:
                    _assign(scope, name, own)
            try:
                self.nodes(node.body, value, scope)
            except _Leapt as leapt:
                if leapt.word == "break":
                    return
            finally:
                del scope[depth:]

    def _called(self, node: Called, dot: object, scope: Scope) -> None:
        body = self._tree.defined.get(node.name)
        if body is None:
            raise TemplateError(f'line {node.line}: template "{node.name}" not defined')
        data = None if node.pipeline is None else self._at(node.line, node.pipeline, dot, scope)
        self._calls += 1
        if self._calls > CALLS_MAX:
            raise TemplateError(f"line {node.line}: templates call one another more than {CALLS_MAX} deep")
        self.nodes(body, data, [{"$": data}])
        self._calls -= 1

    def pipeline(self, pipeline: Pipeline, dot: object, scope: Scope) -> object:
        value: object = _NOTHING
        for command in pipeline.commands:
            value = self._command(command, dot, scope, value)
        for name in pipeline.variables:
            if pipeline.declares:
                scope[-1][name] = value
            else:
                _assign(scope, name, value)
        return value

    def _command(self, command: Sequence[Operand], dot: object, scope: Scope, handed: object) -> object:
        self._step()
        first, rest = command[0], command[1:]
        if isinstance(first, Function):
            return self._function(first.name, rest, dot, scope, handed)
        value = self._operand(first, dot, scope)
        if callable(value):
            return value(*self._arguments(rest, dot, scope, handed))
        if rest or handed is not _NOTHING:
            raise TemplateError("can't give argument to non-function")
        return value

    def _arguments(self, rest: Sequence[Operand], dot: object, scope: Scope, handed: object) -> list[object]:
        arguments = [self._value(each, dot, scope) for each in rest]
        return arguments if handed is _NOTHING else [*arguments, handed]

    def _function(self, name: str, rest: Sequence[Operand], dot: object, scope: Scope, handed: object) -> object:
        if name in _SHORT_CIRCUITS:
            return self._first_that_decides(name, rest, dot, scope, handed)
        function = self._own.get(name) or self._functions[name]
        arguments = self._arguments(rest, dot, scope, handed)
        fits = self._arity.get((name, len(arguments)))
        if fits is None:
            fits = self._arity[name, len(arguments)] = _takes(function, len(arguments))
        if not fits:
            raise TemplateError(f"wrong number of args for {name}: got {len(arguments)}")
        try:
            return function(*arguments)
        except TemplateError as error:
            raise TemplateError(f"error calling {name}: {error}") from error

    def _first_that_decides(
        self, name: str, rest: Sequence[Operand], dot: object, scope: Scope, handed: object
    ) -> object:
        """`and` and `or` look at no argument more than they need."""
        if not rest and handed is _NOTHING:
            raise TemplateError(f"wrong number of args for {name}: want at least 1 got 0")
        value: object = None
        for each in rest:
            value = self._value(each, dot, scope)
            if truth(value) is (name == "or"):
                return value
        return value if handed is _NOTHING else handed

    def _value(self, operand: Operand, dot: object, scope: Scope) -> object:
        """An operand as an argument: a method is called there and then, and so is a function without arguments."""
        if isinstance(operand, Function):
            return self._function(operand.name, (), dot, scope, _NOTHING)
        value = self._operand(operand, dot, scope)
        return value() if callable(value) else value

    def _operand(self, operand: Operand, dot: object, scope: Scope) -> object:
        if isinstance(operand, Literal):
            return operand.value
        if isinstance(operand, Function):
            raise TemplateError("a function is no value")
        of = operand.of
        value = dot
        if isinstance(of, Pipeline):
            value = self.pipeline(of, dot, scope)
        elif of:
            value = _variable(scope, of)
        for name in operand.fields:
            value = _field(value() if callable(value) else value, name)
        return value


def _variable(scope: Scope, name: str) -> object:
    for names in reversed(scope):
        if name in names:
            return names[name]
    raise TemplateError(f'undefined variable "{name}"')


def _assign(scope: Scope, name: str, value: object) -> None:
    for names in reversed(scope):
        if name in names:
            names[name] = value
            return
    raise TemplateError(f'undefined variable "{name}"')


def _field(value: object, name: str) -> object:
    if isinstance(value, Record):
        if name in value.fields:
            return value.fields[name]
        raise TemplateError(f"can't evaluate field {name} in type {value.name}")
    if isinstance(value, Untyped):
        return value.get(name)
    if isinstance(value, Mapping):
        return value.get(name, "")
    if value is None:
        raise TemplateError(f"nil data; no entry for key {name!r}")
    raise TemplateError(f"can't evaluate field {name} in a {type(value).__name__}")


def _pairs(value: object) -> list[tuple[object, object]]:
    match value:
        case None:
            return []
        case bool() | str() | float():
            raise TemplateError(f"range can't iterate over {printed(value)}")
        case int():
            return [(number, number) for number in range(min(max(value, 0), USUAL.steps_max + 1))]
        case Mapping():
            return [(key, value[key]) for key in sorted(value)]
        case Sequence():
            return list(enumerate(value))
    raise TemplateError(f"range can't iterate over {printed(value)}")
