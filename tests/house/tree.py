"""Rules about the files of the repository: what they may name, how big they may be, what vendored code must carry.

Called by test_tree.py, with the tree's files or with small bad ones. Reads files, changes none.
"""

import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.house.source import HOUSE

BINARY_BYTES_MAX = 200_000
VENDOR = "vendor"
SUMS = "SHA256SUMS"

# Folders that tools and installs make; only walked around when git is not there to say what belongs to the tree.
NOT_OURS = {
    ".git",
    ".venv",
    ".venv-lock",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    "__pycache__",
    "data",
}

# Files whose whitespace is judged. Ruff judges Python, two blanks at the end of a line mean something in Markdown, and
# captured data is as it came.
TIDY = {"", ".css", ".html", ".js", ".toml", ".yaml", ".yml"}

# Package registries' hosts. Written in halves, so that this file passes its own rule.
REGISTRIES = tuple(
    ".".join(halves)
    for halves in (
        ("py" + "pi", "org"),
        ("python" + "hosted", "org"),
        ("npm" + "js", "org"),
        ("npm" + "js", "com"),
        ("yarn" + "pkg", "com"),
        ("deb.deb" + "ian", "org"),
        ("snapshot.deb" + "ian", "org"),
        ("security.deb" + "ian", "org"),
        ("crates", "io"),
        ("proxy.go" + "lang", "org"),
        ("maven", "org"),
        ("ruby" + "gems", "org"),
    )
)
REGISTRY = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, REGISTRIES))})(?![\w-])")
# Paths that only one machine has: of a work place, of a home, of a private package folder.
MACHINE = re.compile(r"(?<![\w.$}/-])/(?:work|root|home/\w+|opt/py\w+|Users/\w+)/")


def files() -> list[Path]:
    """Every file that is, or is about to be, committed."""
    git = shutil.which("git")
    if git and (HOUSE / ".git").exists():
        command = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=HOUSE, capture_output=True, check=True).stdout.decode()
        paths = [HOUSE / name for name in sorted(set(listed.split("\0"))) if name]
    else:
        paths = [path for path in sorted(HOUSE.rglob("*")) if not NOT_OURS & set(path.relative_to(HOUSE).parts)]
    return [path for path in paths if path.is_file()]


def text_of(data: bytes) -> str | None:
    """The file's text, or None when it is binary."""
    if b"\0" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def is_vendored(where: str) -> bool:
    return f"/{VENDOR}/" in f"/{where}"


def outside_names(where: str, data: bytes) -> Iterator[str]:
    """Nothing in the tree names a package registry's host or a path of one machine."""
    text = text_of(data)
    if text is None or is_vendored(where):
        return
    for number, line in enumerate(text.splitlines(), 1):
        for host in REGISTRY.findall(line):
            yield f"{where}:{number}: names {host}; a registry is the installer's choice"
        if MACHINE.search(line):
            yield f"{where}:{number}: names a path of one machine"


def big_binaries(where: str, data: bytes) -> Iterator[str]:
    """A binary is small, or vendored with its sum and licence."""
    if text_of(data) is None and len(data) > BINARY_BYTES_MAX and not is_vendored(where):
        yield f"{where}: a binary of {len(data):,} bytes, {BINARY_BYTES_MAX:,} at most"


def whitespace(where: str, data: bytes) -> Iterator[str]:
    """Text ends in one line feed, has no carriage returns and no trailing blanks."""
    text = text_of(data)
    if not text or is_vendored(where) or Path(where).suffix not in TIDY:
        return
    if "\r" in text:
        yield f"{where}: has carriage returns"
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield f"{where}: must end in one line feed"
    for number, line in enumerate(text.splitlines(), 1):
        if line != line.rstrip():
            yield f"{where}:{number}: trailing blanks"


def vendor_folder(folder: Path) -> Iterator[str]:
    """Code of others: each file's sum stands in SHA256SUMS, each sum has its file, and a licence lies beside it."""
    if not (folder / SUMS).exists():
        yield f"{folder.name}/{SUMS} is missing"
        return
    sums: dict[str, str] = {}
    for line in (folder / SUMS).read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition(" ")
        sums[name.strip().removeprefix("*").removeprefix("./")] = digest
    present = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    del present[SUMS]
    for name, path in present.items():
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if name not in sums:
            yield f"{folder.name}/{name}: not in {SUMS}"
        elif sums[name] != found:
            yield f"{folder.name}/{name}: differs from its sum in {SUMS}"
        if not _is_licence(path) and not any(_is_licence(beside) for beside in path.parent.iterdir()):
            yield f"{folder.name}/{name}: no licence file lies beside it"
    yield from (f"{folder.name}/{name}: in {SUMS}, but not there" for name in sums.keys() - present.keys())


def _is_licence(path: Path) -> bool:
    return bool(re.search(r"licen[cs]e|copying|notice", path.name, re.IGNORECASE))
