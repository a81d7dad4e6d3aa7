"""Writes the reference pages of docs/ from the code: facts, commands, settings, HTTP, command line, templates.

`make docs` runs it; tests/house/test_documentation.py fails when a page is stale or a thing has no description. A
description stands where the thing is defined: the docstring of a class or function, a field's
`Annotated[..., msgspec.Meta(description=...)]`, or a string below the field. A part whose module does not exist yet has
no page. Never writes anything outside docs/.
"""

import ast
import importlib
import inspect
import pkgutil
import re
import sys
import textwrap
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, is_dataclass
from dataclasses import fields as dataclass_fields
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

DOCS = Path(__file__).resolve().parent
HEAD = "<!-- Written by `make docs` from the code; change the description there, not here. -->\n\n"

FACTS = "Everything that can stand in the record, by the file that defines it.\n"
COMMANDS = "What can be asked of a room, by the file that decides it.\n"
SETTINGS = "Each setting, with its unit in its name. An unknown one is refused, naming the nearest known one.\n"
TEMPLATES = "What each template is given; a name that is not here is an error.\n"

# Areas in the order of the house, so that the pages read from the ground up.
STOREYS = (
    "base", "config", "record", "people", "detection", "mitigation", "communication", "resolution", "review",
    "preparation", "incident", "integrations", "telemetry", "world", "simulation", "drill", "assessment", "insight",
    "web",
)  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One field of a described class, one flag of a command, one variable of a template."""

    name: str
    type: str
    default: str
    """Empty when it must be given."""
    description: str


@dataclass(frozen=True)
class Item:
    """One thing that a reader looks up."""

    name: str
    description: str
    module: str = ""
    fields: tuple[Field, ...] = ()
    fields_described: bool = False
    """Whether each field needs a description of its own; names that explain themselves in a fact do not."""

    def missing(self) -> Iterator[str]:
        """What has no description."""
        if not self.description:
            yield self.name
        if self.fields_described:
            yield from (f"{self.name}: {field.name}" for field in self.fields if not field.description)


@cache
def import_everything() -> None:
    """Imports every module of the package, so that each fact and command is defined."""
    package = importlib.import_module("watchroom")
    for found in pkgutil.walk_packages(package.__path__, "watchroom."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)


def module(name: str) -> types.ModuleType | None:
    """A module of the house, or None when it is not built yet. A module that is broken is an error."""
    parents = name.split(".")
    for depth in range(2, len(parents) + 1):
        if find_spec(".".join(parents[:depth])) is None:
            return None
    return importlib.import_module(name)


def subclasses(base: type) -> Iterator[type]:
    """Every concrete class of the house below `base`; a leading underscore marks one that is only a common part."""
    found: list[type] = base.__subclasses__()
    for cls in found:
        if cls.__module__.startswith("watchroom.") and not cls.__name__.startswith("_"):
            yield cls
        yield from subclasses(cls)


def docstring(thing: object) -> str:
    """The thing's own docstring, as paragraphs; an inherited or a generated one does not count."""
    text = thing.__dict__.get("__doc__") if isinstance(thing, type) else getattr(thing, "__doc__", None)
    if not text or (isinstance(thing, type) and is_dataclass(thing) and text.startswith(f"{thing.__name__}(")):
        return ""
    return inspect.cleandoc(text)


def _annotation_text(annotation: object) -> str:
    """The description inside an `Annotated`, at any depth of a union, or an empty string."""
    for extra in getattr(annotation, "__metadata__", ()):
        if isinstance(extra, str):
            return extra
        if isinstance(extra, msgspec.Meta) and extra.description:
            return extra.description
    for part in typing.get_args(annotation):
        if typing.get_origin(annotation) in {typing.Union, types.UnionType} and (text := _annotation_text(part)):
            return text
    return ""


def _strings_below_fields(cls: type) -> dict[str, str]:
    """`name: type` followed by a string alone on its line, through the class's bases."""
    texts: dict[str, str] = {}
    for owner in reversed(cls.__mro__):
        if owner.__module__.partition(".")[0] in {"builtins", "msgspec", "typing"}:
            continue
        (body,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
        statements = body.body if isinstance(body, ast.ClassDef) else []
        for field, below in pairwise(statements):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(below, ast.Expr)
                and isinstance(below.value, ast.Constant)
                and isinstance(below.value.value, str)
            ):
                texts[field.target.id] = inspect.cleandoc(below.value.value)
    return texts


