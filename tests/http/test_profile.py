"""The profile over HTTP and by the shell: read, tried out, chosen, written by oneself; what is wrong is said."""

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from tests.http.server import Server, refused, unique
from tests.shell.shell import here, run, said
from watchroom.cli import main
from watchroom.incident.shipped import NAMES, text

HERE = "/settings/profile"
OWN = text("itil-15").replace('name = "itil-15"', 'name = "ours"').replace("people_per_lead = 6", "people_per_lead = 5")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own: the profile is everybody's."""
    with Server(tmp_path, profile="sre-3") as running:
        yield running
        with running.client() as client:
            assert "watchroom_unexpected_errors_total 0.0" in client.get("/metrics").text


@pytest.fixture
def api(server: Server) -> Iterator[httpx.Client]:
    with server.client(server.token("admin")) as client:
        yield client


def test_it_is_read_tried_out_and_changed(api: httpx.Client) -> None:
    shown = api.get("/api/v1/profile").json()
    assert (shown["version"], shown["profile"]["name"], shown["available"]) == (0, "sre-3", list(NAMES))
    seen = api.post("/api/v1/profile/preview", json={"name": "itil-50"}).json()
    fields = [each["field"] for each in seen["differences"]]
    assert "severity.few.high" in fields
    assert "sla[SEV1].respond_s" in fields
    assert api.get("/api/v1/profile").json()["version"] == 0
    before = api.post("/api/v1/incidents", json={"title": "x", "impact": "few", "urgency": "high"}).json()["id"]
    done = api.put("/api/v1/profile", json={"name": "itil-50", "reason": "A contract", "version": 0})
    assert (done.status_code, done.json()["version"], done.json()["shipped"]) == (200, 1, True)
    after = api.post("/api/v1/incidents", json={"title": "x", "impact": "few", "urgency": "high"}).json()["id"]
    old, new = (api.get(f"/api/v1/incidents/{room}").json() for room in (before, after))
    assert (old["severity"], old["profile"]["name"], old["service_levels"]) == ("SEV3", "sre-3", [])
    assert (new["severity"], new["profile"]["name"]) == ("SEV2", "itil-50")
    assert [each["target"] for each in new["service_levels"]] == ["respond", "restore"]
    due = [each["what"] for lane in api.get(f"/api/v1/incidents/{after}/flow").json()["cycles"] for each in lane["due"]]
    assert due == [
        "response, as promised",
        "service restored, as promised",
        "update to customers, by profile",
        "update to support, by profile",
        "update to leadership, by profile",
    ]
    assert refused(api.put("/api/v1/profile", json={"name": "sre-3", "version": 0}), 409)["code"] == "conflict"


def test_one_of_ones_own_as_a_file_or_as_json(api: httpx.Client) -> None:
    done = api.put("/api/v1/profile", json={"toml": OWN}).json()
    assert (done["version"], done["shipped"], done["profile"]["crew"]["people_per_lead"]) == (1, False, 5)
    again = api.put("/api/v1/profile", json={"profile": done["profile"]}).json()
    assert (again["version"], again["digest"]) == (1, done["digest"])
    assert api.put("/api/v1/profile", json={"toml": done["toml"]}).json()["version"] == 1


@pytest.mark.parametrize(
    ("body", "says", "hint"),
    [
        ("{}", "none or several", "itil-15"),
        ('{"name": "sre-3", "toml": "x"}', "none or several", "itil-15"),
        ('{"name": "sre-4"}', "no shipped profile", "sre-50"),
        ('{"toml": "name = "}', "toml:1: it is not TOML", "docs/profiles.md"),
        ('{"profile": {"nam": "x"}}', "nam is no field", "Did you mean name?"),
        ('{"profile": {}}', "name is missing", "docs/profiles.md"),
        ('{"profile": []}', "must be an object", "Send"),
        ('{"nam": "sre-3"}', "there is no field nam", "Send"),
        ("[", "", ""),
    ],
)
def test_what_cannot_be_kept_is_said(api: httpx.Client, body: str, says: str, hint: str) -> None:
    for method, at in (("PUT", "/api/v1/profile"), ("POST", "/api/v1/profile/preview")):
        error = refused(api.request(method, at, content=body), 400)
        assert says in error["message"]
        assert hint in error["hint"]
    assert api.get("/api/v1/profile").json()["version"] == 0


def test_a_shipped_name_means_one_thing(api: httpx.Client) -> None:
    other = text("sre-15").replace("people_per_lead = 7", "people_per_lead = 5")
    error = refused(api.put("/api/v1/profile", json={"toml": other}), 400)
    assert "name of a shipped profile" in error["message"]


