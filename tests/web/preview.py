"""Every page with real-looking content under the house's Content-Security-Policy: `python -m tests.web.preview`.

A small real program for whoever looks at the pages, and for the browser tests: the content is folded from facts, the
live stream says nothing (or what a test puts into it), commands are answered with a notice. Nothing is recorded.
"""

import argparse
import mimetypes
import queue
import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from tests.web.preview_access import WAITED, access_pages
from tests.web.preview_sources import KEY, SILENT, URL, source_pages
from tests.web.preview_status import status_pages
from watchroom.base.clock import WallClock
from watchroom.base.command import Caution
from watchroom.base.errors import Malformed, WatchroomError
from watchroom.communication.language.checks import flags
from watchroom.communication.language.ground import Ground
from watchroom.communication.message import MessagePosted
from watchroom.communication.phrases import AUDIENCES
from watchroom.communication.update import Audience, UpdatePosted
from watchroom.detection.declaration import IncidentDeclared, RoomOpened
from watchroom.detection.grouping import Declares
from watchroom.detection.grouping_rules import Rule
from watchroom.detection.replay import Comparison, Example, RuleTally, Tally
from watchroom.detection.rulebook import Change
from watchroom.detection.signal import Remark, SignalRecorded
from watchroom.incident.inbox import KeptDelivery, SignalItem
from watchroom.incident.shipped import shipped
from watchroom.incident.sight import RestrictedRoom
from watchroom.incident.summary import Summary, summary
from watchroom.mitigation.hypothesis import HypothesisProposed
from watchroom.mitigation.impact import ImpactStated
from watchroom.mitigation.intervention import InterventionProposed
from watchroom.mitigation.roles import RoleAssigned
from watchroom.people.catalogue import Service
from watchroom.web.api.grouping import GroupingPreview
from watchroom.web.command_bar import line as commandline
from watchroom.web.command_bar.groups import GROUPS
from watchroom.web.flow.page import flow_page
from watchroom.web.html import static_files
from watchroom.web.html.pages import (
    BoardPage,
    Connect,
    ErrorPage,
    NewSecret,
    RestrictedPage,
    SettingsPage,
    SourceRow,
    TokenRow,
    TypedPage,
    Visit,
    board_of,
    room_page,
)
from watchroom.web.html.render import render
from watchroom.web.live.frames import notice_html
from watchroom.web.patterns.examples import (
    ANA,
    BEGIN,
    INES,
    PEOPLE,
    RAVI,
    TOMASZ,
    ExamplePeople,
    Story,
    every_kind,
    story_until,
)
from watchroom.web.patterns.page import entries_html, patterns_page
from watchroom.web.poster.drawing import PAPERS
from watchroom.web.poster.making import svg
from watchroom.web.poster.page import Choices, poster_page_of
from watchroom.web.poster.sheet import sheet_of
from watchroom.web.review.page import review_page
from watchroom.web.review.past import decoded, past_of
from watchroom.web.settings.grouping_form import draft_of
from watchroom.web.settings.grouping_page import GroupingPage
from watchroom.web.settings.services_settings import ServicesPage
from watchroom.web.settings.snippets import snippets
from watchroom.web.triage.inbox import Inbox, InboxPage
from watchroom.web.updates.editor import Editor, Flags, editor_fields

STATIC = static_files.FOLDER
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
CONNECT = Connect(f"{URL}/in/{KEY}/api/v1/signals/alertmanager")
HOSTILE = "<script>alert(1)</script> \"quotes\" 'single' 顧客が支払えません العملاء لا يستطيعون " + "w" * 2000
KINDS = ("alertmanager", "grafana", "pagerduty", "generic")
SCOPES = ("read", "signals", "respond", "drill:play", "drill:facilitate", "admin")


