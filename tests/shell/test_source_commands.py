"""`watchroom source`: everything that can be done to a sender by hand, with a server and without."""

import json
from pathlib import Path

from tests.http.server import Program, watchroom
from tests.shell.shell import here, run, said

MAPPING = {"title": "alert.name", "status": "alert.state", "status_words": {"BAD": "firing"}, "labels": {"a": '"b"'}}


def shown(data: Path, name: str = "legacy") -> dict[str, object]:
    found: dict[str, object] = json.loads(said(here(data, "source", "show", name, "--json")))
    return found


def test_without_a_server(tmp_path: Path) -> None:
    said(run(tmp_path, "source", "create", "legacy"))
    assert "600 s" in said(here(tmp_path, "source", "expect", "legacy", "--every-s", "600"))
    file = tmp_path / "mapping.json"
    file.write_text(json.dumps(MAPPING), encoding="utf-8")
    said(here(tmp_path, "source", "map", "legacy", str(file)))
    found = shown(tmp_path)
    assert (found["expect_every_s"], found["mapping"]) == (600, MAPPING)
    text = said(here(tmp_path, "source", "show", "legacy"))
    assert "silent after: 600 s" in text
    assert "alert.name" in text
    said(here(tmp_path, "source", "map", "legacy", "--remove"))
    assert shown(tmp_path)["mapping"] is None
    said(here(tmp_path, "source", "expect", "legacy", "--every-s", "0"))
    assert "may be silent" not in text
    said(here(tmp_path, "source", "rotate", "legacy"))
    said(here(tmp_path, "source", "end-previous-key", "legacy"))
    said(here(tmp_path, "source", "disable", "legacy", "--reason", "moved"))
    assert "disabled" in said(here(tmp_path, "source", "list"))
    assert "key: wr_src_" in said(here(tmp_path, "source", "enable", "legacy"))
    said(here(tmp_path, "source", "remove", "legacy"))
    assert here(tmp_path, "source", "show", "legacy").status == 1


def test_what_cannot_be_done_says_why(tmp_path: Path) -> None:
    said(run(tmp_path, "source", "create", "legacy"))
    said(run(tmp_path, "source", "create", "am", "--kind", "alertmanager"))
    bad = tmp_path / "bad.json"
    for text, why in (
        ('{"titel": "x"}', "titel"),
        ("{", "no mapping"),
        ('{"title": "a..b"}', "no path"),
        ('{"title": "a", "status_words": {"OK": "fine"}}', "fine"),
    ):
        bad.write_text(text, encoding="utf-8")
        refused = here(tmp_path, "source", "map", "legacy", str(bad))
        assert (refused.status, refused.out, why in refused.err) == (1, "", True), refused.err
    bad.write_text('{"title": "a"}', encoding="utf-8")
    assert "have a mapping" in here(tmp_path, "source", "map", "am", str(bad)).err
    for arguments, why in (
        (("map", "legacy"), "--remove"),
        (("map", "legacy", str(tmp_path / "none.json")), "cannot be read"),
        (("expect", "legacy", "--every-s", "1"), "cannot be expected"),
        (("end-previous-key", "legacy"), "one key"),
        (("enable", "legacy"), "is enabled"),
        (("test", "legacy"), "No server runs"),
        (("show", "legac"), "legacy"),
    ):
        refused = here(tmp_path, "source", *arguments)
        assert (refused.status, why in refused.err) == (1, True), refused.err
    assert shown(tmp_path)["mapping"] is None


def test_with_a_server(tmp_path: Path) -> None:
    assert watchroom("source", "create", "legacy", data=tmp_path).returncode == 0
    with Program(tmp_path):
        sent = watchroom("source", "test", "legacy", data=tmp_path)
        assert (sent.returncode, sent.stdout.startswith("recorded: room ")) == (0, True), sent.stderr
        listed = json.loads(watchroom("source", "list", "--json", data=tmp_path).stdout)["items"]
        (line,) = [each for each in listed if each["name"] == "legacy"]
        assert (line["deliveries_last_day"], line["signals_last_day"]) == (1, 1)
        assert watchroom("source", "expect", "legacy", "--every-s", "60", data=tmp_path).returncode == 0
    # The same is known once the server has ended.
    assert shown(tmp_path)["deliveries_last_day"] == 1
    assert shown(tmp_path)["expect_every_s"] == 60
