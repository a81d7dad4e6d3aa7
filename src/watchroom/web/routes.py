"""Every address of the server, on one page.

Handed to the application by `app`. The order is for people to read; the framework finds handlers by path.
"""

from typing import Any

from litestar import asgi

from watchroom.integrations import opsgenie, pagerduty
from watchroom.people.source import KINDS
from watchroom.web import lists
from watchroom.web.access import account, audit, door, invitation, people, person, roles, teams
from watchroom.web.api import catalogue as api_services
from watchroom.web.api import categories as api_categories
from watchroom.web.api import changes as api_changes
from watchroom.web.api import export as api_export
from watchroom.web.api import grouping as api_grouping
from watchroom.web.api import guidance as api_guidance
from watchroom.web.api import incidents as api_incidents
from watchroom.web.api import measures as api_measures
from watchroom.web.api import people as api_people
from watchroom.web.api import profile as api_profile
from watchroom.web.api import signals as api_signals
from watchroom.web.api import sources as api_sources
from watchroom.web.api import updates as api_updates
from watchroom.web.api import visibility as api_visibility
from watchroom.web.flow import page as flow
from watchroom.web.house import House
from watchroom.web.html import assets
from watchroom.web.images import handlers as images
from watchroom.web.ingest import handlers as ingest
from watchroom.web.ingest.protocols import Answer
from watchroom.web.leadership import page as leadership
from watchroom.web.live import watching
from watchroom.web.live.live import Receive, Send
from watchroom.web.operations import handlers as operations
from watchroom.web.poster import page as poster
from watchroom.web.report_form import handlers as reports
from watchroom.web.review import page as reviews
from watchroom.web.room import page as room
from watchroom.web.room import talking
from watchroom.web.search import handlers as search
from watchroom.web.settings import (
    administration,
    categories_settings,
    grouping_settings,
    mapping_pages,
    profile_settings,
    services_settings,
    source_pages,
    status_settings,
)
from watchroom.web.setup import page as setup
from watchroom.web.setup import ring
from watchroom.web.status.statuspage import DOCUMENTS
from watchroom.web.triage import handlers as triage
from watchroom.web.updates import handlers as updates

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


_PUBLIC = {"methods": ("GET", "HEAD"), "public": True}


@asgi(["/status", "/status/history", "/status/feed.atom"], copy_scope=False, opt=_PUBLIC)
async def show_status(scope: Any, receive: Receive, send: Send) -> None:
    """The public status page, its history by month, and its Atom feed; for anybody, without a cookie."""
    await _house(scope).status.serve(scope, send)


@asgi(["/status/history/{month:str}", "/status/incidents/{id:str}"], copy_scope=False, opt=_PUBLIC)
async def show_status_part(scope: Any, receive: Receive, send: Send) -> None:
    """One month of the public history (`2026-11`), or one public incident by its public id."""
    await _house(scope).status.serve(scope, send)


@asgi([f"/status/api/v2/{name}.json" for name in DOCUMENTS], copy_scope=False, opt=_PUBLIC)
async def show_status_json(scope: Any, receive: Receive, send: Send) -> None:
    """The status page as programs read a Statuspage (API v2); from any other site too."""
    await _house(scope).status.serve(scope, send)


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
    api_visibility.list_restricted,
    api_incidents.show_incident,
    api_incidents.list_events,
    api_incidents.give_command,
    images.keep_image,
    images.show_image,
    api_updates.check_update,
    api_updates.begin_update,
    api_incidents.show_flow,
    api_incidents.show_brief,
    api_export.export_incident,
    api_guidance.show_guidance,
    api_guidance.show_pointers,
    api_incidents.show_gaps,
    api_measures.show_measures,
    api_measures.list_measures,
    api_measures.enter_timeline,
    api_incidents.list_commands,
    watching.fact_stream,
    account.list_sessions,
    account.end_sessions,
    roles.list_roles,
    audit.list_audit,
    setup.show_setup,
    api_people.list_people,
    api_people.add_person,
    api_people.show_person,
    api_people.update_person,
    api_people.make_link,
    api_people.sign_person_out,
    api_people.list_teams,
    api_people.say_team,
    api_people.list_invitations,
    api_people.invite,
    api_people.renew_invitation,
    api_people.revoke_invitation,
    api_signals.list_signals,
    api_signals.list_kept,
    api_signals.triage_signal,
    api_signals.withdraw_judgement,
    api_grouping.show_grouping,
    api_grouping.change_grouping,
    api_grouping.preview_grouping,
    api_grouping.list_grouping_changes,
    api_services.list_services,
    api_services.define_service,
    api_services.remove_service,
    api_categories.list_categories,
    api_categories.define_category,
    api_categories.retire_category,
    api_categories.restore_category,
    api_categories.merge_category,
    api_profile.show_profile,
    api_profile.change_profile,
    api_profile.preview_profile,
    api_profile.list_shipped_profiles,
    api_changes.list_changes,
    search.search_api,
    api_sources.list_sources,
    api_sources.create_source,
    api_sources.show_source,
    api_sources.rotate_source,
    api_sources.end_previous_key,
    api_sources.disable_source,
    api_sources.enable_source,
    api_sources.remove_source,
    api_sources.expect_source,
    api_sources.send_sample,
    api_sources.clear_source_test,
    api_sources.list_mappings,
    api_sources.map_source,
    api_sources.try_mapping,
)