def type_name(annotation: object) -> str:
    """A type as a reader writes it: without modules, and without what `Annotated` adds."""
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return type_name(parts[0])
    if origin in {typing.Union, types.UnionType}:
        return " | ".join(type_name(part) for part in parts)
    if origin is typing.Literal:
        return " | ".join(repr(part).replace("'", '"') for part in parts)
    if origin is not None and origin is not type:
        name = getattr(origin, "__name__", str(origin))
        return f"{name}[{', '.join(type_name(part) for part in parts)}]"
    if annotation is type(None):
        return "null"
    if annotation is Ellipsis:
        return "..."
    return getattr(annotation, "__name__", str(annotation))


def _default(value: object, factory: object, nothing: object) -> str:
    if factory is not nothing:
        return {"list": "[]", "dict": "{}", "tuple": "[]"}.get(
            getattr(factory, "__name__", ""), f"{type_name(factory)}()"
        )
    if value is nothing:
        return ""
    try:
        return msgspec.json.encode(value).decode()
    except TypeError:
        return str(value)


def fields(cls: type) -> tuple[Field, ...]:
    """The fields of a msgspec Struct or a dataclass, with types, defaults and descriptions."""
    below = _strings_below_fields(cls)
    if issubclass(cls, msgspec.Struct):
        return tuple(
            Field(
                found.encode_name,
                type_name(found.type),
                _default(found.default, found.default_factory, msgspec.NODEFAULT),
                _annotation_text(found.type) or below.get(found.name, ""),
            )
            for found in msgspec.structs.fields(cls)
        )
    hints = typing.get_type_hints(cls, include_extras=True)
    if not is_dataclass(cls):
        raise TypeError(f"{cls} has no fields to describe: neither a Struct nor a dataclass")
    return tuple(
        Field(
            found.name,
            type_name(hints[found.name]),
            _default(found.default, found.default_factory, MISSING),
            _annotation_text(hints[found.name]) or below.get(found.name, ""),
        )
        for found in dataclass_fields(cls)
    )


def facts() -> list[Item] | None:
    """Everything that can stand in the record."""
    event = module("watchroom.record.event")
    if event is None:
        return None
    import_everything()
    return [Item(event.kind_of(cls), docstring(cls), cls.__module__, fields(cls)) for cls in subclasses(event.Fact)]


def commands() -> list[Item] | None:
    """Everything that can be asked of a room; the fields common to all are described once, at the top of the page."""
    command = module("watchroom.base.command")
    if command is None:
        return None
    import_everything()
    asked: list[Any] = list(subclasses(command.Command))
    common = {field.name for field in fields(command.Command)}
    return [
        Item(
            str(cls.__struct_config__.tag),
            docstring(cls),
            cls.__module__,
            tuple(field for field in fields(cls) if field.name not in common),
        )
        for cls in asked
        if cls.__struct_config__.tag is not None
    ]


def settings() -> list[Item] | None:
    """The one configuration; a field that is a Struct of its own becomes a section."""
    config = module("watchroom.config")
    if config is None:
        return None
    return list(_sections(config.Settings, ""))


def _sections(cls: type, prefix: str) -> Iterator[Item]:
    own, below = [], []
    hints = typing.get_type_hints(cls)
    for field in fields(cls):
        kind = hints.get(field.name)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            below.append((kind, f"{prefix}{field.name}."))
        else:
            own.append(Field(prefix + field.name, field.type, field.default, field.description))
    yield Item(prefix.rstrip(".") or "settings", docstring(cls), cls.__module__, tuple(own), fields_described=True)
    for kind, name in below:
        yield from _sections(kind, name)


def routes() -> list[Item] | None:
    """Every URL. The one seam to Litestar: reads `watchroom.web.routes.ROUTES`, a sequence of handlers and routers.

    A raw ASGI handler says its methods in `opt={"methods": ("POST",)}`; without, it answers any.
    """
    web = module("watchroom.web.routes")
    if web is None:
        return None
    litestar = importlib.import_module("litestar")
    items = []
    for route in litestar.Router("/", route_handlers=list(web.ROUTES)).routes:
        for handler in getattr(route, "route_handlers", None) or [route.route_handler]:
            if handler.fn.__module__.startswith("litestar."):
                continue  # Litestar's own answer to OPTIONS
            methods = getattr(handler, "http_methods", None) or handler.opt.get("methods") or ("any",)
            text = getattr(handler, "description", None) or docstring(handler.fn)
            items.append(Item(f"{' '.join(sorted(methods))} {route.path}", text, handler.fn.__module__))
    return items


def shell() -> list[Item] | None:
    """Every command of the shell with its flags, read from the cyclopts app."""
    cli = module("watchroom.cli")
    return None if cli is None else list(shell_items(cli.app))