def told(now: datetime) -> dict[str, Story]:
    """The rooms by the path's last part."""
    stories = {
        state: story_until(state, begin=now - timedelta(minutes=ago))
        for state, ago in (
            ("begun", 4),
            ("declared", 6),
            ("worked", 16),
            ("mitigated", 20),
            ("resolved", 60),
            ("closed", 300),
        )
    }
    stories["offered"] = story_until("offered", begin=now - timedelta(minutes=95))
    stories["restricted"] = story_until("restricted", begin=now - timedelta(minutes=97))
    stories["kinds"] = every_kind()
    stories["drill"] = drill = Story("drill", now - timedelta(minutes=8))
    drill.tell(0, "source:drill", RoomOpened(practice=True, title="Everything is red"))
    for number in range(60):
        signal = SignalRecorded(
            signal=f"a{number}",
            source="drill",
            key=str(number),
            group="g",
            title=f"TargetDown: node-{number}",
            severity="warning",
        )
        drill.tell(1 if number < 40 else 2, "source:drill", signal)
    stories["hostile"] = hostile = story_until("mitigated", begin=now - timedelta(minutes=20))
    hostile.tell(
        19,
        TOMASZ,
        MessagePosted(text=HOSTILE),
        MessagePosted(text="```\na\n  b\n```\n- one\n- two\n\nhttps://example.com/x?a=1&b=2"),
    )
    hostile.tell(
        19.5,
        ANA,
        IncidentDeclared(title=HOSTILE[:2000]),
        ImpactStated(text=HOSTILE[:2000]),
        HypothesisProposed(id="H3", text=HOSTILE[:2000]),
        InterventionProposed(id="I3", text=HOSTILE[:2000], expected=HOSTILE[:500]),
        UpdatePosted(id="U3", audience="support", impact=HOSTILE, doing="a\nb"),
        RoleAssigned(role="scribe", person=f"token:{HOSTILE[:60]}"),
    )
    return stories


def items(now: datetime) -> list[SignalItem]:
    """The inbox's signals."""

    def item(id: str, title: str, ago: int, **more: Any) -> SignalItem:
        since = now - timedelta(minutes=ago)
        values: dict[str, Any] = {
            "key": id, "group": "checkout", "source": "prod-alertmanager", "state": "firing", "labels": {},
            "annotations": {}, "starts_at": since, "ends_at": None, "count": 1, "stream": "k7m2-9qxd",
            "triage": "open", "since": since, "last_at": since,
        }  # fmt: skip
        return SignalItem(id=id, title=title, **(values | more))

    burn = {"alertname": "CheckoutErrorBudgetBurn", "service": "checkout", "region": "uk", "severity": "critical"}
    about = {"description": "31 % of orders from the UK have failed for five minutes. Budget gone in two hours."}
    return [
        item("s1", "CheckoutErrorBudgetBurn: checkout burns its error budget 14.4 times too fast", 4, labels=burn,
             annotations=about, severity="critical", service="checkout", count=6, rule="one room a cluster",
             why="rule one room a cluster: cluster=eu-1, alertname=CheckoutErrorBudgetBurn", remark=Remark("s1", "acknowledged", "Ravi", "looking")),
        item("s2", "DiskWillFillIn4Hours: db-3", 22, severity="warning", service="orders-db", count=12,
             state="resolved", ends_at=now),
        item("s3", "Something is odd with the invoices of this morning", 40, kind="observation", source="note:Ravi"),
        item("s4", "CertificateExpires: api.example.com in 9 days", 2000, verdict="slow_burn",
             reason="Renewal is planned.", owner=TOMASZ, look_again_at=now + timedelta(days=2), triage="done",
             severity="warning"),
        item("s5", "HighLatency: search p99 above 2 s", 3000, verdict="false_alarm", reason="Load test.", triage="done",
             state="resolved", ends_at=now - timedelta(minutes=2900), why="its sender's group"),
        item("s6", "Inodes: db-1", 3100, put_away=True, triage="done", why="a room of its own: the room before is over"),
    ]  # fmt: skip


def summaries(stories: dict[str, Story]) -> list[Summary]:
    """The board's rows."""
    changes: dict[str, dict[str, Any]] = {
        "begun": {},
        "declared": {"title": "Search returns nothing for new listings", "severity": "SEV2", "roles": {}},
        "worked": {"trend": "worse"},
        "mitigated": {"title": "Invoices of the night run are late", "severity": "SEV3",
                      "roles": {"incident_commander": INES}, "impact": "Invoices reach shops hours late"},
        "resolved": {"title": "Login page slow in Asia", "severity": "SEV2", "impact": "Signing in takes a minute"},
        "closed": {"title": "Images missing in mails", "severity": "SEV4", "impact": "Mails show empty boxes"},
        "offered": {"title": "Card payments declined by one bank", "severity": "SEV2", "impact": "One in 40 fails"},
    }  # fmt: skip
    return [msgspec.structs.replace(summary(stories[name].incident()), **change) for name, change in changes.items()]


