"""A restricted room full of one word that stands nowhere else, and how every address is asked about it.

Used by test_need_to_know. Every route of `web/routes` has an entry in `ASKED`: what a caller sends there who tries to
learn something of the room. A new route needs one, or the test says so.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from tests.http.server import Sender, Server
from tests.web.pictures import PIXEL
from watchroom.detection.declaration import Declare
from watchroom.web.routes import ROUTES
from watchroom.web.status.statuspage import DOCUMENTS

WORD = "quagga"
"""Stands in the room's title, signal, people and words, and nowhere else."""
TIMELINE = {
    "title": "Mail was late",
    "entries": [
        {"at": "2025-07-01T10:00:00Z", "text": "The queue grew", "is": "began"},
        {"at": "2025-07-01T11:00:00Z", "text": "Over", "is": "resolved"},
    ],
}
"""A timeline of something that has happened."""
UNKNOWN = "9zzz-zzz9"
"""An id of no room."""
OPEN_TITLE = "Checkout is slow"


@dataclass
class Scene:
    """One install with a room for everybody and a restricted one, and those who look."""

    server: Server
    sender: Sender
    inside: httpx.Client
    """A person's token; the person commands the restricted room."""
    outside: httpx.Client
    """A person's token with `read` and `respond`; the person is in no restricted room."""
    admin: httpx.Client
    """A token with every scope, which is in no restricted room either."""
    open_room: str
    room: str = UNKNOWN
    signal: str = "0" * 16
    practice: str = UNKNOWN

    def open_signal(self) -> str:
        """A signal that everybody sees, which waits for a judgement."""
        item = self.sender.generic({"title": "Cart errors", "dedup_key": "cart"}).json()["receipts"][0]
        id: str = item["signal"]
        return id


def told(server: Server, client: httpx.Client, room: str, command: str, **fields: Any) -> dict[str, Any]:
    """One command that is taken."""
    answer = client.post(f"/api/v1/incidents/{room}/commands", json={"command": command, **fields})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def fill(scene: Scene) -> None:
    """Open the restricted room, with something of every kind that a page or a list shows, and shut it."""
    fired = scene.sender.generic(
        {"title": f"{WORD} logins", "dedup_key": f"{WORD}-key", "service": f"{WORD}-svc", "labels": {"who": WORD}}
    ).json()["receipts"][0]
    scene.room, scene.signal = fired["stream"], fired["signal"]
    give = told
    server, inside, room = scene.server, scene.inside, scene.room
    give(server, inside, room, "declare", title=f"{WORD} intrusion", services=[f"{WORD}-svc"], impact="few")
    give(server, inside, room, "assign_role", role="incident_commander", person="me")
    give(server, inside, room, "restrict", people=[f"{WORD}@example.com"], reason=f"{WORD} reads along")
    give(server, inside, room, "state_impact", text=f"{WORD} was read")
    give(server, inside, room, "post_message", text=f"{WORD} is an account")
    kept = inside.post(f"/api/v1/incidents/{room}/images", content=PIXEL)
    assert kept.json()["image"] == IMAGE, kept.text
    give(server, inside, room, "post_message", text=f"{WORD} in a picture", images=[{"image": IMAGE, "alt": WORD}])
    give(server, inside, room, "propose_hypothesis", text=f"{WORD} leaked")
    give(server, inside, room, "post_update", audience="customers", impact=f"{WORD} soon", draft=True)
    give(
        server, inside, room, "post_update", audience="customers", impact=f"{WORD} is public", components={WORD: "down"}
    )
    give(server, inside, room, "page", person=f"{WORD}-2@example.com", text=f"{WORD} calls")
    give(server, inside, room, "save_artefact", kind="log", body=f"{WORD} in the log")

    async def practise() -> str:
        rooms = server.house.rooms
        command = Declare(title=f"{WORD} drill")
        return (await rooms.declare_new(command, actor="person:ana@example.com", via="test", practice=True)).room

    scene.practice = server.do(practise())
    give(server, inside, scene.practice, "post_update", audience="customers", impact=f"{WORD} is practised")
    give(server, inside, scene.practice, "restrict", people=["me"], reason=f"{WORD} drill")


def addresses() -> Iterator[tuple[str, str]]:
    """Every method and path of the server."""
    for handler in ROUTES:
        methods: Iterable[object] = handler.opt.get("methods") or getattr(handler, "http_methods", None) or ()
        for path in sorted(handler.paths):
            for method in methods:
                yield str(getattr(method, "value", method)), path


