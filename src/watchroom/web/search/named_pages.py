"""Pages that somebody looks for by name, so that "where do I set that" is a search too.

Read by the handlers here. A page stands here with the words by which people who have never seen it would ask for it; a
test says which page of the settings is missing.
"""

from collections.abc import Iterator

from watchroom.incident.search.places import Place
from watchroom.people.caller import Caller

FOR_ALL: tuple[tuple[str, str, str, str], ...] = (
    ("/", "Board", "What runs, what waits, what is over", "home incidents overview declare"),
    ("/signals", "Signals", "Alerts and reports that wait for a judgement", "inbox alerts triage note"),
    ("/people", "People", "Who is here, and who is called how", "users members directory contacts"),
    ("/people/teams", "Teams", "Who can be called together", "groups squads on-call"),
    ("/people/roles", "Roles", "What an admin, a responder and a reader may do", "permissions rights access"),
    ("/account", "Your account", "Name, password, time zone, where you are signed in", "profile sessions sign out"),
    ("/poster", "Poster", "How you run incidents, on one sheet", "process print wall pdf"),
    ("/report", "Report a problem", "For support and customers", "form complaint"),
    ("/leadership", "For leadership", "Every running incident in business terms", "executives business summary"),
    ("/status", "Status page", "What customers read", "public components outage"),
)
FOR_ADMINS: tuple[tuple[str, str, str, str], ...] = (
    (
        "/settings",
        "Settings: senders and API tokens",
        "Who sends signals; what programs may do",
        "sources keys hook",
    ),
    (
        "/settings/profile",
        "Settings: profile",
        "Severity, roles, cadence, closing, service levels",
        "sla matrix itil sre",
    ),
    ("/settings/grouping", "Settings: grouping rules", "Which signals share a room", "dedup labels correlate"),
    (
        "/settings/services",
        "Settings: services",
        "What runs, and what it depends on",
        "catalogue topology depends",
    ),
    ("/settings/categories", "Settings: categories", "What kinds of incidents there are", "taxonomy tree merge retire"),
    ("/settings/status", "Settings: status page", "Components, maintenance", "public customers announce"),
    ("/settings/audit", "Settings: audit log", "Who changed access and settings", "history security log"),
)
"""Address, name, what is there, further words."""


def pages_for(caller: Caller) -> Iterator[Place]:
    """The pages that this caller may open."""
    for href, name, about, also in (*FOR_ALL, *(FOR_ADMINS if caller.may("admin") else ())):
        yield Place("setting", name, about, href, also)
