"""Rules about one module's source: what it may call, how long it may be, how it may catch and be named.

Each rule takes a module and yields faults; test_source.py runs all of them over the tree, and a small bad example
through each.
To break a rule for a good reason, change the rule here, in the same commit, and say why.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tests.house.source import Fault, Module, dotted_names

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
SUPERVISED_EDGES_MAX = 22
REASON_LETTERS_MIN = 12

# Dotted beginning of a call or a name -> what to use instead. Only base/ may touch these.
TIME_AND_CHANCE: dict[str, str] = {
    "asyncio.get_event_loop": "take the clock as an argument",
    "datetime.date.today": "take the time as an argument (base.clock)",
    "datetime.datetime.now": "take the time as an argument (base.clock)",
    "datetime.datetime.today": "take the time as an argument (base.clock)",
    "datetime.datetime.utcnow": "take the time as an argument (base.clock)",
    "numpy.random": "take a named stream of the seed (base.rng)",
    "os.getrandom": "take ids and randomness as an argument (base.rng)",
    "os.urandom": "take ids and randomness as an argument (base.rng)",
    "random": "take a named stream of the seed (base.rng)",
    "secrets": "take ids and randomness as an argument (base.rng); compare secrets with hmac.compare_digest",
    "threading.Timer": "let timers.py write a fact when its time comes",
    "time": "take the clock as an argument (base.clock)",
    "uuid.getnode": "take ids as an argument (base.rng)",
    "uuid.uuid1": "take ids as an argument (base.rng)",
    "uuid.uuid4": "take ids as an argument (base.rng)",
    "uuid.uuid6": "take ids as an argument (base.rng)",
    "uuid.uuid7": "take ids as an argument (base.rng)",
}
# Names below a banned one that are only types, for annotations.
ONLY_TYPES = ("numpy.random.Generator", "numpy.random.SeedSequence", "numpy.random.BitGenerator", "random.Random")

ENVIRONMENT = ("os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv", "os.unsetenv")
# The package itself, whose area is "", tells numerical libraries how many threads they may have, before they load.
ENVIRONMENT_AREAS = ("", "config_sources", "cli", "__main__")

SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE TABLE|DEFAULT)\b")
SQL_CLOCK = re.compile(
    r"\b(current_timestamp|current_date|current_time|localtimestamp)\b|\b(now|clock_timestamp|random|gen_random_uuid)\s*\(\s*\)"
    r"|\b(datetime|date|time|julianday|unixepoch|strftime)\s*\([^)]*'now'",
    re.IGNORECASE,
)

# Names that say what a file is to the programmer instead of what it is about.
EMPTY_NAMES = {
    "base_utils", "bl", "common", "commons", "core", "helper", "helpers", "impl", "interactive", "lib", "manager",
    "managers", "misc", "model", "models", "service", "services", "shared", "stuff", "tools", "util", "utilities",
    "utils", "views",
}  # fmt: skip


def _is_of(name: str, banned: str) -> bool:
    return name == banned or name.startswith(banned + ".")


def time_and_chance(source: Module) -> Iterator[Fault]:
    """No clock and no dice outside base/: both arrive as arguments, so that a drill can be replayed."""
    if source.area == "base":
        return
    for name, line in dotted_names(source):
        for banned, instead in TIME_AND_CHANCE.items():
            if _is_of(name, banned) and not any(_is_of(name, kind) for kind in ONLY_TYPES):
                # A bare module name is half of a longer one that is judged by itself.
                if name == banned and banned in {"random", "numpy.random"}:
                    continue
                yield Fault(source.where, line, f"{name}: {instead}")
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and node.attr == "time" and _is_running_loop(node.value):
            yield Fault(source.where, node.lineno, "the event loop's time is a clock: take the clock as an argument")


def _is_running_loop(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("get_running_loop", "get_event_loop"))


def no_sleep(source: Module) -> Iterator[Fault]:
    """`asyncio.sleep(0)` gives others a turn and is allowed; waiting is the clock's business: a drill speeds it up."""
    if source.area == "base":
        return
    allowed = set[int]()
    for node in source.nodes:
        if isinstance(node, ast.Call) and [ast.unparse(argument) for argument in node.args] == ["0"]:
            allowed.add(node.func.lineno)
    for name, line in dotted_names(source):
        if name in {"asyncio.sleep", "anyio.sleep"} and line not in allowed:
            yield Fault(
                source.where, line, f"{name}: wait with the clock's sleep (base.clock), which a drill can speed up"
            )