Ask = Callable[[Scene, httpx.Client, str, str], httpx.Response]
"""Asks about a room and a signal by their ids; ids of nothing must get the same answer as hidden ones."""


def _get(path: str, **query: str) -> Ask:
    page = not path.startswith("/api/")
    accept = {"Accept": "text/html"} if page else {}

    def ask(scene: Scene, client: httpx.Client, room: str, signal: str) -> httpx.Response:
        asked = {name: value.replace("{room}", room) for name, value in query.items()}
        return client.get(path.format(room=room, signal=signal), params=asked, headers=accept)

    return ask


def _live(path: str) -> Ask:
    def ask(scene: Scene, client: httpx.Client, room: str, signal: str) -> httpx.Response:
        return client.get(path.format(room=room), params={"after": "0"}, headers={"Live-Once": "1"})

    return ask


def _json(method: str, path: str, **body: Any) -> Ask:
    def ask(scene: Scene, client: httpx.Client, room: str, signal: str) -> httpx.Response:
        filled = {
            name: value.format(room=room, signal=signal) if isinstance(value, str) else value
            for name, value in body.items()
        }
        return client.request(method, path.format(room=room, signal=signal), json=filled)

    return ask


def _form(path: str, **fields: str) -> Ask:
    def ask(scene: Scene, client: httpx.Client, room: str, signal: str) -> httpx.Response:
        filled = {name: value.format(room=room, signal=signal) for name, value in fields.items()}
        return client.post(path.format(room=room, signal=signal), data=filled)

    return ask


def _own(method: str, path: str) -> Ask:
    """As a sender of signals, which has a key of its own and asks for what is not its own."""

    def ask(scene: Scene, client: httpx.Client, room: str, signal: str) -> httpx.Response:
        key = scene.server.source("generic")
        try:
            at = path.replace("{key}", key.key)
            return key._client.request(method, at, json={"title": "Disk full", "dedup_key": "disk"})
        finally:
            key.close()

    return ask


def _opsgenie(method: str, path: str) -> Ask:
    def ask(scene: Scene, client: httpx.Client, room: str, signal: str) -> httpx.Response:
        key = scene.server.source("opsgenie")
        try:
            return key._client.request(method, path.replace("{alias}", f"{WORD}-key"), json={"message": "Disk full"})
        finally:
            key.close()

    return ask


def _of_open_signal(path: str, form: bool) -> Ask:
    """A signal that everybody sees is judged a duplicate of the hidden room."""

    def ask(scene: Scene, client: httpx.Client, room: str, signal: str) -> httpx.Response:
        body = {"verdict": "duplicate", "of": room}
        at = path.format(signal=scene.open_signal())
        return client.post(at, data=body) if form else client.post(at, json=body)

    return ask


def _with_name(method: str, tail: str = "", prefix: str = "/api/v1/sources") -> Ask:
    def ask(scene: Scene, client: httpx.Client, room: str, signal: str) -> httpx.Response:
        return client.request(method, f"{prefix}/{scene.sender.name}{tail}", json={})

    return ask


ROOM = "{room}"
KINDS = ("alertmanager", "cloudevents", "datadog", "generic", "grafana", "opsgenie", "pagerduty", "sentry", "sns",
         "uptimekuma", "zabbix")  # fmt: skip
IMAGE = hashlib.sha256(PIXEL).hexdigest()
API = "/api/v1/incidents"

SENDING: dict[tuple[str, str], list[Ask]] = {
    **{("POST", f"/api/v1/signals/{kind}"): [_own("POST", f"/api/v1/signals/{kind}")] for kind in KINDS},
    ("POST", "/api/v2/alerts"): [_own("POST", "/api/v2/alerts")],
    ("POST", "/v2/change/enqueue"): [_own("POST", "/v2/change/enqueue")],
    ("POST", "/v2/enqueue"): [_own("POST", "/v2/enqueue")],
    ("POST", "/generic/2010-04-15/create_event.json"): [_own("POST", "/generic/2010-04-15/create_event.json")],
    ("GET", "/v2/alerts"): [_opsgenie("GET", "/v2/alerts")],
    ("POST", "/v2/alerts"): [_opsgenie("POST", "/v2/alerts")],
    **{
        (method, "/v2/alerts/{address:path}"): [_opsgenie(method, "/v2/alerts/{alias}")]
        for method in ("DELETE", "GET", "POST", "PUT")
    },
    ("POST", "/in/{key:str}/{address:path}"): [_own("POST", "/in/{key}/api/v1/signals/generic")],
}
"""What senders send to. They learn where their own signals went, by id, and of nobody else's."""

