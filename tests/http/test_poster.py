"""The poster over HTTP and by the shell: a page with choices, three files, and a word where there is none."""

import re
import zlib
from pathlib import Path

import httpx
import pytest

from tests.http.server import Server, refused, unique
from tests.shell.shell import here, said


def test_the_page_shows_what_is_chosen_and_leads_to_the_files(server: Server, api: httpx.Client) -> None:
    page = api.get("/poster")
    assert page.status_code == 200
    assert "How we run an incident" in page.text
    chosen = api.get("/poster", params={"profile": "itil-50", "paper": "tabloid", "blank": "true"}).text
    assert "How we run a major incident" in chosen
    query = "profile=itil-50&amp;paper=tabloid&amp;blank=true"
    for form in ("svg", "pdf", "md"):
        assert f'href="/poster.{form}?{query}"' in chosen
    assert f'<img src="/poster.svg?{query}"' in chosen


def test_the_files_are_what_they_say(api: httpx.Client) -> None:
    picture = api.get("/poster.svg", params={"profile": "sre-3"})
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert "script" not in picture.headers["content-security-policy"]
    assert "sha256-" in picture.headers["content-security-policy"]
    assert picture.text.startswith("<?xml")
    words = api.get("/poster.md", params={"profile": "sre-3"})
    assert words.headers["content-type"].startswith("text/markdown")
    assert words.text.startswith("# How we run an incident\n")
    made = api.get("/poster.pdf", params={"profile": "itil-50"})
    assert made.headers["content-type"] == "application/pdf"
    assert "watchroom-lacks-fonts" not in made.headers
    assert made.content.startswith(b"%PDF")
    # Its words are words in the house's typeface, not curves.
    inside = b"".join(_inflated(stream) for stream in re.findall(rb"stream\r?\n(.*?)endstream", made.content, re.S))
    whole = made.content + inside
    for face in (b"Inter-Regular", b"Inter-SemiBold", b"Inter-Bold"):
        assert face in whole
    assert b"Libertinus" not in whole
    assert len(re.findall(rb"/Type\s*/Page\b", whole)) == 1


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return b""


def test_teams_and_their_people_stand_on_it_if_asked_for(server: Server, api: httpx.Client) -> None:
    team = unique("night watch")
    by = {"actor": "system:test", "via": "test"}
    server.do(server.house.directory.add("noor@example.com", "Noor Abadi", **by))
    server.do(server.house.teams.compose(team, ["noor@example.com"], **by))
    try:
        assert "Noor Abadi" in api.get("/poster.svg", params={"people": "true"}).text
        assert f"**{team}**: Noor Abadi" in api.get("/poster.md", params={"people": "true"}).text.replace("\\-", "-")
        assert "Noor Abadi" not in api.get("/poster.svg").text
        assert "Noor Abadi" not in api.get("/poster.svg", params={"people": "true", "blank": "true"}).text
    finally:
        server.do(server.house.teams.compose(team, [], **by))


@pytest.mark.parametrize(
    ("query", "hint"),
    [({"profile": "sre-4"}, "sre-50"), ({"paper": "a4"}, "a3, tabloid"), ({"blank": "yes"}, "blank=true")],
)
def test_what_there_is_not_is_said(api: httpx.Client, query: dict[str, str], hint: str) -> None:
    for address in ("/poster.svg", "/poster.pdf", "/poster.md", "/poster"):
        answer = api.get(address, params=query, headers={"Accept": "application/json"})
        assert hint in refused(answer, 400)["hint"]


def test_it_is_for_whoever_may_read(server: Server) -> None:
    with server.client() as client:
        for address in ("/poster.svg", "/poster.pdf", "/poster.md"):
            refused(client.get(address, headers={"Accept": "application/json"}), 401)
    with server.client(server.token("read")) as client:
        assert client.get("/poster").status_code == 200


def test_the_shell_makes_it_without_a_record(tmp_path: Path) -> None:
    data = tmp_path / "data"
    out = tmp_path / "poster.pdf"
    told = said(here(data, "poster", "--size", "50", "--tradition", "itil", "--paper", "tabloid", "--out", str(out)))
    assert told == f"{out}: How we run a major incident, ITIL, a team of 50, US tabloid."
    assert out.read_bytes().startswith(b"%PDF")
    assert said(here(data, "poster", "--format", "md", "--size", "3", "--blank")).startswith("# How we run an incident")
    assert said(here(data, "poster")).startswith("<?xml")
    assert not data.exists()


def test_the_shell_says_what_it_cannot_make(tmp_path: Path) -> None:
    out = tmp_path / "poster.doc"
    assert here(tmp_path, "poster", "--out", str(out)).err == (
        "watchroom: There is no poster as doc. Give --format svg, pdf or md.\n"
    )
    both = here(tmp_path, "poster", "--own", "--size", "3")
    assert (both.status, "Leave --own away" in both.err) == (1, True)
    assert here(tmp_path, "poster", "--size", "4").status == 2
    nowhere = here(tmp_path, "poster", "--out", str(tmp_path / "no" / "poster.svg"))
    assert (nowhere.status, "No such file" in nowhere.err) == (1, True)


def test_the_shell_makes_the_house_s_own(tmp_path: Path) -> None:
    assert here(tmp_path, "team", "set", "payments", "ravi@example.com").status == 0
    said(here(tmp_path, "profile", "set", "itil-15"))
    words = said(here(tmp_path, "poster", "--own", "--format", "md"))
    assert words.startswith("# How we run a major incident")
    assert "**ITIL, a team of 15**" in words
    assert "- **payments**: ravi@example.com" in words.replace("\\", "")
