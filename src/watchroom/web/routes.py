"""Every address of the server, on one page.

Handed to the application by `app`. The order is for people to read; the framework finds handlers by path.
"""

from typing import Any

from litestar import asgi

from watchroom.people.source import KINDS
from watchroom.web import (
    administration,
    api_incidents,
    api_signals,
    assets,
    ingest,
    lists,
    operations,
    room,
    watching,
)
from watchroom.web.house import House
from watchroom.web.ingest import Answer
from watchroom.web.live import Receive, Send

_INGEST = {"methods": ("POST",), "body": "json", "answer": Answer}


@asgi([f"/api/v1/signals/{kind}" for kind in KINDS], copy_scope=False, opt=_INGEST)
async def take_signals(scope: Any, receive: Receive, send: Send) -> None:
    """Take signals in, as the sender of this kind sends them; answered only once they are durable."""
    await ingest.take(_house(scope), scope, receive, send)


@asgi("/api/v2/alerts", copy_scope=False, opt=_INGEST)
async def take_alerts(scope: Any, receive: Receive, send: Send) -> None:
    """Take alerts in, as Prometheus posts them to an Alertmanager."""
    await ingest.take(_house(scope), scope, receive, send)


@asgi("/in/{key:str}/{address:path}", copy_scope=False, opt=_INGEST)
async def take_with_key(scope: Any, receive: Receive, send: Send) -> None:
    """Every ingest address behind `/in/KEY`, for senders that can set no header."""
    await ingest.take(_house(scope), scope, receive, send)


def _house(scope: Any) -> House:
    house: House = scope["app"].state.house
    return house


INGEST = (take_signals, take_alerts, take_with_key)

API = (
    api_incidents.declare,
    api_incidents.list_incidents,
    api_incidents.show_incident,
    api_incidents.list_events,
    api_incidents.give_command,
    api_incidents.show_flow,
    api_incidents.show_brief,
    api_incidents.show_gaps,
    api_incidents.list_commands,
    watching.fact_stream,
    api_signals.list_signals,
    api_signals.list_kept,
    api_signals.triage_signal,
)

PAGES = (
    lists.board_page,
    lists.declare_form,
    lists.inbox_page,
    lists.triage_form,
    lists.note_form,
    lists.sample_form,
    lists.put_away_form,
    room.room_page_handler,
    room.earlier_handler,
    room.completions_handler,
    room.do_form,
    room.say_form,
    room.page_shown,
    administration.sign_in_page,
    administration.sign_in_link_page,
    administration.sign_in_form,
    administration.sign_out_form,
    administration.people_page,
    administration.settings_page,
    administration.source_form,
    administration.token_form,
    lists.patterns,
    assets.static_file,
)

LIVE = (watching.own_live, watching.room_live, watching.board_live, watching.inbox_live)

OPERATIONS = (operations.healthz, operations.readyz, operations.metrics, operations.openapi)

ROUTES = (*INGEST, *API, *PAGES, *LIVE, *OPERATIONS)