HIDING: dict[tuple[str, str], list[Ask]] = {
    ("GET", "/api/v1/incidents/{id:str}"): [_get(f"{API}/{ROOM}")],
    ("GET", "/api/v1/incidents/{id:str}/events"): [_get(f"{API}/{ROOM}/events")],
    ("POST", "/api/v1/incidents/{id:str}/commands"): [
        _json("POST", f"{API}/{ROOM}/commands", command="post_message", text="Hello?"),
        _json("POST", f"{API}/{ROOM}/commands", command="restrict", people=["everyone"]),
        _json("POST", f"{API}/{ROOM}/commands", command="restrict", people=["me"]),
        _json("POST", f"{API}/{ROOM}/commands", command="admit", person="me", reason="I want to see it"),
        _json("POST", f"{API}/{ROOM}/commands", command="retract", seq=2),
        _json("POST", f"{API}/{ROOM}/commands", command="edit_message", seq=2, text="x"),
        _json("POST", f"{API}/{ROOM}/commands", command="redact", seq=2),
        _json("POST", f"{API}/{ROOM}/commands", command="post_message", text="Hello?", expected_seq=1),
        _json("POST", f"{API}/{ROOM}/commands", command="accept_role", role="scribe"),
    ],
    ("POST", "/api/v1/incidents/{id:str}/images"): [_json("POST", f"{API}/{ROOM}/images", image="none")],
    ("GET", "/api/v1/incidents/{id:str}/images/{image:str}"): [_get(f"{API}/{ROOM}/images/{IMAGE}")],
    ("GET", "/api/v1/incidents/{id:str}/flow"): [_get(f"{API}/{ROOM}/flow")],
    ("GET", "/api/v1/incidents/{id:str}/brief"): [
        _get(f"{API}/{ROOM}/brief"),
        _get(f"{API}/{ROOM}/brief", **{"for": "role"}),
    ],
    ("GET", "/api/v1/incidents/{id:str}/export"): [
        _get(f"{API}/{ROOM}/export", format=form) for form in ("jsonl", "md", "html")
    ],
    ("GET", "/api/v1/incidents/{id:str}/measures"): [_get(f"{API}/{ROOM}/measures")],
    ("GET", "/api/v1/incidents/{id:str}/gaps"): [_get(f"{API}/{ROOM}/gaps")],
    ("GET", "/api/v1/incidents/{id:str}/stream"): [_live(f"{API}/{ROOM}/stream")],
    ("POST", "/api/v1/incidents"): [_json("POST", API, stream="{room}", title="Mine")],
    ("POST", "/api/v1/signals/{id:str}/triage"): [
        _json("POST", "/api/v1/signals/{signal}/triage", verdict="noise", reason="x"),
        _of_open_signal("/api/v1/signals/{signal}/triage", form=False),
    ],
    ("POST", "/api/v1/signals/{id:str}/withdraw"): [
        _json("POST", "/api/v1/signals/{signal}/withdraw", reason="x"),
        _json("POST", "/api/v1/signals/{signal}/withdraw", room="{room}"),
    ],
    ("POST", "/signals/judge"): [
        _form("/signals/judge", signal="{signal}", verdict="noise"),
        _form("/signals/judge", signal="{signal}", verdict="incident"),
    ],
    ("POST", "/signals/withdraw"): [
        _form("/signals/withdraw", judged="{signal} {room}"),
        _form("/signals/withdraw", judged="{signal}"),
    ],
    ("POST", "/signals/{id:str}/triage"): [
        _form("/signals/{signal}/triage", verdict="noise"),
        _of_open_signal("/signals/{signal}/triage", form=True),
    ],
    ("GET", "/incidents/{id:str}"): [_get(f"/incidents/{ROOM}")],
    ("GET", "/incidents/{id:str}/review"): [_get(f"/incidents/{ROOM}/review")],
    ("GET", "/incidents/{id:str}/review/live"): [_live(f"/incidents/{ROOM}/review/live")],
    ("POST", "/incidents/{id:str}/review/keep"): [_form(f"/incidents/{ROOM}/review/keep")],
    ("GET", "/incidents/{id:str}/flow"): [_get(f"/incidents/{ROOM}/flow")],
    ("GET", "/incidents/{id:str}/flow.svg"): [_get(f"/incidents/{ROOM}/flow.svg")],
    ("GET", "/incidents/{id:str}/flow/live"): [_live(f"/incidents/{ROOM}/flow/live")],
    ("GET", "/incidents/{id:str}/updates/{audience:str}"): [_get(f"/incidents/{ROOM}/updates/customers")],
    ("POST", "/incidents/{id:str}/updates/check"): [_form(f"/incidents/{ROOM}/updates/check", audience="customers")],
    ("POST", "/incidents/{id:str}/updates"): [
        _form(f"/incidents/{ROOM}/updates", command="post_update", audience="customers", impact="x"),
    ],
    ("POST", "/incidents/{id:str}/step"): [_form(f"/incidents/{ROOM}/step", command="join")],
    ("GET", "/api/v1/incidents/{id:str}/guidance"): [_get(f"/api/v1/incidents/{ROOM}/guidance")],
    ("GET", "/api/v1/incidents/{id:str}/updates/{audience:str}"): [
        _get(f"/api/v1/incidents/{ROOM}/updates/customers"),
    ],
    ("POST", "/api/v1/incidents/{id:str}/updates/check"): [
        _json("POST", f"/api/v1/incidents/{ROOM}/updates/check", audience="customers", impact="x"),
    ],
    ("GET", "/incidents/{id:str}/leadership"): [_get(f"/incidents/{ROOM}/leadership")],
    ("GET", "/incidents/{id:str}/leadership/live"): [_live(f"/incidents/{ROOM}/leadership/live")],
    ("POST", "/incidents/{id:str}/leadership/ask"): [_form(f"/incidents/{ROOM}/leadership/ask", text="What is it?")],
    ("GET", "/incidents/{id:str}/entries"): [
        _get(f"/incidents/{ROOM}/entries"),
        _get(f"/incidents/{ROOM}/entries", before="3"),
    ],
    ("GET", "/incidents/{id:str}/completions"): [_get(f"/incidents/{ROOM}/completions")],
    ("POST", "/incidents/{id:str}/do"): [
        _form(f"/incidents/{ROOM}/do", command="join"),
        _form(f"/incidents/{ROOM}/do", command="admit", person="me", reason="I want to"),
        _form(f"/incidents/{ROOM}/do", command="acknowledge_page", page="P1"),
    ],
    ("POST", "/incidents/{id:str}/undo"): [_form(f"/incidents/{ROOM}/undo", seq="2")],
    ("POST", "/incidents/{id:str}/say"): [
        _form(f"/incidents/{ROOM}/say", line="Hello?"),
        _form(f"/incidents/{ROOM}/say", line="/undo"),
    ],
    ("POST", "/incidents/{id:str}/pages/{page:str}/shown"): [_form(f"/incidents/{ROOM}/pages/P1/shown")],
    ("GET", "/incidents/{id:str}/live"): [_live(f"/incidents/{ROOM}/live")],
}
"""What asks for one room or one of its signals: a hidden one is answered as one that there is not."""