def test_only_an_admin_changes_it(server: Server) -> None:
    with server.client(server.token("respond", "read")) as client:
        assert client.get("/api/v1/profile").status_code == 200
        assert len(client.get("/api/v1/profile/shipped").json()["items"]) == 6
        refused(client.put("/api/v1/profile", json={"name": "sre-50"}), 403)
    with server.client() as client:
        refused(client.get("/api/v1/profile"), 401)


def test_the_page_is_worked_without_a_script(server: Server, api: httpx.Client) -> None:
    client, csrf = server.session(f"{unique('admin')}@example.com")
    with client:
        page = unescape(client.get(HERE).text)
        assert "In force: SRE, a team of 3" in page
        tried = unescape(client.post(HERE, data={"csrf": csrf, "version": "0", "do": "try:itil-50"}).text)
        assert "What would change" in tried
        assert "Trying out: ITIL, a team of 50" in tried
        assert api.get("/api/v1/profile").json()["version"] == 0
        whole = re.search(r"<textarea name=\"text\" hidden>\n?(.*?)</textarea>", tried, re.DOTALL)
        assert whole is not None
        fields = {"csrf": csrf, "version": "0", "text": whole[1].replace("\n", "\r\n"), "reason": "Bigger"}
        kept = unescape(client.post(HERE, data={**fields, "do": "save"}).text)
        assert "Kept as version 1." in kept
        assert api.get("/api/v1/profile").json()["profile"]["name"] == "itil-50"
        late = client.post(HERE, data={**fields, "text": OWN, "do": "save"})
        assert (late.status_code, "changed meanwhile" in late.text) == (409, True)
        bad = client.post(HERE, data={**fields, "version": "1", "text": "nam = 1 <script>", "do": "preview"})
        assert (bad.status_code, "the text:1" in bad.text, "<script>" in bad.text) == (400, True, False)
        back = unescape(client.post(HERE, data={"csrf": csrf, "version": "1", "do": "restore:1"}).text)
        assert "nothing" in back
        assert client.post(HERE, data={"csrf": csrf, "do": "restore:99"}).status_code == 400
        assert client.post(HERE, data={"csrf": "wrong", "do": "preview"}).status_code == 403


def test_approval_is_a_box_on_the_page(server: Server, api: httpx.Client) -> None:
    page = {"Accept": "text/html"}
    tried = api.post(
        HERE, data={"do": "approval", "approval": ["customers", "regulator"], "version": "0"}, headers=page
    )
    assert "cadence.approval" in tried.text
    assert api.get("/api/v1/profile").json()["version"] == 0
    text_tried = re.search(r'<textarea name="text" hidden>(.*?)</textarea>', tried.text, re.DOTALL)
    assert text_tried is not None
    kept = {"do": "save", "text": unescape(text_tried[1]), "version": "0", "reason": "Legal asked"}
    assert api.post(HERE, data=kept, headers=page).status_code == 200
    now = api.get("/api/v1/profile").json()
    assert now["profile"]["cadence"]["approval"] == ["customers", "regulator"]
    assert now["profile"]["name"] == "sre-3-own"
    wrong = api.post(HERE, data={"do": "approval", "approval": "aliens", "version": "1"}, headers=page)
    assert wrong.status_code == 400
    assert "no audience" in unescape(wrong.text)


def test_by_the_shell_without_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "* " in said(run(tmp_path, "profile", "list"))
    assert said(run(tmp_path, "profile", "show", "sre-3")).startswith("# SRE, a team of 3")
    file = tmp_path / "ours.toml"
    file.write_text(OWN, encoding="utf-8")
    assert main(["profile", "check", str(file), "--against", "itil-15"]) == 0
    checked = capsys.readouterr().out
    assert "ours is whole" in checked
    assert "crew.people_per_lead" in checked
    assert "version 1" in said(here(tmp_path, "profile", "set", str(file), "--reason", "Ours"))
    shown = json.loads(said(here(tmp_path, "profile", "show", "--json")))
    assert (shown["version"], shown["profile"]["name"], shown["reason"]) == (1, "ours", "Ours")
    again = tmp_path / "again.toml"
    again.write_text(said(here(tmp_path, "profile", "show")), encoding="utf-8")
    assert "ours" in said(here(tmp_path, "profile", "set", str(again)))
    assert json.loads(said(here(tmp_path, "profile", "show", "--json")))["version"] == 1
    file.write_text(OWN.replace("people_per_lead", "people_per_led"), encoding="utf-8")
    assert main(["profile", "check", str(file)]) == 1
    wrong = capsys.readouterr().err
    assert f"{file}:" in wrong
    assert "Did you mean people_per_lead?" in wrong
    nothing = here(tmp_path, "profile", "set", "sre-4")
    assert (nothing.status, "sre-50" in nothing.err) == (1, True)
