"""The files of the repository keep the house's rules, and each rule finds what it is for."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.house import tree
from tests.house.source import HOUSE, keep


@pytest.mark.parametrize(
    "rule", [tree.outside_names, tree.big_binaries, tree.whitespace], ids=lambda rule: rule.__name__
)
def test_every_file(rule: Callable[[str, bytes], Iterator[str]]) -> None:
    keep(fault for path in tree.files() for fault in rule(path.relative_to(HOUSE).as_posix(), path.read_bytes()))


def test_vendored_code_is_what_it_says_and_has_its_licence() -> None:
    inside = {path for path in tree.files() if tree.is_vendored(path.relative_to(HOUSE).as_posix())}
    folders = {parent for path in inside for parent in path.parents if parent.name == tree.VENDOR}
    keep(
        f"{folder.parent.relative_to(HOUSE)}/{fault}"
        for folder in sorted(folders)
        for fault in tree.vendor_folder(folder)
    )


@pytest.mark.parametrize(
    "line",
    [
        "index = https://" + tree.REGISTRIES[0] + "/simple",
        "https://fi" + "les." + tree.REGISTRIES[1] + "/x.whl",
        "deb http://" + tree.REGISTRIES[5] + "/debian bookworm main",
        "cd /wo" + "rk/main",
        "open('/ro" + "ot/.ssh/id')",
        "--find-links=/op" + "t/pypi/simple",
    ],
)
def test_outside_names_are_found(line: str) -> None:
    assert list(tree.outside_names("docs/x.md", f"first\n{line}\n".encode()))


@pytest.mark.parametrize(
    "line",
    [
        "docs/wo" + "rk/plan.md",
        "https://example.org/wo" + "rk/x",
        "{{ base }}/wo" + "rk/",
        "my" + tree.REGISTRIES[0] + "anic",
    ],
)
def test_ordinary_text_passes(line: str) -> None:
    assert not list(tree.outside_names("docs/x.md", line.encode()))


def test_a_big_binary_is_found() -> None:
    data = bytes(tree.BINARY_BYTES_MAX + 1)
    assert list(tree.big_binaries("docs/screen.png", data))
    assert not list(tree.big_binaries("src/watchroom/web/static/vendor/font.woff2", data))
    assert not list(tree.big_binaries("docs/screen.png", data[:1000]))


@pytest.mark.parametrize("text", ["a = 1", "a = 1\n\n", "a = 1 \n", "a = 1\r\n"])
def test_untidy_text_is_found(text: str) -> None:
    assert list(tree.whitespace("src/x.css", text.encode()))


def test_vendored_faults_are_found(tmp_path: Path) -> None:
    folder = tmp_path / tree.VENDOR
    folder.mkdir()
    assert list(tree.vendor_folder(folder))

    code, licence, sums = folder / "chart.js", folder / "chart.LICENSE", folder / tree.SUMS
    code.write_text("code")
    licence.write_text("MIT")

    def sum_of(path: Path) -> str:
        return f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"

    sums.write_text(sum_of(code))
    assert list(tree.vendor_folder(folder)) == ["vendor/chart.LICENSE: not in SHA256SUMS"]
    whole = sum_of(code) + sum_of(licence)
    sums.write_text(whole)
    assert not list(tree.vendor_folder(folder))
    code.write_text("other code")
    assert list(tree.vendor_folder(folder)) == ["vendor/chart.js: differs from its sum in SHA256SUMS"]
    code.unlink()
    assert list(tree.vendor_folder(folder)) == ["vendor/chart.js: in SHA256SUMS, but not there"]
    code.write_text("code")
    licence.unlink()
    sums.write_text(sum_of(code))
    assert list(tree.vendor_folder(folder)) == ["vendor/chart.js: no licence file lies beside it"]