LISTING: dict[tuple[str, str], list[Ask]] = {
    ("GET", "/api/v1/guidance"): [_get("/api/v1/guidance")],
    ("GET", "/api/v1/incidents"): [
        _get(API), _get(API, practice="true"), _get(API, q=WORD), _get(API, service=f"{WORD}-svc"),
        _get(API, limit="1"), _get(API, status="declared"),
    ],
    ("GET", "/api/v1/signals"): [
        _get("/api/v1/signals"), _get("/api/v1/signals", q=WORD), _get("/api/v1/signals", limit="1"),
        _get("/api/v1/signals", triage="done"), _get("/api/v1/signals", practice="true"),
    ],
    ("GET", "/api/v1/measures"): [
        _get("/api/v1/measures"), _get("/api/v1/measures", practice="true"),
        _get("/api/v1/measures", service=f"{WORD}-svc"),
    ],
    ("GET", "/api/v1/signals/kept"): [_get("/api/v1/signals/kept")],
    ("GET", "/api/v1/commands"): [_get("/api/v1/commands")],
    ("GET", "/api/v1/grouping"): [_get("/api/v1/grouping")],
    ("GET", "/api/v1/grouping/history"): [_get("/api/v1/grouping/history")],
    ("GET", "/api/v1/profile"): [_get("/api/v1/profile")],
    ("GET", "/api/v1/profile/shipped"): [_get("/api/v1/profile/shipped")],
    ("POST", "/api/v1/profile/preview"): [_json("POST", "/api/v1/profile/preview")],
    ("GET", "/api/v1/services"): [_get("/api/v1/services")],
    ("GET", "/api/v1/categories"): [_get("/api/v1/categories"), _get("/api/v1/categories", q=WORD)],
    ("GET", "/api/v1/changes"): [_get("/api/v1/changes"), _get("/api/v1/changes", q=WORD)],
    **{("GET", path): [
        *(_get(path, q=q) for q in (
            WORD, WORD[:3], f'"{WORD} is an account"', f"-{WORD}", "is:open", "is:restricted", "is:practice",
            "kind:incident", "kind:note", "from:ana", "from:system", f"from:{WORD}", f"service:{WORD}-svc", "sev:3",
            "in:{room}", "in:{room} " + WORD, "after:2020-01-01", "before:2099-01-01 checkout", "", "is:nothing",
        )),
        _get(path, q="after:2020-01-01", limit="1"),
        _get(path, q="after:2020-01-01", limit="1", after="OTk5OTk5OTk5OTk5"),
    ] for path in ("/api/v1/search", "/search", "/search/offered")},
    ("GET", "/"): [_get("/")],
    ("GET", "/signals"): [_get("/signals")],
    ("GET", "/people"): [_get("/people"), _get("/people", q=WORD)],
    ("GET", "/people/person"): [_get("/people/person", who="ana@example.com")],
    ("GET", "/people/teams"): [_get("/people/teams")],
    ("GET", "/people/roles"): [_get("/people/roles")],
    ("GET", "/api/v1/roles"): [_get("/api/v1/roles")],
    ("GET", "/api/v1/people"): [_get("/api/v1/people"), _get("/api/v1/people", q=WORD)],
    ("GET", "/api/v1/people/{email:str}"): [_get("/api/v1/people/ana@example.com")],
    ("GET", "/api/v1/teams"): [_get("/api/v1/teams")],
    ("GET", "/patterns"): [_get("/patterns")],
    ("GET", "/poster"): [_get("/poster"), _get("/poster", people="true")],
    ("GET", "/poster.svg"): [_get("/poster.svg", people="true")],
    ("GET", "/poster.pdf"): [_get("/poster.pdf", people="true")],
    ("GET", "/poster.md"): [_get("/poster.md", people="true")],
    ("GET", "/report"): [_get("/report")],
    ("GET", "/sign-in"): [_get("/sign-in")],
    ("GET", "/status"): [_get("/status")],
    ("GET", "/status/history"): [_get("/status/history")],
    ("GET", "/status/feed.atom"): [_get("/status/feed.atom")],
    ("GET", "/status/history/{month:str}"): [_get("/status/history/2026-01")],
    ("GET", "/status/incidents/{id:str}"): [_get("/status/incidents/nothing"), _get(f"/status/incidents/{ROOM}")],
    **{("GET", f"/status/api/v2/{name}.json"): [_get(f"/status/api/v2/{name}.json")] for name in DOCUMENTS},
    **{("HEAD", path): [_json("HEAD", path)] for path in (
        "/status", "/status/history", "/status/feed.atom", *(f"/status/api/v2/{name}.json" for name in DOCUMENTS)
    )},
    ("HEAD", "/status/history/{month:str}"): [_json("HEAD", "/status/history/2026-01")],
    ("HEAD", "/status/incidents/{id:str}"): [_json("HEAD", f"/status/incidents/{ROOM}")],
    ("GET", "/live/me"): [_live("/live/me")],
    ("GET", "/leadership"): [_get("/leadership")],
    ("GET", "/live/leadership"): [_live("/live/leadership")],
    ("GET", "/live/board"): [_live("/live/board")],
    ("GET", "/live/signals"): [_live("/live/signals")],
}  # fmt: skip
"""What shows many things: it must look as it did before the room was there."""