def pages(now: datetime) -> dict[str, str]:
    """Each page's HTML by its path."""
    people = ExamplePeople()
    visit = Visit(me=ANA, name=PEOPLE[ANA], csrf="preview-token", now=now, untriaged=3, admin=True)
    nobody = Visit(me="", name="", csrf="preview-token", now=now)
    stories = told(now)
    kept = KeptDelivery(
        source="legacy-nagios", seq=3, at=now - timedelta(minutes=9), body='{"alerts": [{"status": "firing"',
        bytes_total=31_244, path="/api/v1/signals/generic", code="malformed",
        message="The body is no JSON: it ends in the middle.",
    )  # fmt: skip
    asked = KeptDelivery(
        source="aws", seq=1, at=now - timedelta(minutes=2), body='{"Type": "SubscriptionConfirmation"}', bytes_total=1_480,
        path="/api/v1/signals/sns", code="confirm_subscription",
        message="Amazon SNS asks whether messages of arn:aws:sns:eu-central-1:000000000000:alarms may be sent here.",
    )  # fmt: skip
    rooms = [("k7m2-9qxd", "UK customers cannot check out")]
    inbox = Inbox(items(now), [kept], people, rooms, [SILENT], [asked])
    found = {
        "/": render(BoardPage(visit, board_of(summaries(stories), people), "/live/board?after=1")),
        "/empty": render(BoardPage(visit, board_of([], people, CONNECT), "/live/board?after=1")),
        "/signals": render(InboxPage(visit, inbox, "/live/signals?after=1")),
        "/signals-empty": render(InboxPage(visit, Inbox([], [], people), "/live/signals?after=1")),
        "/settings": render(settings(visit, now, None)),
        "/settings-new": render(
            settings(visit, now, NewSecret("prod-alertmanager", KEY, snippets("alertmanager", URL, KEY)))
        ),
        "/settings/services": render(ServicesPage(visit, SERVICES, ["cart"], ["payments", "shop"])),
        "/settings/services-empty": render(ServicesPage(visit, [], [], [])),
        "/settings/services-told": render(
            ServicesPage(visit, SERVICES, ["cart"], ["shop"], PROBLEM, (UNKNOWN,), "checkout", SERVICES[0])
        ),
        "/settings/grouping": render(grouping(visit, now)),
        "/settings/grouping-seen": render(grouping(visit, now, seen=True)),
        "/settings/grouping-empty": render(GroupingPage(visit, [], 0, False, "", None, None, False, [], [], 0, people)),
        "/restricted": render(RestrictedPage(visit, "p4wd-77ax")),
        "/typed": render(TypedPage(visit, stories["worked"].incident(), GROUPS)),
        "/error": render(ErrorPage(visit, 404, "not_found", "There is no incident k7m2-9qxx.", "Look on the board.")),
        "/patterns": render(patterns_page(visit)),
    }
    for query, choices in (("", Choices()), ("-blank", Choices("itil-50", "tabloid", blank=True))):
        sheet = sheet_of(shipped(choices.profile if query else "sre-15"), blank=choices.blank)
        found[f"/poster{query}"] = render(poster_page_of(visit, choices, shipped("sre-15"), sheet))
    found |= source_pages(visit, nobody, now)
    found |= access_pages(visit, nobody, now)
    found |= status_pages(visit, stories, now)
    for name, story in stories.items():
        entries = entries_html(story.events, people)
        page = room_page(
            visit, story.incident(), entries, people, list(PEOPLE.items()), earlier=1 if name == "closed" else None
        )
        found[f"/incidents/{name}"] = render(page)
    for name in ("begun", "worked", "mitigated", "closed", "kinds", "hostile"):
        found[f"/incidents/{name}/flow"] = render(flow_page(visit, stories[name].incident(), people))
    for name in ("begun", "closed", "kinds", "hostile"):
        story = stories[name]
        past = past_of(
            story.incident(), decoded(story.events), zone_of=lambda person: "Asia/Tokyo" if person == RAVI else ""
        )
        found[f"/incidents/{name}/review"] = render(
            review_page(visit, past, people, list(PEOPLE.items()), ["payments"])
        )
    return found


