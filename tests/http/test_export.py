"""Exports over HTTP: the four forms, the same bytes as the record, and nothing of what was redacted in any of them."""

import io
import json

import httpx
import pytest

from tests.http.conftest import Command
from tests.http.server import Server
from watchroom.record.export import Export
from watchroom.web.exports.forms import MEDIA_TYPES

WORDS = "支払い失敗 — الدفع معطل 🔥 <script>alert(1)</script> | `x` *y* #z"
SECRET = "hunter2-zebra-9000"


def export(api: httpx.Client, room: str, form: str = "") -> httpx.Response:
    return api.get(f"/api/v1/incidents/{room}/export", params={"format": form} if form else {})


def test_json_lines_are_the_record_with_a_signed_head(api: httpx.Client, room: str, command: Command) -> None:
    assert command("post_message", text=WORDS).status_code == 200
    answer = export(api, room)
    assert answer.headers["content-type"] == "application/jsonl"
    assert answer.headers["content-disposition"] == f'attachment; filename="{room}.jsonl"'
    read = Export(io.BytesIO(answer.content))
    events = list(read.events())
    assert read.head.stream == room
    shown = api.get(f"/api/v1/incidents/{room}/events").json()["items"]
    assert [event.digest.hex() for event in events] == [each["digest"] for each in shown]
    assert json.loads(events[-1].data or b"")["text"] == WORDS
    assert export(api, room, "jsonl").content == answer.content


@pytest.mark.parametrize("form", ["md", "html", "pdf"])
def test_every_form_for_people(form: str, api: httpx.Client, room: str, command: Command) -> None:
    for name, fields in (
        ("post_message", {"text": WORDS}),
        ("propose_hypothesis", {"text": WORDS}),
        ("assign_role", {"role": "incident_commander", "person": "me"}),
        ("post_update", {"audience": "customers", "impact": WORDS}),
    ):
        assert command(name, **fields).status_code == 200
    answer = export(api, room, form)
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == MEDIA_TYPES[form]
    assert "attachment" in answer.headers["content-disposition"]
    if form == "pdf":
        assert answer.content.startswith(b"%PDF")
        return
    for part in ("支払い失敗", "الدفع معطل", "🔥", "Who knew what, and when", "Theories", "Timeline", room):
        assert part in answer.text
    assert "<script" not in answer.text.replace("\\<script", "")


def test_markdown_of_what_people_wrote_is_words(api: httpx.Client, room: str, command: Command) -> None:
    command("post_message", text="# no heading\n- no list\n1. no list\n| no | table |\n\n> no quote")
    text = export(api, room, "md").text
    for line in ("\\# no heading", "\\- no list", "1\\. no list", "\\| no \\| table \\|", "\\> no quote"):
        assert f"  > {line}" in text or f"  > {line.replace('1' + chr(92), chr(92) + '1')}" in text


def test_what_cannot_be_exported_is_said(server: Server, api: httpx.Client, room: str) -> None:
    assert export(api, room, "docx").status_code == 400
    assert export(api, "0000-0000").status_code == 404
    assert export(api, "directory").status_code == 404
    with server.client(server.token("signals")) as client:
        assert export(client, room).status_code == 403
    with httpx.Client(base_url=server.url, trust_env=False) as nobody:
        assert export(nobody, room).status_code == 401


def test_redaction_over_http_leaves_nothing_anywhere(server: Server, api: httpx.Client, room: str) -> None:
    def give(client: httpx.Client, **body: object) -> httpx.Response:
        return client.post(f"/api/v1/incidents/{room}/commands", json=body)

    with server.client(server.token("respond", "read")) as responder:
        said = give(responder, command="post_message", text=f"password {SECRET}").json()["seq"]
        refused = give(responder, command="redact", seq=said, reason="A password.")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "refused")
        assert "commander" in refused.json()["error"]["message"]
    done = give(api, command="redact", seq=said, reason="A password.")
    assert done.status_code == 200, done.text
    assert done.json()["warnings"] == []
    again = give(api, command="redact", seq=said, reason="A password.")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "already_done")
    event = api.get(f"/api/v1/incidents/{room}/events", params={"after": said - 1, "limit": 1}).json()["items"][0]
    assert (event["kind"], event["data"]) == ("message_posted", None)
    (redacted,) = api.get(f"/api/v1/incidents/{room}").json()["redacted"]
    assert (redacted["seq"], redacted["reason"]) == (said, "A password.")
    for form in ("jsonl", "md", "html", "pdf"):
        assert SECRET.encode() not in export(api, room, form).content
    assert "A password." in export(api, room, "md").text
    list(Export(io.BytesIO(export(api, room).content)).events())
    folder = server.settings.folder
    holding = [file.name for file in folder.iterdir() if file.is_file() and SECRET.encode() in file.read_bytes()]
    assert holding == []


def test_the_page_offers_the_record_and_shows_who_redacted(api: httpx.Client, room: str) -> None:
    said = api.post(f"/api/v1/incidents/{room}/commands", json={"command": "post_message", "text": SECRET}).json()
    api.post(
        f"/api/v1/incidents/{room}/commands", json={"command": "redact", "seq": said["seq"], "reason": "A <password>."}
    )
    page = api.get(f"/incidents/{room}", headers={"Accept": "text/html"}).text
    assert SECRET not in page
    assert "removed what stood here" in page
    assert "A &lt;password&gt;." in page
    assert f"/api/v1/incidents/{room}/export?format=pdf" in page


@pytest.mark.parametrize("draft", [False, True])
def test_what_an_update_says_of_components_is_shown(draft: bool, api: httpx.Client, room: str) -> None:
    standing = {"checkout": "partial outage", "<b>search": "up"}
    body = {"command": "post_update", "audience": "customers", "doing": "We look", "components": standing}
    assert api.post(f"/api/v1/incidents/{room}/commands", json={**body, "draft": draft}).status_code == 200
    said = "checkout: partial outage; {}search: up"
    page = api.get(f"/incidents/{room}", headers={"Accept": "text/html"}).text
    # In the panel of what was said to whom, and in the timeline.
    assert page.count(said.format("&lt;b&gt;")) >= 2
    assert "<b>search" not in page
    words = export(api, room, "md").text
    assert words.count("checkout: partial outage; ") >= 2
    html = export(api, room, "html").text
    assert html.count(said.format("&lt;b&gt;")) >= 2
    assert "<b>search" not in html