ADMINS: dict[tuple[str, str], list[Ask]] = {
    ("GET", "/api/v1/incidents/restricted"): [_get(f"{API}/restricted")],
    ("PUT", "/api/v1/grouping"): [_json("PUT", "/api/v1/grouping", rules=[])],
    ("PUT", "/api/v1/profile"): [_json("PUT", "/api/v1/profile")],
    ("GET", "/settings/profile"): [_get("/settings/profile")],
    ("POST", "/settings/profile"): [_form("/settings/profile")],
    ("POST", "/api/v1/grouping/preview"): [_json("POST", "/api/v1/grouping/preview", rules=[])],
    ("POST", "/api/v1/categories"): [_json("POST", "/api/v1/categories", name="Vendor")],
    ("POST", "/api/v1/categories/retire"): [_json("POST", "/api/v1/categories/retire", name="Vendor")],
    ("POST", "/api/v1/categories/restore"): [_json("POST", "/api/v1/categories/restore", name="Vendor")],
    ("POST", "/api/v1/categories/merge"): [_json("POST", "/api/v1/categories/merge", name="Vendor", into="x")],
    ("POST", "/api/v1/services"): [_json("POST", "/api/v1/services", name="cart")],
    ("DELETE", "/api/v1/services"): [_json("DELETE", "/api/v1/services?name=cart")],
    ("GET", "/api/v1/sources"): [_get("/api/v1/sources")],
    ("POST", "/api/v1/sources"): [_json("POST", "/api/v1/sources", name="other-sender", kind="generic")],
    ("GET", "/api/v1/sources/{name:str}"): [_with_name("GET")],
    **{
        ("POST", f"/api/v1/sources/{{name:str}}/{what}"): [_with_name("POST", f"/{what}")]
        for what in ("rotate", "end-previous-key", "disable", "enable", "remove", "expect", "test", "clear-test",
                     "mapping", "mapping/try")
    },
    ("GET", "/api/v1/sources/{name:str}/mappings"): [_with_name("GET", "/mappings")],
    **{
        ("POST", f"/people/{what}"): [_form(f"/people/{what}", who="nobody@example.com", email="x", team="x")]
        for what in ("invite", "add", "invitations/renew", "invitations/revoke", "person", "person/active", "person/link",
                     "person/sign-out", "teams", "teams/dissolve")
    },
    ("GET", "/setup"): [_get("/setup")],
    ("GET", "/setup/sender"): [_get("/setup/sender")],
    ("GET", "/api/v1/setup"): [_get("/api/v1/setup")],
    **{
        ("POST", f"/setup/{what}"): [_form(f"/setup/{what}", email="x", emails="x", team="@", step="ring")]
        for what in ("account", "team", "people", "later", "end")
    },
    ("GET", "/api/v1/audit"): [_get("/api/v1/audit"), _get("/api/v1/audit", area="rooms"), _get("/api/v1/audit", q=WORD)],
    ("GET", "/settings/audit"): [_get("/settings/audit"), _get("/settings/audit", area="rooms")],
    ("POST", "/api/v1/people"): [_json("POST", "/api/v1/people", email="no mail")],
    ("POST", "/api/v1/people/{email:str}"): [_json("POST", "/api/v1/people/nobody@example.com", name="x")],
    **{
        ("POST", f"/api/v1/people/{{email:str}}/{what}"): [_json("POST", f"/api/v1/people/nobody@example.com/{what}")]
        for what in ("link", "sign-out")
    },
    ("POST", "/api/v1/teams"): [_json("POST", "/api/v1/teams", name="none-such", members=[])],
    ("GET", "/api/v1/invitations"): [_get("/api/v1/invitations")],
    ("POST", "/api/v1/invitations"): [_json("POST", "/api/v1/invitations", email="no mail")],
    **{
        ("POST", f"/api/v1/invitations/{{id:str}}/{what}"): [_json("POST", f"/api/v1/invitations/0/{what}")]
        for what in ("renew", "revoke")
    },
    ("GET", "/settings"): [_get("/settings")],
    ("GET", "/settings/grouping"): [_get("/settings/grouping")],
    ("GET", "/settings/services"): [_get("/settings/services")],
    ("GET", "/settings/categories"): [_get("/settings/categories")],
    ("POST", "/settings/categories"): [_form("/settings/categories", name="Vendor")],
    **{
        ("POST", f"/settings/categories/{what}"): [_form(f"/settings/categories/{what}", name="Vendor", into="x")]
        for what in ("retire", "restore", "merge")
    },
    ("GET", "/settings/status"): [_get("/settings/status")],
    ("POST", "/settings/status"): [_form("/settings/status", shown="true", name="Ours")],
    **{
        ("POST", f"/settings/status/{what}"): [_form(f"/settings/status/{what}", id="nothing", name="Cart")]
        for what in ("components", "components/move", "components/remove", "maintenance", "maintenance/note",
                     "maintenance/call-off")
    },
    ("POST", "/settings/sources"): [_form("/settings/sources", name="x", kind="generic")],
    ("POST", "/settings/tokens"): [_form("/settings/tokens", name="x", scope="read")],
    ("POST", "/settings/grouping"): [_form("/settings/grouping")],
    ("POST", "/settings/services"): [_form("/settings/services", name="cart")],
    ("POST", "/settings/services/remove"): [_form("/settings/services/remove", name="cart")],
    ("GET", "/settings/sources/{name:str}"): [_with_name("GET", prefix="/settings/sources")],
    ("GET", "/settings/sources/{name:str}/mapping"): [_with_name("GET", "/mapping", "/settings/sources")],
    **{
        ("POST", f"/settings/sources/{{name:str}}/{what}"): [_with_name("POST", f"/{what}", "/settings/sources")]
        for what in ("rotate", "end-previous-key", "disable", "enable", "remove", "expect", "test", "clear-test",
                     "mapping", "mapping/try")
    },
}  # fmt: skip
"""What only admins may ask: nobody else learns anything there, and an admin nothing of what a room is about."""

