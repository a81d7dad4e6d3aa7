"""The suite run by several processes says what one process would say, and misses nothing."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFTEST = """
from tests import side_by_side

def pytest_addoption(parser):
    side_by_side.add_options(parser)

def pytest_configure(config):
    side_by_side.configure(config)
"""
# The first process must not have run every file before its helper takes one, so its first file waits for the other's.
WAITS = """
import pathlib, time, pytest

@pytest.fixture(scope="module")
def once(request):
    yield "once"

def test_meets_the_helper(once):
    while not pathlib.Path("helper").exists():
        time.sleep(0.01)

def test_left_out():
    pytest.skip("not today")
"""
HELPED = """
import os, pathlib, pytest

@pytest.fixture(scope="module")
def place():
    return pathlib.Path("helper")

def test_is_run_by_the_helper(place, request):
    assert request.config.getoption("--helps")
    place.touch()

@pytest.mark.parametrize("number", [1, 2, 3])
def test_fails_once(place, number):
    assert number != 2, "two is one too many"

@pytest.mark.xfail(reason="known")
def test_known():
    assert False
"""


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "pytest.ini").write_text("[pytest]\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-ra", "--timeout", "60", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_two_processes_report_as_one(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(WAITS)
    (tmp_path / "test_b.py").write_text(HELPED)
    done = run(tmp_path, "--processes", "2")
    assert done.returncode == 1, done.stdout
    assert re.search(r"= 1 failed, 4 passed, 1 skipped, 1 xfailed in ", done.stdout), done.stdout
    assert "FAILED test_b.py::test_fails_once[2] - AssertionError: two is one too many" in done.stdout
    assert re.search(r"SKIPPED \[1\] test_a\.py:\d+: not today", done.stdout), done.stdout


@pytest.mark.parametrize(
    ("ends", "says"),
    [
        ("os._exit(7)", "A helper ended with 7."),
        ("os._exit(0)", "tests were not reported, the first of them test_b.py"),
    ],
)
def test_a_helper_that_breaks_is_never_a_pass(tmp_path: Path, ends: str, says: str) -> None:
    (tmp_path / "test_a.py").write_text(WAITS)
    (tmp_path / "test_b.py").write_text(HELPED + f"\n\ndef test_breaks():\n    {ends}\n")
    done = run(tmp_path, "--processes", "2")
    assert done.returncode == 2, done.stdout
    assert says in done.stdout


def test_the_first_failure_ends_both_where_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(WAITS)
    (tmp_path / "test_b.py").write_text(HELPED)
    done = run(tmp_path, "--processes", "2", "-x")
    assert done.returncode == 1, done.stdout
    assert "stopping after 1 failures" in done.stdout