def shell_items(app: Any, path: str = "watchroom") -> Iterator[Item]:
    """A command, then the commands below it, in alphabetical order."""
    flags: tuple[Field, ...] = ()
    if app.default_command is not None:
        flags = tuple(
            Field(
                ", ".join(argument.names),
                type_name(argument.hint),
                _default(argument.field_info.default, inspect.Parameter.empty, inspect.Parameter.empty),
                argument.parameter.help or "",
            )
            for argument in app.assemble_argument_collection(parse_docstring=True)
            if argument.show
        )
    text = re.split(r"\n\s*(?:Parameters\n|Args:|:param )", inspect.cleandoc(app.help or ""))[0].strip()
    yield Item(path, text, fields=flags, fields_described=True)
    for name in sorted({name for name in app if not name.startswith("-")}):
        yield from shell_items(app[name], f"{path} {name}")


def templates() -> list[Item] | None:
    """Each template with the class whose fields are its variables, as `web/html/render` pairs them."""
    render = module("watchroom.web.html.render")
    if render is None:
        return None
    pairs: Mapping[str, type] = render.TEMPLATES
    return [
        Item(name, docstring(cls), cls.__module__, fields(cls), fields_described=True) for name, cls in pairs.items()
    ]


def _storey(item: Item) -> tuple[int, str, str]:
    area = item.module.partition(".")[2].partition(".")[0]
    return (STOREYS.index(area) if area in STOREYS else len(STOREYS), item.module, item.name)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _table(rows: Iterable[Field]) -> str:
    lines = ["| name | type | default | |", "|---|---|---|---|"]
    for row in rows:
        default = f"`{_cell(row.default)}`" if row.default else "-"
        lines.append(f"| `{_cell(row.name)}` | {_cell(row.type)} | {default} | {_cell(row.description)} |")
    return "\n".join(lines) + "\n"


def _page(title: str, introduction: str, items: Iterable[Item], *, by_module: bool) -> str:
    text = [f"# {title}\n\n{HEAD}{introduction}"]
    last = ""
    for item in sorted(items, key=_storey) if by_module else items:
        if by_module and item.module != last:
            last = item.module
            text.append(f"\n## {last.removeprefix('watchroom.').replace('.', '/')}\n")
        text.append(f"\n### `{item.name}`\n\n{item.description}\n")
        if item.fields:
            text.append("\n" + _table(item.fields))
    return "".join(text)


def _routes_page(items: Iterable[Item]) -> str:
    lines = [f"# HTTP\n\n{HEAD}Every URL that Watchroom answers. The machine's version is `/openapi.json`.\n\n"]
    lines.append("| call | does |\n|---|---|\n")
    for item in sorted(items, key=lambda item: item.name.partition(" ")[::-1]):
        lines.append(f"| `{_cell(item.name)}` | {_cell(item.description.partition(chr(10) * 2)[0])} |\n")
    return "".join(lines)


def _common_fields() -> str:
    command = importlib.import_module("watchroom.base.command").Command
    return f"\n{docstring(command)}\n\n{_table(fields(command))}"


def parts() -> dict[str, list[Item]]:
    """Page name -> what stands on it, for every part that is built."""
    found = {
        "facts.md": facts(),
        "commands.md": commands(),
        "settings.md": settings(),
        "http.md": routes(),
        "cli.md": shell(),
        "templates.md": templates(),
    }
    return {name: items for name, items in found.items() if items is not None}


def pages(found: Mapping[str, list[Item]]) -> dict[str, str]:
    """Page name -> its text."""
    writers: dict[str, Callable[[list[Item]], str]] = {
        "facts.md": lambda items: _page("Facts", FACTS, items, by_module=True),
        "commands.md": lambda items: _page("Commands of the room", COMMANDS + _common_fields(), items, by_module=True),
        "settings.md": lambda items: _page("Settings", SETTINGS, items, by_module=False),
        "http.md": _routes_page,
        "cli.md": lambda items: _page("Command line", "Each command answers `--help`.\n", items, by_module=False),
        "templates.md": lambda items: _page("Template variables", TEMPLATES, items, by_module=True),
    }
    return {name: writers[name](items) for name, items in found.items()}


def missing(found: Mapping[str, list[Item]]) -> list[str]:
    """Everything that has no description, by page."""
    return [f"{page}: {name}" for page, items in found.items() for item in items for name in item.missing()]


def stale(written: Mapping[str, str]) -> list[str]:
    """The pages whose file says something else than the code."""
    return [
        name
        for name, text in written.items()
        if not (DOCS / name).exists() or (DOCS / name).read_text(encoding="utf-8") != text
    ]


def main() -> int:
    found = parts()
    for name, text in pages(found).items():
        (DOCS / name).write_text(text, encoding="utf-8")
        print(f"docs/{name}: {len(found[name])}")
    for line in missing(found):
        print(f"no description: {line}", file=sys.stderr)
    return 1 if missing(found) else 0


if __name__ == "__main__":
    sys.exit(main())