PAGES = (
    lists.board_page,
    lists.declare_form,
    triage.inbox_page,
    triage.triage_form,
    triage.judge_form,
    triage.withdraw_form,
    triage.note_form,
    triage.sample_form,
    triage.put_away_form,
    room.room_page_handler,
    reviews.review_page_handler,
    reviews.keep_all_form,
    flow.flow_page_handler,
    flow.flow_svg,
    poster.poster_page,
    poster.poster_svg,
    poster.poster_pdf,
    poster.poster_md,
    leadership.leadership_page_handler,
    leadership.all_leadership_page,
    leadership.ask_form,
    room.earlier_handler,
    room.completions_handler,
    room.vocabulary_handler,
    talking.emoji_handler,
    room.do_form,
    room.step_form,
    room.say_form,
    room.undo_form,
    room.page_shown,
    door.sign_in_page,
    door.forgotten_page,
    door.forgotten_form,
    door.sign_in_link_page,
    door.sign_in_form,
    door.password_page,
    door.password_form,
    door.sign_out_form,
    invitation.invitation_page,
    invitation.invitation_form,
    account.account_page,
    account.own_password_form,
    account.own_name_form,
    account.time_zone_form,
    account.own_sessions_form,
    people.people_page,
    people.invite_form,
    people.add_person_form,
    people.renew_invitation_form,
    people.revoke_invitation_form,
    person.person_page,
    person.person_form,
    person.person_active_form,
    person.person_link_form,
    person.person_sign_out_form,
    teams.teams_page,
    teams.team_form,
    teams.dissolve_form,
    roles.roles_page,
    audit.audit_page,
    setup.setup_page,
    setup.setup_account_form,
    setup.setup_team_form,
    setup.setup_people_form,
    setup.setup_sender,
    setup.setup_later_form,
    setup.setup_end_form,
    ring.ring_form,
    ring.ring_heard_form,
    updates.update_page,
    updates.check_words,
    updates.update_form,
    administration.settings_page,
    administration.source_form,
    administration.token_form,
    grouping_settings.grouping_page,
    grouping_settings.grouping_form,
    services_settings.services_page,
    services_settings.service_form,
    services_settings.service_remove_form,
    categories_settings.categories_page,
    categories_settings.category_form,
    categories_settings.category_retire_form,
    categories_settings.category_restore_form,
    categories_settings.category_merge_form,
    profile_settings.profile_page,
    profile_settings.profile_form,
    status_settings.status_settings_page,
    status_settings.status_form,
    status_settings.component_form,
    status_settings.component_move_form,
    status_settings.component_remove_form,
    status_settings.maintenance_form,
    status_settings.maintenance_note_form,
    status_settings.maintenance_call_off_form,
    source_pages.source_page,
    source_pages.rotate_form,
    source_pages.enable_form,
    source_pages.end_previous_key_form,
    source_pages.disable_form,
    source_pages.remove_form,
    source_pages.expect_form,
    source_pages.test_form,
    source_pages.clear_test_form,
    mapping_pages.mapping_page,
    mapping_pages.mapping_form,
    mapping_pages.try_mapping_form,
    reports.report_page,
    reports.report_form,
    reports.public_report_page,
    reports.public_report_form,
    search.search_page,
    search.search_offered,
    lists.patterns,
    assets.static_file,
)

LIVE = (
    watching.own_live,
    watching.room_live,
    watching.review_live,
    watching.flow_live,
    watching.leadership_live,
    watching.running_live,
    watching.board_live,
    watching.inbox_live,
)

STATUS = (show_status, show_status_part, show_status_json)

OPERATIONS = (operations.healthz, operations.readyz, operations.metrics, operations.openapi)

ROUTES = (*INGEST, *API, *PAGES, *LIVE, *STATUS, *OPERATIONS)
