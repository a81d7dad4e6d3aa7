"""The grouping rules over HTTP: read, tried out, kept, taken up again, by programs and by the page without a script."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.server import Sender, Server, alert, receipts, refused, unique, webhook

HERE = "/settings/grouping"
BY_ZONE = {"name": "by zone", "match": ["severity=critical"], "by": ["zone"]}
ALONE = {"name": "alone", "group": "separate"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own: rules are everybody's."""
    with Server(tmp_path, grouping_rules_max=5) as running:
        yield running
        with running.client() as client:
            assert "watchroom_unexpected_errors_total 0.0" in client.get("/metrics").text


@pytest.fixture
def api(server: Server) -> Iterator[httpx.Client]:
    with server.client(server.token("admin")) as client:
        yield client


@pytest.fixture
def sender(server: Server) -> Iterator[Sender]:
    made = server.source("alertmanager")
    yield made
    made.close()


def put(api: httpx.Client, *rules: dict[str, Any], **more: Any) -> httpx.Response:
    return api.put("/api/v1/grouping", json={"rules": list(rules), **more})


def codes(answer: httpx.Response) -> list[str]:
    return [warning["code"] for warning in answer.json()["warnings"]]


def test_rules_are_kept_with_their_author_and_decide_at_once(api: httpx.Client, sender: Sender) -> None:
    assert api.get("/api/v1/grouping").json()["version"] == 0
    answer = put(api, BY_ZONE, reason="Storms")
    assert (answer.status_code, answer.json()["version"], codes(answer)) == (200, 1, ["not_previewed"])
    shown = api.get("/api/v1/grouping").json()
    assert (shown["rules"], shown["reason"], shown["by"]) == ([BY_ZONE], "Storms", answer.json()["by"])
    first = sender.webhook(webhook(alert("A", severity="critical", zone="x"), group="g1")).json()["receipts"][0]
    second = sender.webhook(webhook(alert("B", severity="critical", zone="x"), group="g2")).json()["receipts"][0]
    assert first["stream"] == second["stream"]
    assert first["why"] == "rule by zone: a room of its own: the first of zone=x"
    assert second["why"] == "rule by zone: zone=x"
    (item,) = api.get("/api/v1/signals", params={"q": "B"}).json()["items"]
    assert (item["why"], item["rule"]) == (second["why"], "by zone")
    signals = api.get(f"/api/v1/incidents/{first['stream']}").json()["signals"]
    assert [signal["why"] for signal in signals] == [first["why"], second["why"]]


def test_each_kind_of_receipt_says_why(sender: Sender) -> None:
    body = webhook(alert("A"), group="g")
    whys = [sender.webhook(body).json()["receipts"][0].get("why") for _ in range(2)]
    assert whys == ["a room of its own: the first of its sender's group", "its open room"]
    never = sender.webhook(webhook(alert("Never", status="resolved"))).json()["receipts"][0]
    assert (never["outcome"], never["stream"], "why" in never) == ("unmatched", None, False)


def test_the_preview_writes_nothing_and_its_digest_silences_the_warning(api: httpx.Client, sender: Sender) -> None:
    for number in range(3):
        sender.webhook(webhook(alert(f"A{number}", severity="critical", zone="x"), group=f"g{number}"))
    seen = api.post("/api/v1/grouping/preview", json={"rules": [BY_ZONE, ALONE]})
    assert seen.status_code == 200
    found = seen.json()["comparison"]
    assert (found["signals"], found["before"]["rooms"], found["after"]["rooms"], found["merged"]) == (3, 3, 1, 1)
    assert len(found["merged_examples"][0]["streams"]) == 3
    assert api.get("/api/v1/grouping").json()["version"] == 0
    assert codes(put(api, BY_ZONE, ALONE, previewed=seen.json()["digest"])) == []


