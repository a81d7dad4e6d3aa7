"""The source tree as the house rules see it: modules, the modules they import, and the faults a rule finds.

Used by every other file in this folder. Reads source text only: imports nothing of `watchroom`.
"""

import ast
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
SRC = HOUSE / "src"


@dataclass(frozen=True)
class Fault:
    """One breach of one rule. `says` ends in what to do instead."""

    where: str
    line: int
    says: str

    def __str__(self) -> str:
        return f"{self.where}:{self.line}: {self.says}"


@dataclass(frozen=True)
class Import:
    """One imported name: the module that is meant, and where the statement stands."""

    module: str
    line: int
    in_function: bool
    relative: bool


@dataclass(frozen=True)
class Module:
    """One module: its dotted name, its text, its syntax tree."""

    name: str
    where: str
    text: str
    tree: ast.Module

    @property
    def area(self) -> str:
        """The package (or lone module) below `watchroom` that it belongs to; empty for `watchroom` itself."""
        return self.name.partition(".")[2].partition(".")[0]

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of its tree, as `ast.walk` finds them: each rule looks at all of them."""
        return list(ast.walk(self.tree))

    def line(self, number: int) -> str:
        """The text of a line, counted from 1."""
        return self.text.splitlines()[number - 1]


def keep(faults: Iterable[object]) -> None:
    """Fails with every fault on a line of its own."""
    found = [str(fault) for fault in faults]
    if found:
        pytest.fail("\n".join([f"{len(found)} against the rules of the house:", *found]), pytrace=False)


def module(name: str, text: str, where: str = "") -> Module:
    """A module from its text: for files, and for the small bad examples that prove a rule."""
    return Module(name, where or name.replace(".", "/") + ".py", text, ast.parse(text))


@cache
def modules() -> dict[str, Module]:
    """Every module under src/watchroom by its dotted name."""
    found = {}
    for path in sorted((SRC / "watchroom").rglob("*.py")):
        parts = path.relative_to(SRC).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = module(name, path.read_text(encoding="utf-8"), path.relative_to(HOUSE).as_posix())
    return found


def imports(source: Module, known: Set[str]) -> Iterator[Import]:
    """Each import of a module, those under `TYPE_CHECKING` and inside functions too.

    `known` names the modules that exist, so that `from a import b` is told apart: the module `a.b`, or `a`'s name `b`.
    """
    for node, in_function in _walk(source.tree, in_function=False):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, in_function, relative=False)
        elif isinstance(node, ast.ImportFrom):
            package = node.module or ""
            if node.level:
                parents = source.name.split(".")
                kept = len(parents) - node.level + source.where.endswith("__init__.py")
                package = ".".join([*parents[:kept], *([node.module] if node.module else [])])
            for alias in node.names:
                submodule = f"{package}.{alias.name}"
                target = submodule if submodule in known else package
                yield Import(target, node.lineno, in_function, relative=bool(node.level))


def _walk(node: ast.AST, *, in_function: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        yield child, in_function
        inside = in_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _walk(child, in_function=inside)


def dotted_names(source: Module) -> Iterator[tuple[str, int]]:
    """Each name that is used, spelled out through the module's imports: `dt.now` is `datetime.datetime.now`."""
    meaning: dict[str, str] = {}
    for node in source.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                meaning[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                meaning[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in source.nodes:
        if isinstance(node, ast.Attribute | ast.Name):
            name = _spelled_out(node, meaning)
            if name:
                yield name, node.lineno


def _spelled_out(node: ast.expr, meaning: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return meaning.get(node.id, "")
    if isinstance(node, ast.Attribute):
        before = _spelled_out(node.value, meaning)
        return f"{before}.{node.attr}" if before else ""
    return ""
