"""Go's text templates over Python values, with a table of functions that the caller gives.

For alert rules (`template.py`) and for LogQL's line_format and label_format:

    template = Template("{{ .job | upper }}", {"upper": str.upper})    # read once; raises TemplateError
    template.written({"job": "api"})                                   # "API"; raises TemplateError
    template.written(data, {"$labels": {...}})                         # with variables that are there from the start

Values are str, bool, int, float, None, lists and mappings (Go's maps: a missing key is the empty string), and `Record`
(Go's structs: a missing field is an error). A function takes and gives such values, and raises `TemplateError` for an
argument that it cannot use; it is called with what a pipeline hands it, last. Go's own functions (`and`, `or`, `not`,
`eq`, `ne`, `lt`, `le`, `gt`, `ge`, `len`, `index`, `slice`, `print`, `printf`, `println`, `html`, `js`, `urlquery`)
are always there. Pure; what a template may cost is bounded. Source: Go's package text/template.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from watchroom.telemetry.go_format import printed
from watchroom.telemetry.gotemplate_builtins import BUILTINS, truth
from watchroom.telemetry.gotemplate_syntax import (
    Block,
    Called,
    Function,
    Leap,
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

__all__ = ["Functions", "Record", "Template", "TemplateError"]

OUTPUT_MAX = 1 << 20
"""Characters that a template may write."""
STEPS_MAX = 100_000
"""Nodes and function calls that one writing may come to."""
CALLS_MAX = 50
"""Templates that call one another, inside each other."""

Functions: TypeAlias = Mapping[str, Callable[..., object]]


@dataclass(frozen=True, slots=True)
class Record:
    """A value with fixed fields. A field that is a function is Go's method: it is called with the arguments."""

    name: str
    fields: Mapping[str, object]

    def __str__(self) -> str:
        return f"{{{' '.join(printed(value) for value in self.fields.values())}}}"


class Template:
    """A template that has been read."""

    def __init__(self, text: str, functions: Functions) -> None:
        self._functions = {**BUILTINS, **functions}
        self._tree = read(text)
        self._signatures: dict[str, inspect.Signature] = {}
        for name in _names(self._tree):
            if name not in self._functions and name not in _SHORT_CIRCUITS:
                raise TemplateError(f'function "{name}" not defined')

    def written(self, data: object, variables: Mapping[str, object] | None = None) -> str:
        """What the template makes of the data."""
        writing = _Writing(self._functions, self._tree, self._signatures)
        scope = [{"$": data, **(variables or {})}]
        writing.nodes(self._tree.body, data, scope)
        return "".join(writing.parts)


_SHORT_CIRCUITS = ("and", "or")


def _names(tree: Tree) -> Iterator[str]:
    for body in (tree.body, *tree.defined.values()):
        yield from _functions_of(body)


def _functions_of(nodes: Sequence[Node]) -> Iterator[str]:
    for node in nodes:
        match node:
            case Written(what=Pipeline() as pipeline) | Called(pipeline=Pipeline() as pipeline):
                yield from _in_pipeline(pipeline)
            case Block():
                yield from _in_pipeline(node.pipeline)
                yield from _functions_of(node.body)
                yield from _functions_of(node.otherwise)


def _in_pipeline(pipeline: Pipeline) -> Iterator[str]:
    for command in pipeline.commands:
        for operand in command:
            if isinstance(operand, Function):
                yield operand.name
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

    def __init__(self, functions: Functions, tree: Tree, signatures: dict[str, inspect.Signature]) -> None:
        self._functions = functions
        self._tree = tree
        self._signatures = signatures
        self.parts: list[str] = []
        self._length = self._steps = self._calls = 0

    def nodes(self, nodes: Sequence[Node], dot: object, scope: Scope) -> None:
        for node in nodes:
            self._step()
            match node:
                case Written(what=str() as text):
                    self._write(text)
                case Written(what=Pipeline() as pipeline, line=line):
                    value = self._at(line, pipeline, dot, scope)
                    if not pipeline.variables:
                        self._write("<no value>" if value is None else printed(value))
                case Block(word="range"):
                    self._range(node, dot, scope)
                case Block():
                    self._choice(node, dot, scope)
                case Called():
                    self._called(node, dot, scope)
                case Leap(word=word):
                    raise _Leapt(word)

    def _step(self) -> None:
        self._steps += 1
        if self._steps > STEPS_MAX:
            raise TemplateError(f"the template took more than {STEPS_MAX} steps")

    def _write(self, text: str) -> None:
        self._length += len(text)
        if self._length > OUTPUT_MAX:
            raise TemplateError(f"the template wrote more than {OUTPUT_MAX} characters")
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
        function = self._functions[name]
        arguments = self._arguments(rest, dot, scope, handed)
        signature = self._signatures.get(name)
        if signature is None:
            signature = self._signatures[name] = inspect.signature(function)
        try:
            signature.bind(*arguments)
        except TypeError:
            raise TemplateError(f"wrong number of args for {name}: got {len(arguments)}") from None
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
        match operand:
            case Literal(value=value):
                return value
            case Named(of=Pipeline() as inner, fields=fields):
                value = self.pipeline(inner, dot, scope)
            case Named(of="", fields=fields):
                value = dot
            case Named(of=str() as name, fields=fields):
                value = _variable(scope, name)
            case _:
                raise TemplateError("a function is no value")
        for name in fields:
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
    match value:
        case Record(fields=fields):
            if name in fields:
                return fields[name]
            raise TemplateError(f"can't evaluate field {name} in type {value.name}")
        case Mapping():
            return value.get(name, "")
        case None:
            raise TemplateError(f"nil data; no entry for key {name!r}")
    raise TemplateError(f"can't evaluate field {name} in a {type(value).__name__}")


def _pairs(value: object) -> list[tuple[object, object]]:
    match value:
        case None:
            return []
        case bool() | str() | float():
            raise TemplateError(f"range can't iterate over {printed(value)}")
        case int():
            return [(number, number) for number in range(min(max(value, 0), STEPS_MAX + 1))]
        case Mapping():
            return [(key, value[key]) for key in sorted(value)]
        case Sequence():
            return list(enumerate(value))
    raise TemplateError(f"range can't iterate over {printed(value)}")
