"""Every address of the server, on one page.

Handed to the application by `app`. The order is for people to read; the framework finds handlers by path.
"""

from typing import Any

from litestar import asgi

from watchroom.integrations import opsgenie, pagerduty
from watchroom.people.source import KINDS
from watchroom.web import (
    administration,
    api_changes,
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
from watchroom.web.live import Receive, Send
from watchroom.web.protocols import Answer

_INGEST = {"methods": ("POST",), "body": "json", "answer": Answer}


@asgi([f"/api/v1/signals/{kind}" for kind in KINDS], copy_scope=False, opt=_INGEST)
async def take_signals(scope: Any, receive: Receive, send: Send) -> None:
    """Take signals in, as the sender of this kind sends them; answered only once they are durable."""
    await ingest.take(_house(scope), scope, receive, send)


@asgi("/api/v2/alerts", copy_scope=False, opt=_INGEST)
async def take_alerts(scope: Any, receive: Receive, send: Send) -> None:
    """Take alerts in, as Prometheus posts them to an Alertmanager."""
    await ingest.take(_house(scope), scope, receive, send)


@asgi(["/v2/enqueue", "/v2/change/enqueue"], copy_scope=False, opt={**_INGEST, "answer": pagerduty.Accepted})
async def take_pagerduty(scope: Any, receive: Receive, send: Send) -> None:
    """Take an event or a change event in, as clients of PagerDuty's Events API v2 send it; 202."""
    await ingest.take(_house(scope), scope, receive, send)


@asgi("/generic/2010-04-15/create_event.json", copy_scope=False, opt={**_INGEST, "answer": pagerduty.Accepted})
async def take_pagerduty_legacy(scope: Any, receive: Receive, send: Send) -> None:
    """Take an event in, as clients of PagerDuty's Events API v1 send it."""
    await ingest.take(_house(scope), scope, receive, send)


@asgi("/v2/alerts", copy_scope=False, opt={**_INGEST, "methods": ("GET", "POST"), "answer": opsgenie.Accepted})
async def take_opsgenie(scope: Any, receive: Receive, send: Send) -> None:
    """Take an alert in, as clients of Opsgenie's Alert API v2 send it (202), or list the sender's own."""
    await ingest.take(_house(scope), scope, receive, send)


@asgi(
    "/v2/alerts/{address:path}",
    copy_scope=False,
    opt={**_INGEST, "methods": ("DELETE", "GET", "POST", "PUT"), "answer": opsgenie.Accepted},
)
async def take_opsgenie_actions(scope: Any, receive: Receive, send: Send) -> None:
    """Close an alert, acknowledge it, note something, or ask how it stands, as clients of Opsgenie do."""
    await ingest.take(_house(scope), scope, receive, send)


@asgi("/in/{key:str}/{address:path}", copy_scope=False, opt=_INGEST)
async def take_with_key(scope: Any, receive: Receive, send: Send) -> None:
    """Every ingest address behind `/in/KEY`, for senders that can set no header."""
    await ingest.take(_house(scope), scope, receive, send)


def _house(scope: Any) -> House:
    house: House = scope["app"].state.house
    return house


INGEST = (
    take_signals,
    take_alerts,
    take_pagerduty,
    take_pagerduty_legacy,
    take_opsgenie,
    take_opsgenie_actions,
    take_with_key,
)

API = (
    api_incidents.declare,
    api_incidents.list_incidents,
    api_incidents.show_incident,
    api_incidents.list_events,
    api_incidents.give_command,
    api_incidents.show_flow,
    api_incidents.list_commands,
    watching.fact_stream,
    api_signals.list_signals,
    api_signals.list_kept,
    api_signals.triage_signal,
    api_changes.list_changes,
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

LIVE = (watching.room_live, watching.board_live, watching.inbox_live)

OPERATIONS = (operations.healthz, operations.readyz, operations.metrics, operations.openapi)

ROUTES = (*INGEST, *API, *PAGES, *LIVE, *OPERATIONS)
