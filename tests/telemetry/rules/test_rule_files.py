"""The same rule tests, carried out by promtool and by us: the same outcome, also where the expectation is wrong."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.peers import require_peer
from tests.telemetry.rules.promtool import failures

FILES = Path(__file__).parent / "files"
NAMES = ["hold", "chain", "keep"]


def promtool(file: Path) -> tuple[bool, str]:
    """Whether promtool finds all as expected, and what it says."""
    ran = subprocess.run([require_peer("promtool"), "test", "rules", file], capture_output=True, text=True, check=False)
    return ran.returncode == 0, ran.stdout + ran.stderr


def copied(name: str, folder: Path, whole: dict[str, Any]) -> Path:
    (folder / f"{name}.rules.yml").write_text((FILES / f"{name}.rules.yml").read_text(encoding="utf-8"))
    (folder / "test.yml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    return folder / "test.yml"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_expected_is_so(name: str) -> None:
    assert failures(FILES / f"{name}.yml") == []


@pytest.mark.parametrize("name", NAMES)
def test_promtool_finds_the_same(name: str) -> None:
    passed, said = promtool(FILES / f"{name}.yml")
    assert passed, said


@pytest.mark.parametrize("name", NAMES)
def test_each_wrong_expectation_fails_in_both(name: str, tmp_path: Path) -> None:
    for place in range(len(yaml.safe_load((FILES / f"{name}.yml").read_text())["tests"][0]["alert_rule_test"])):
        whole = yaml.safe_load((FILES / f"{name}.yml").read_text(encoding="utf-8"))
        wanted = whole["tests"][0]["alert_rule_test"][place]
        wanted["exp_alerts"] = [] if wanted["exp_alerts"] else [{"exp_labels": {"job": "api"}}]
        file = copied(name, tmp_path, whole)
        assert failures(file), wanted
        assert not promtool(file)[0], wanted


TEXTS = [0.0, 1.0, 42.5, 999.5, 1234567.0, 0.00123, -86400.0 * 3 - 61, 1.7e9 + 0.25, 9e9, 1e-7, 123456789.0, 100000.0]


def test_templates_are_written_alike(tmp_path: Path) -> None:
    """Ours writes the texts; promtool is told to expect these."""
    whole: dict[str, Any] = {
        "rule_files": ["templates.rules.yml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "external_labels": {"region": "eu"},
                "external_url": "http://prometheus.example:9090/",
                "input_series": [
                    {"series": f'size{{name="abc n{place}"}}', "values": repr(value)}
                    for place, value in enumerate(TEXTS)
                ],
                "alert_rule_test": [{"eval_time": "0m", "alertname": "Texts", "exp_alerts": []}],
            }
        ],
    }
    (said,) = failures(copied("templates", tmp_path, whole))
    found = eval(said.partition(", got ")[2])  # our own repr, of lists of pairs of texts
    assert len(found) == len(TEXTS)
    whole["tests"][0]["alert_rule_test"][0]["exp_alerts"] = [
        {"exp_labels": dict(labels), "exp_annotations": dict(texts)} for labels, texts in found
    ]
    file = copied("templates", tmp_path, whole)
    assert failures(file) == []
    passed, outcome = promtool(file)
    assert passed, outcome
