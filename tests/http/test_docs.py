"""The commands of docs/api.md are run as they stand, and what docs/senders.md names is there."""

import os
import re
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.http.server import Server, unique
from watchroom.people.source import KINDS, urls

DOCS = Path(__file__).resolve().parents[2] / "docs"


def blocks(page: str, language: str) -> list[str]:
    """The blocks of code of a page."""
    return re.findall(
        rf"^```{language}\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


@pytest.mark.peer("curl")
def test_an_ordinary_incident_by_curl(server: Server, api: httpx.Client) -> None:
    script = "set -eu\n" + "\n".join(blocks("api.md", "sh")) + '\necho "ROOM=$ROOM"\n'
    script = script.replace("checkout-uk", unique("checkout-uk"))
    env = {
        "PATH": os.environ["PATH"],
        "WATCHROOM": server.url,
        "TOKEN": server.token("read", "respond", "signals", person="walker@example.com"),
        "no_proxy": "*",
    }
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    room = done.stdout.strip().rpartition("ROOM=")[2]
    shown = api.get(f"/api/v1/incidents/{room}").json()
    assert shown["status"] == "closed"
    assert shown["severity"] == "SEV1"
    assert [each["text"] for each in shown["hypotheses"]] == ["Release 412 broke the address form"]
    assert shown["impact"]["mitigated_at"]
    assert shown["resolution"]["understood"] == "yes"
    assert (shown["reopened"], shown["impact"]["returned"]) == (1, 1)
    assert shown["review"]["need"] == "required"
    assert "closed\n" in done.stdout
    assert [page["state"] for page in shown["pages"]] == [
        "withdrawn",
        "acknowledged",
        "withdrawn",
        "withdrawn",
        "acknowledged",
        # The command that was handed to Ines, and taken back from her before she answered.
        "withdrawn",
    ]
    assert [task["state"] for task in shown["tasks"]] == ["reported"]
    assert [item["used"] for item in shown["inbound"]] == [True]
    assert [each["state"] for each in shown["escalations"]] == ["settled", "asked"]
    assert [each["state"] for each in shown["decisions"]] == ["decided", "holding"]
    assert [each["state"] for each in shown["unknowns"]] == ["answered"]
    assert shown["interventions"][0]["services"] == ["checkout"]
    assert shown["detection"]["timing"] == "timely"
    assert "Impact: 31 % of UK orders fail" in done.stdout
    assert [toll["person"] for toll in shown["review"]["recovery"]] == ["walker@example.com"]
    assert '"stretches":1' in done.stdout.replace(" ", "").replace("'", '"')


def test_the_addresses_of_senders_are_the_ones_that_sources_print() -> None:
    made = urls("http://127.0.0.1:8710", "alertmanager", "KEY")
    yaml = "".join(blocks("senders.md", "yaml"))
    assert f"url: {made['signals']}\n" in yaml
    assert "path_prefix: /in/KEY\n" in yaml
    assert made["alerts"].endswith("/in/KEY/api/v2/alerts")
    page = (DOCS / "senders.md").read_text(encoding="utf-8")
    for kind in KINDS:
        for name, address in urls("http://127.0.0.1:8710", kind, "KEY").items():
            assert name == "alerts" or address.removeprefix("http://127.0.0.1:8710") in page, address