OTHERS: dict[tuple[str, str], list[Ask]] = {
    ("POST", "/api/v1/incidents/enter"): [_json("POST", f"{API}/enter", **TIMELINE)],
    ("POST", "/people/time-zone"): [_form("/people/time-zone", zone="Europe/Berlin")],
    ("GET", "/sign-in/forgotten"): [_get("/sign-in/forgotten")],
    ("POST", "/sign-in/forgotten"): [_form("/sign-in/forgotten", email="nobody@example.com")],
    ("GET", "/password/{secret:str}"): [_get("/password/nothing")],
    ("POST", "/password"): [_form("/password", token="nothing", password="x")],
    ("GET", "/invitation/{secret:str}"): [_get("/invitation/nothing")],
    ("POST", "/invitation"): [_form("/invitation", token="nothing")],
    ("GET", "/account"): [_get("/account")],
    **{("POST", f"/account/{what}"): [_form(f"/account/{what}")] for what in ("password", "name", "sessions")},
    ("POST", "/account/ring"): [_form("/account/ring")],
    ("POST", "/account/ring/heard"): [_form("/account/ring/heard")],
    ("GET", "/api/v1/sessions"): [_get("/api/v1/sessions")],
    ("POST", "/api/v1/sessions/end"): [_json("POST", "/api/v1/sessions/end", everywhere=True)],
    ("POST", "/signals/note"): [_form("/signals/note", text="Odd")],
    ("POST", "/signals/sample"): [_form("/signals/sample")],
    ("POST", "/deliveries/{source:str}/{seq:int}/put-away"): [_form(f"/deliveries/{WORD[:1]}/1/put-away")],
    ("POST", "/incidents"): [_form("/incidents", title="Another one")],
    ("GET", "/sign-in/{secret:str}"): [_get("/sign-in/nothing")],
    ("POST", "/sign-in"): [_form("/sign-in", token="nothing")],
    ("POST", "/sign-out"): [_form("/sign-out")],
    ("POST", "/report"): [_form("/report", what="Nothing works")],
    ("GET", "/report/{key:str}"): [_get("/report/nothing")],
    ("POST", "/report/{key:str}"): [_form("/report/nothing", what="x")],
    ("GET", "/static/{path:path}"): [_get("/static/room.js")],
    ("GET", "/typed.json"): [_get("/typed.json")],
    ("GET", "/emoji"): [_get("/emoji")],
    ("GET", "/healthz"): [_get("/healthz")],
    ("HEAD", "/healthz"): [_json("HEAD", "/healthz")],
    ("GET", "/readyz"): [_get("/readyz")],
    ("HEAD", "/readyz"): [_json("HEAD", "/readyz")],
    ("GET", "/metrics"): [_get("/metrics")],
    ("GET", "/openapi.json"): [_get("/openapi.json")],
}
"""What does or shows something else: no word of the room may stand in any answer."""

ASKED = {**SENDING, **HIDING, **LISTING, **ADMINS, **OTHERS}