def settings(visit: Visit, now: datetime, new: NewSecret | None) -> SettingsPage:
    """The settings with two senders and a token."""
    sources = [
        SourceRow("prod-alertmanager", "alertmanager", now - timedelta(days=40), now - timedelta(minutes=1)),
        SourceRow("legacy-nagios", "generic", now - timedelta(days=3), now, "silent", 3, 4),
        SourceRow("support-form", "report", now - timedelta(days=3), None, "new", errors=2),
    ]
    tokens = [TokenRow("deploy-bot", ["read", "respond"], ANA, now - timedelta(days=12))]
    shut = [
        RestrictedRoom(id="p4wd-77ax", since=now - timedelta(minutes=12), by=TOMASZ, practice=False, seen=False),
        RestrictedRoom(id="m3qk-20vd", since=now - timedelta(days=2), by=ANA, practice=True, seen=True),
    ]
    return SettingsPage(visit, sources, tokens, KINDS, SCOPES, new, ExamplePeople(), shut)


SERVICES = [
    Service(name="checkout", depends_on=["payments", "cart"], team="shop"),
    Service(name="payments", team="payments"),
]
PROBLEM = Malformed("checkout cannot depend on itself.", hint="Leave it out of the services that it depends on.")
UNKNOWN = Caution("unknown_service", "Nobody has defined cart.", "Check the spelling. It counts all the same.")
RULES = [
    Rule(name="one room a cluster", match=["severity=critical", 'cluster=~"eu-.*"'], by=["cluster", "alertname"],
         window_s=14_400, declare=Declares(impact="many", urgency="high")),
    Rule(name="what depends on each other", group="topology", hops=2, window_s=3_600),
    Rule(name="back-ups alone", match=['alertname=~"Backup.*"'], group="separate"),
]  # fmt: skip


def grouping(visit: Visit, now: datetime, *, seen: bool = False) -> GroupingPage:
    """Three rules, in force, or edited and tried out with all that can be said of them."""
    changes = [
        Change(version=4, at=now - timedelta(hours=3), by=ANA, reason="Storms of the EU clusters", rules=RULES),
        Change(version=3, at=now - timedelta(days=9), by=TOMASZ, reason="", rules=RULES[:1]),
        Change(version=2, at=now - timedelta(days=12), by="token:terraform", reason=HOSTILE[:200], rules=[]),
    ]
    if not seen:
        return GroupingPage(
            visit, draft_of(RULES), 4, False, "", None, None, False, [], changes, len(SERVICES), ExamplePeople()
        )
    titles = ["CheckoutErrorBudgetBurn: checkout", "ProbeFailed: UK checkout probe", HOSTILE[:300]]
    examples = [
        Example(now - timedelta(days=day), titles[day % 3], 40, 9, titles, ["k7m2-9qxd", "m3qk-20vd"])
        for day in range(1, 6)
    ]
    comparison = Comparison(
        signals=1_284, before=Tally(61, 44, 22, 0), after=Tally(38, 131, 9, 3), merged=5, split=2,
        merged_examples=examples, split_examples=examples[:2],
        rules=[RuleTally("one room a cluster", 804, 12), RuleTally("back-ups alone", 0, 0), RuleTally("", 480, 26)],
    )  # fmt: skip
    cautions = (Caution("not_previewed", "These rules were not tried out.", "Look at the preview."),)
    looked = GroupingPreview(
        digest="d", since=now - timedelta(days=7), until=now, cut=True, comparison=comparison, warnings=cautions
    )
    problem = Malformed("Rule 2 (x): it groups by labels and names 0.", hint="Name 1 to 10, such as cluster.")
    return GroupingPage(
        visit, draft_of(RULES), 4, True, "d", looked, problem, True, cautions, changes, len(SERVICES), ExamplePeople()
    )