def environment(source: Module) -> Iterator[Fault]:
    """The environment is read once, in config_sources.py; cli.py may pass it on."""
    if source.area in ENVIRONMENT_AREAS:
        return
    for name, line in dotted_names(source):
        if any(_is_of(name, banned) for banned in ENVIRONMENT):
            yield Fault(source.where, line, f"{name}: add a setting to config.py and take it as an argument")


def no_clock_in_sql(source: Module) -> Iterator[Fault]:
    """A statement never reads the database's clock or dice: its time could not be a drill's."""
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
            found = SQL_CLOCK.search(node.value)
            if found:
                yield Fault(
                    source.where, node.lineno, f"SQL reads a clock or dice ({found.group(0)}); pass the value in"
                )


def length(source: Module) -> Iterator[Fault]:
    """Files and functions short enough to be read in one go."""
    lines = len(source.text.splitlines())
    if lines > FILE_LINES_MAX:
        yield Fault(source.where, FILE_LINES_MAX, f"{lines} lines, {FILE_LINES_MAX} at most: is it two concepts?")
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            long = (node.end_lineno or node.lineno) - node.lineno + 1
            if long > FUNCTION_LINES_MAX:
                says = f"{node.name} has {long} lines, {FUNCTION_LINES_MAX} at most: is it two steps?"
                yield Fault(source.where, node.lineno, says)


def names(source: Module) -> Iterator[Fault]:
    """Files and packages are nouns of the field."""
    for part in source.name.split("."):
        words = part.split("_")
        if part in EMPTY_NAMES or words[-1] in {"utils", "util", "helper", "helpers", "manager", "service"}:
            yield Fault(source.where, 1, f"'{part}' says nothing about the field; name it after what it is about")


def docstring(source: Module) -> Iterator[Fault]:
    """A module says what it is, who calls it, what it never does. An empty `__init__.py` may stay empty."""
    if source.tree.body and not ast.get_docstring(source.tree):
        yield Fault(source.where, 1, "no module docstring: what it is, who calls it, what it never does")


def _broad(kind: ast.expr | None) -> bool:
    if kind is None:
        return True
    if isinstance(kind, ast.Tuple):
        return any(_broad(one) for one in kind.elts)
    return ast.unparse(kind).rpartition(".")[2] in {
        "Exception",
        "BaseException",
        "ExceptionGroup",
        "BaseExceptionGroup",
    }


def supervised_edges(source: Module) -> list[tuple[int, str]]:
    """Lines that catch everything, each with the reason that its `# supervised:` comment gives, or an empty one."""
    edges = []
    for node in source.nodes:
        if isinstance(node, ast.ExceptHandler) and _broad(node.type):
            _, _, reason = source.line(node.lineno).partition("# supervised:")
            edges.append((node.lineno, reason.strip()))
    return edges


def broad_catches(source: Module) -> Iterator[Fault]:
    """Everything is caught only at a supervised edge, whose line says why: `except Exception:  # supervised: …`."""
    for line, reason in supervised_edges(source):
        if len(reason) < REASON_LETTERS_MIN:
            says = "catches everything; name the error, or mark a supervised edge: `# supervised: why, and who sees it`"
            yield Fault(source.where, line, says)
    for node in source.nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress") and any(map(_broad, node.args)):
            yield Fault(source.where, node.lineno, "suppresses everything; name the error")


def loose_ends(source: Module) -> Iterator[Fault]:
    """No promises in comments, and no silenced check without the name of what is silenced."""
    promise = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK")) + r")\b")
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type not in {tokenize.COMMENT, tokenize.STRING}:
            continue
        if promise.search(token.string):
            yield Fault(source.where, token.start[0], "a promise in the source; do it, or open an issue")
        if token.type == tokenize.COMMENT and re.search(r"# (noqa|type: ignore)(?![:\[])", token.string):
            yield Fault(
                source.where, token.start[0], "silences every check; name the one: noqa: CODE, type: ignore[code]"
            )


# In reading order; test_source.py runs each over every module of src/watchroom.
RULES = (
    time_and_chance, no_sleep, environment, no_clock_in_sql, length, names, docstring, broad_catches, loose_ends,
)  # fmt: skip

# These hold for tests, benchmarks and documentation's own code as well.
RULES_EVERYWHERE = (loose_ends,)
