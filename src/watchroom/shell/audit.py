"""`watchroom audit`: who did what about access and settings."""

from watchroom.base.clock import parse_day_or_time
from watchroom.base.errors import Malformed
from watchroom.incident.audit import AREAS, AuditItem
from watchroom.operations.people import AuditAsked
from watchroom.shell.reach import HERE, Where, ask
from watchroom.shell.screen import say_json, say_table


def audit(
    *,
    who: str = "",
    about: str = "",
    since: str = "",
    q: str = "",
    limit: int = 100,
    json: bool = False,
    where: Where = HERE,
) -> None:
    """Show who did what about access and settings, when, and from where; the newest first.

    Parameters
    ----------
    who
        Part of the e-mail or name of whoever did it, or of whom it is about.
    about
        What it is about: sign_in, people, teams, services, categories, tokens,
        senders, rules or rooms.
    since
        Only from this day or time on, such as 2026-11-25.
    q
        Words that must stand in it.
    limit
        How many at most.
    json
        For programs.
    """
    if about and about not in AREAS:
        raise Malformed(f"Nothing is about {about!r}.", hint=f"Give one of {', '.join(AREAS)}.")
    at = parse_day_or_time(since, "--since") if since else None
    asked = AuditAsked(who=who, area=about, since=at, q=q, limit=limit)
    items = ask(where.settings(), "audit.list", asked, list[AuditItem])
    if json:
        say_json({"items": items})
        return
    say_table(
        ("AT", "WHO", "DID", "ABOUT", "WITH", "FROM"),
        [(item.at, item.actor, item.kind, _about(item), item.via, item.origin) for item in items],
        "Nothing like that is on record.",
    )


def _about(item: AuditItem) -> str:
    named = (item.data.get(name) for name in ("email", "name", "team", "service"))
    return next((str(name) for name in named if name), item.stream)
