"""`watchroom search`: what was written down, found from the shell."""

from typing import Annotated

from cyclopts import Parameter

from watchroom.incident.search.places import Place
from watchroom.incident.search.searching import Answer, Hit
from watchroom.operations.search import SearchAsked
from watchroom.shell.reach import HERE, Where, ask
from watchroom.shell.screen import complain, say_json, say_table

NOTHING = "Nothing says that. Words match from their beginning; is:open sev:1 service:checkout from:ana narrow it down."


def search(
    *words: Annotated[str, Parameter(allow_leading_hyphen=True)],
    limit: int = 30,
    after: int | None = None,
    json: bool = False,
    where: Where = HERE,
) -> None:
    """Find what was written down in any room, signal or change, and people, teams and services by name; best first.

    Restricted rooms are searched too: whoever holds the record's files can read them.

    Parameters
    ----------
    words
        Words, which match from their beginning; "in quotation marks" as they are; -without. Narrowed down by
        is:open, sev:1, service:NAME, from:NAME, after:2026-11-01, before:2026-11-01, kind:decision, in:ROOM.
    limit
        How many entries at most.
    after
        Go on below this rank: what `next` said.
    json
        For programs.
    """
    answer = ask(where.settings(), "search.find", SearchAsked(" ".join(map(_quoted, words)), limit, after), Answer)
    if answer.behind:
        complain("The newest entries may be missing: the search is catching up with the record.")
    if json:
        items = [*map(_place, answer.places), *map(_hit, answer.hits)]
        say_json({"items": items, "next": answer.next, "behind": answer.behind})
        return
    rows: list[tuple[object, ...]] = [(place.kind, "", place.ref, place.name) for place in answer.places]
    rows += [(hit.kind, hit.at, f"{hit.stream}#{hit.seq}", _line(hit)) for hit in answer.hits]
    say_table(("KIND", "AT", "WHERE", "FOUND"), rows, NOTHING)


def _quoted(argument: str) -> str:
    """One argument of several words is a phrase: the shell has taken its quotation marks away."""
    plain = " " in argument.strip() and '"' not in argument and ":" not in argument
    return f'"{argument}"' if plain else argument


def _text(hit: Hit) -> str:
    return "".join(part.text for part in hit.parts)


def _line(hit: Hit) -> str:
    title = f"{hit.title}: " if hit.title and hit.kind != "incident" else ""
    return " ".join(f"{title}{_text(hit)}".split())


def _hit(hit: Hit) -> dict[str, object]:
    return {
        "kind": hit.kind, "title": hit.title, "text": _text(hit), "stream": hit.stream, "seq": hit.seq, "at": hit.at,
        "actor": hit.actor, "status": hit.status or None, "severity": hit.severity, "restricted": hit.restricted,
    }  # fmt: skip


def _place(place: Place) -> dict[str, object]:
    return {"kind": place.kind, "title": place.name, "text": place.about, "ref": place.ref}