def test_another_change_is_never_overwritten_unseen(api: httpx.Client) -> None:
    put(api, BY_ZONE, version=0)
    error = refused(put(api, ALONE, version=0), 409, "conflict")
    assert "Load them again" in error["hint"]
    assert put(api, ALONE, version=1).json()["version"] == 2
    items = api.get("/api/v1/grouping/history", params={"limit": 1}).json()
    assert (items["items"][0]["version"], items["items"][0]["rules"]) == (2, [ALONE])
    after = api.get("/api/v1/grouping/history", params={"after": items["next"]}).json()
    assert ([each["version"] for each in after["items"]], after["next"]) == ([1], None)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{", "cannot be taken"),
        ('{"rules": {}}', "cannot be taken"),
        ('{"rules": [{"nome": "x"}]}', "there is no field rules[0].nome"),
        ('{"rules": [{"name": "x", "group": "colour"}]}', "rules[0].group must be one of"),
        ('{"rules": [{"name": "x"}]}', "Rule 1 (x)"),
        ('{"rules": [{"name": "x", "by": ["a"], "match": ["a=~(b"]}]}', "does not end"),
        ('{"rules": [{"name": "x", "by": ["a"], "declare": {"impact": "huge"}}]}', "declare.impact must be one of"),
        ('{"rules": ' + str([{"name": f"r{n}", "by": ["a"]} for n in range(6)]).replace("'", '"') + "}", "at most 5"),
    ],
)
def test_what_cannot_be_kept_is_said(api: httpx.Client, body: str, says: str) -> None:
    for answer in (
        api.put("/api/v1/grouping", content=body),
        api.post("/api/v1/grouping/preview", content=body),
    ):
        error = refused(answer, 400, "malformed")
        assert says in error["message"]
        assert error["hint"]
    assert api.get("/api/v1/grouping").json()["version"] == 0


def test_only_an_admin_changes_them(server: Server) -> None:
    with server.client(server.token("read", "respond", "signals")) as reader:
        assert reader.get("/api/v1/grouping").status_code == 200
        refused(put(reader, BY_ZONE), 403, "forbidden")
        refused(reader.post("/api/v1/grouping/preview", json={"rules": []}), 403, "forbidden")
        refused(reader.get(HERE), 403, "forbidden")


class Page:
    """The page of the rules as a browser without a script works it: its fields, and a button."""

    def __init__(self, server: Server) -> None:
        self.client, self.csrf = server.session(f"{unique('admin')}@example.com")
        self.read(self.client.get(HERE))

    def read(self, answer: httpx.Response) -> None:
        self.status, self.html = answer.status_code, unescape(answer.text)
        form = re.search(r'<form[^>]*id="rules".*?</form>', answer.text, re.DOTALL)
        assert form is not None
        self.fields: dict[str, str] = {}
        for field in re.findall(r"<input [^>]*>", form.group()):
            named = dict(re.findall(r'([\w-]+)="([^"]*)"', field))
            if named.get("type") != "checkbox" or " checked" in field:
                self.fields[named["name"]] = unescape(named.get("value", ""))
        for name, options in re.findall(r'<select name="([^"]*)">(.*?)</select>', form.group(), re.DOTALL):
            chosen = re.search(r'value="([^"]*)" selected', options)
            self.fields[name] = chosen.group(1) if chosen else re.findall(r'value="([^"]*)"', options)[0]

    def press(self, deed: str, **typed: str) -> None:
        fields = self.fields | {name.replace("_", "."): value for name, value in typed.items()}
        self.read(self.client.post(HERE, data={**fields, "do": deed}))

    @property
    def names(self) -> list[str]:
        numbers = [name for name in self.fields if name.startswith("rule.")]
        return [self.fields[name.replace("rule", "name")] for name in numbers]


@pytest.fixture
def open_page(server: Server) -> Iterator[Callable[[], Page]]:
    """Opens the page in a browser of its own."""
    pages: list[Page] = []

    def opened() -> Page:
        pages.append(Page(server))
        return pages[-1]

    yield opened
    for page in pages:
        page.client.close()


