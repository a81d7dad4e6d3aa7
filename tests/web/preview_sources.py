"""The pages about one sender and the report form, with real-looking content: a part of the preview."""

from datetime import datetime, timedelta
from typing import Any

from watchroom.detection.signal import Receipt
from watchroom.integrations.mapping import FieldFault
from watchroom.integrations.recent_bodies import Body
from watchroom.integrations.report import HOW_MANY, SINCE
from watchroom.integrations.source_book import MappingChange, Trouble
from watchroom.web.html.pages import NewSecret, Silent, Visit
from watchroom.web.html.render import render
from watchroom.web.patterns.examples import ANA, ExamplePeople
from watchroom.web.report_form.form import ReportedPage, ReportPage
from watchroom.web.settings.mapping_pages import BY_SUBJECT, form_of_mapping
from watchroom.web.settings.snippets import snippets
from watchroom.web.settings.source_models import EXPECTATIONS, MappingPage, SourcePage
from watchroom.web.settings.source_view import SentTest, SourceView

URL = "http://127.0.0.1:8710"
KEY = "wr_src_3f9c21d07be84b1ca2d1"
SILENT = Silent("legacy-nagios", None, 600)
BODY = '{"host": "db-1", "check": "disk", "state": "PROBLEM", "text": "4 % free"}'


def sender(now: datetime, **changes: Any) -> SourceView:
    """A sender of mails that is silent, with some troubles."""
    troubles = [
        Trouble(at=now - timedelta(minutes=9), code="mapping_failed", seq=12, body=BODY,
                message="title: Nothing stands at alert.name. status: 'purple' is not among the words."),
        Trouble(at=now - timedelta(minutes=50), code="malformed", seq=3, path="/api/v1/signals/generic",
                message="The body is no JSON: it ends in the middle.", put_away=True),
    ]  # fmt: skip
    fields: dict[str, Any] = {
        "name": "legacy-nagios", "kind": "email", "state": "silent", "created_at": now - timedelta(days=3),
        "disabled_at": None, "last_seen_at": now - timedelta(minutes=41), "expect_every_s": 600,
        "previous_key_until": now + timedelta(days=6), "silent_since": now - timedelta(minutes=31),
        "deliveries_last_day": 1204, "signals_last_day": 1390, "mapping": BY_SUBJECT, "errors": troubles, "bodies_kept": 1000, "bodies_dropped": 2310,
        "addresses": {"mail": "KEY@watch.example"},
    }  # fmt: skip
    return SourceView(**{**fields, **changes})


def source_pages(visit: Visit, nobody: Visit, now: datetime) -> dict[str, str]:
    """Each page's HTML by its path."""

    def one(view: SourceView, new: NewSecret | None = None, sent: SentTest | None = None) -> str:
        pasted = snippets(view.kind, URL, "KEY", "KEY@watch.example")
        return render(
            SourcePage(
                visit, view, pasted, new, EXPECTATIONS, 604_800, view.kind == "email", "smtp://127.0.0.1:2525", sent
            )
        )

    sent = SentTest(test="test1700000000000", receipts=[Receipt("s1", "recorded", "k7m2-9qxd")], warning="Not so.")
    history = [
        MappingChange(at=now - timedelta(days=1), by=f"person:{ANA}", seq=9, mapping=BY_SUBJECT),
        MappingChange(at=now - timedelta(days=2), by="system:shell", seq=4, mapping=None),
    ]
    mapping = MappingPage(
        visit, sender(now), form_of_mapping(BY_SUBJECT), BODY, [Body(now, BODY)],
        [(12, "2026-11-24T03:14:00Z", "title: Nothing stands at alert.name.")], history, ExamplePeople(),
        (FieldFault("title", "'a..b' is no path from '.b' on."),),
    )  # fmt: skip
    new = NewSecret("prod-alertmanager", KEY, snippets("alertmanager", URL, KEY))
    am = sender(now, name="prod-alertmanager", kind="alertmanager", state="heard", silent_since=None, errors=[])
    off = sender(now, state="disabled", disabled_at=now - timedelta(hours=1))
    given = {"what": "", "since": "", "how_many": "", "contact": ""}
    filled = {"what": "I cannot pay.\nNothing happens.", "since": "hour", "how_many": "all", "contact": "x@example.com"}
    since = {str(name): text for name, text in SINCE.items()}
    how_many = {str(name): text for name, text in HOW_MANY.items()}
    return {
        "/settings/sources/legacy-nagios": one(sender(now), None, sent),
        "/settings/sources/prod-alertmanager": one(am, new),
        "/settings/sources/off": one(off),
        "/settings/sources/legacy-nagios/mapping": render(mapping),
        "/report": render(ReportPage(visit, "/report", since, how_many, given)),
        "/report/KEY": render(ReportPage(nobody, "/report/KEY", since, how_many, filled, "Say what you cannot do.")),
        "/reported": render(ReportedPage(nobody, "R-4F2A-91C0", "/report/KEY", "")),
    }