class Preview(ThreadingHTTPServer):
    """The pages on a free port of the loopback, and all that was asked of them."""

    daemon_threads = True

    def __init__(self, now: datetime, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.now = now
        self.stories = told(now)
        self.pages = pages(now)
        self.refuses = False
        self.streams: list[queue.Queue[bytes]] = []
        self.opened: list[dict[str, str]] = []
        self.posted: list[tuple[str, dict[str, list[str]]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @staticmethod
    def paths() -> Iterable[str]:
        """Where the pages are."""
        return pages(BEGIN).keys()

    def push(self, frame: str) -> None:
        """Send a frame to every open stream."""
        for stream in list(self.streams):
            stream.put(frame.encode())

    def cut(self) -> None:
        """End every open stream."""
        for stream in list(self.streams):
            stream.put(b"")

    def forget(self) -> None:
        """What was opened and posted so far is forgotten, and what is open ends."""
        self.cut()
        self.opened.clear()
        self.posted.clear()

    def __enter__(self) -> "Preview":
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Preview
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def answer(self, body: bytes, kind: str = "text/html; charset=utf-8", status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CSP)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            if file.is_file() and STATIC in file.parents:
                self.answer(file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream")
            else:
                self.answer(b"", status=404)
        elif path.startswith("/live/") or path.endswith("/live"):
            self.stream()
        elif path.endswith("/completions"):
            story = story_until("mitigated")
            self.answer(
                commandline.completions(story.incident(), PEOPLE, ["payments"], ["checkout", "search"]),
                "application/json",
            )
        elif path == "/typed.json":
            self.answer(commandline.vocabulary(), "application/json")
        elif "/updates/" in path:
            # The room's script asks for the editor anew when its sheet opens.
            at: Audience = next((each for each in AUDIENCES if path.endswith(each)), "customers")
            visit = Visit("ana@example.com", "Ana", "token", self.server.now)
            fields = editor_fields(visit, story_until("worked").incident(), ExamplePeople(), at)
            self.answer(render(Editor(**fields)).encode())
        elif path == "/setup/sender":
            # Asked every two seconds by the page of the first sender.
            self.answer(render(WAITED).encode())
        elif path == "/readyz":
            # Asked by a page that stays open for a while.
            self.answer(b'{"status": "ok", "troubles": []}', "application/json")
        elif path == "/poster.svg":
            self.answer(svg(sheet_of(shipped("sre-15")), PAPERS["a3"]).encode(), "image/svg+xml")
        elif path == "/favicon.ico":
            self.answer(b"", "image/x-icon")
        elif path in self.server.pages:
            self.answer(self.server.pages[path].encode())
        else:
            self.answer(b"", status=404)

    def stream(self) -> None:
        """An open stream: what `push` gives, until an empty frame ends it."""
        if self.server.refuses:
            self.answer(b"", status=503)
            return
        self.server.opened.append(dict(self.headers))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        frames: queue.Queue[bytes] = queue.Queue()
        self.server.streams.append(frames)
        try:
            self.wfile.write(b": here\n\n")
            self.wfile.flush()
            while frame := frames.get():
                self.wfile.write(frame)
                self.wfile.flush()
        except OSError:
            pass
        finally:
            self.server.streams.remove(frames)

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = parse_qs(text, keep_blank_values=True)
        if self.path.endswith("/updates/check"):
            # Asked while somebody types: nothing is done by it.
            impact, doing, need = (form.get(name, [""])[0] for name in ("impact", "doing", "need"))
            found = flags(impact, doing, need, self.server.now, Ground(at=self.server.now))
            self.answer(render(Flags(found, True)).encode())
            return
        self.server.posted.append((self.path, form))
        error: WatchroomError | None = None
        cautions: list[Caution] = []
        if self.path.endswith("/say"):
            try:
                known = commandline.known_of(story_until("worked").incident(), PEOPLE)
                commandline.parse(form["line"][0], self.server.now, known)
            except Malformed as refused:
                error = refused
        if form.get("command") == ["propose_intervention"]:
            cautions = [Caution("no_way_back", "It names no way back.", "Say how to undo it, or that it cannot be.")]
        events = story_until("worked").events[-1:]
        answer = notice_html(events, cautions, error, None if error else 7)
        self.answer(answer.encode(), status=400 if error else 200)


def main() -> None:
    """Serve the pages until interrupted."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=0)
    server = Preview(WallClock().now(), parser.parse_args().port)
    print("\n".join(f"{server.url}{path}" for path in server.pages), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