def test_the_page_is_worked_without_a_script(open_page: Callable[[], Page], api: httpx.Client, sender: Sender) -> None:
    sender.webhook(webhook(alert("A", severity="critical", zone="x"), group="g1"))
    sender.webhook(webhook(alert("B", severity="critical", zone="x"), group="g2"))
    page = open_page()
    assert "No rule yet" in page.html
    page.press("add")
    page.press(
        "add", name_0="by zone", match_0='severity=critical, zone=~"x|y"', by_0="zone, service", window_0="1.5",
        declares_0="1", impact_0="many",
    )  # fmt: skip
    page.press("up:1", name_1="alone", group_1="separate")
    assert page.names == ["alone", "by zone"]
    page.press("down:0")
    assert page.names == ["by zone", "alone"]
    assert api.get("/api/v1/grouping").json()["version"] == 0
    page.press("preview")
    assert "2 signals since" in page.html
    assert "1 room would have been made of several" in page.html
    page.press("save", reason="Less noise")
    assert (page.status, "Kept as version 1." in page.html, "not tried out" in page.html) == (200, True, False)
    assert api.get("/api/v1/grouping").json()["rules"] == [
        {
            "name": "by zone",
            "match": ["severity=critical", 'zone=~"x|y"'],
            "by": ["zone", "service"],
            "window_s": 90,
            "declare": {"impact": "many"},
        },
        {"name": "alone", "group": "separate"},
    ]
    page.press("remove:1")
    page.press("save")
    assert "were not tried out" in page.html
    page.read(page.client.post(HERE, data={"csrf": page.csrf, "do": "restore:1"}))
    assert page.names == ["by zone", "alone"]
    assert api.get("/api/v1/grouping").json()["version"] == 2
    page.press("save")
    assert [each["version"] for each in api.get("/api/v1/grouping/history").json()["items"]] == [3, 2, 1]


def test_what_was_typed_stays_when_it_cannot_be_kept(open_page: Callable[[], Page], api: httpx.Client) -> None:
    page, other = open_page(), open_page()
    page.press("add", reason="x")
    page.press("save", name_0='<b>"zone"</b>', match_0="a=~(", by_0="zone")
    assert page.status == 400
    assert "cannot be used" in page.html
    assert page.fields["name.0"] == '<b>"zone"</b>'
    assert page.fields["match.0"] == "a=~("
    page.press("preview", match_0="a=b", window_0="soon")
    assert (page.status, page.fields["window.0"]) == (400, "soon")
    page.press("save", window_0="5")
    assert page.status == 200
    other.press("add")
    other.press("save", name_0="mine", by_0="zone")
    assert other.status == 409
    assert "changed meanwhile" in other.html
    assert other.names == ["mine"]
    other.press("restore:9")
    assert other.status == 400
    for odd in ("up:9", "up:-1", "remove:x", "remove:", "nothing", "down:99999999999999999999"):
        other.press(odd)
        assert (other.status, other.names) == (200, ["mine"])
    assert api.get("/api/v1/grouping").json()["version"] == 1


def test_rules_and_keys_stand_after_a_restart(tmp_path: Path) -> None:
    """What was answered is there: the rules, and the key that leads a room."""
    with Server(tmp_path / "one") as first, first.client(first.token("admin")) as api:
        put(api, BY_ZONE)
        source = first.source(name="am")
        ((_, room),) = receipts(source.webhook(webhook(alert("A", severity="critical", zone="x"), group="g1")))
        source.close()
    with Server(tmp_path / "one") as second, second.client(second.token("admin")) as api:
        assert api.get("/api/v1/grouping").json()["rules"] == [BY_ZONE]
        source = second.source(name="am-2")
        ((_, again),) = receipts(source.webhook(webhook(alert("B", severity="critical", zone="x"), group="g2")))
        source.close()
        assert again == room
