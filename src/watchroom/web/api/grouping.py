"""The API of grouping: the rules as they are, trying others out, keeping them.

Called by `routes`. Everybody who may read sees the rules; only an admin changes them.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Response, get, post, put

from watchroom.base.command import Caution
from watchroom.base.errors import Malformed
from watchroom.detection import grouping_rules
from watchroom.detection.grouping_rules import Rule
from watchroom.detection.replay import Comparison
from watchroom.detection.rulebook import Change
from watchroom.web.house import House, house_of
from watchroom.web.http.reading import AnyRequest, answer, body_of, caller_of, cursor, decoded, number, to_cursor

EXAMPLE = 'Send {"rules": [{"name": "by cluster", "by": ["cluster"]}]}; docs/grouping.md shows each kind.'


class GroupingBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules to keep, in their order."""

    rules: list[Rule]
    version: Annotated[
        int | None, msgspec.Meta(description="The version that was edited; another's change since then is refused.")
    ] = None
    reason: Annotated[str, msgspec.Meta(max_length=2_000, description="Why, in a sentence.")] = ""
    previewed: Annotated[
        str, msgspec.Meta(max_length=64, description="The digest that the preview of these rules answered.")
    ] = ""


class RulesBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules to try out."""

    rules: list[Rule]


class Grouping(msgspec.Struct, frozen=True, kw_only=True):
    """The rules as they stand, and who made them so."""

    version: int
    at: datetime | None
    by: str
    reason: str
    rules: list[Rule]
    digest: str
    warnings: tuple[Caution, ...] = ()


class GroupingPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What these rules would have made of the last week's signals."""

    digest: Annotated[str, msgspec.Meta(description="To be given as `previewed` when these rules are kept.")]
    since: datetime
    until: datetime
    cut: Annotated[bool, msgspec.Meta(description="Whether only a part of the week could be looked at.")]
    comparison: Comparison
    warnings: tuple[Caution, ...]


def _grouping(house: House, warnings: tuple[Caution, ...] = ()) -> Grouping:
    now: Change = house.rulebook.now
    return Grouping(
        version=now.version,
        at=now.at,
        by=now.by,
        reason=now.reason,
        rules=now.rules,
        digest=grouping_rules.digest(now.rules),
        warnings=warnings,
    )


@get("/api/v1/grouping", opt={"answer": Grouping})
async def show_grouping(request: AnyRequest) -> Response[bytes]:
    """The grouping rules as they stand, in their order."""
    caller_of(request, "read")
    house = house_of(request)
    await house.rulebook.catch_up()
    return answer(_grouping(house, grouping_rules.cautions(house.rulebook.now.rules, house.services.all())))


@put("/api/v1/grouping", opt={"body": GroupingBody, "answer": Grouping})
async def change_grouping(request: AnyRequest) -> Response[bytes]:
    """Keep these grouping rules in place of those before; the first that speaks of a signal decides."""
    caller = caller_of(request, "admin")
    house = house_of(request)
    body = decoded(await body_of(request), GroupingBody, "The rules", EXAMPLE)
    warnings = await house.rulebook.change(
        body.rules,
        actor=caller.actor,
        via="api",
        version=body.version,
        reason=body.reason,
        previewed=body.previewed,
    )
    return answer(_grouping(house, warnings))


@post("/api/v1/grouping/preview", status_code=200, opt={"body": RulesBody, "answer": GroupingPreview})
async def preview_grouping(request: AnyRequest) -> Response[bytes]:
    """Replay the last week's signals under these rules, beside those that are kept. Writes nothing."""
    caller_of(request, "admin")
    house = house_of(request)
    body = decoded(await body_of(request), RulesBody, "The rules", EXAMPLE)
    return answer(await preview(house, body.rules))


async def preview(house: House, rules: list[Rule]) -> GroupingPreview:
    """These rules over the last week, beside those that are kept. Raises Malformed, Unavailable."""
    await house.rulebook.catch_up()
    # Which rooms are practice is known from the inbox.
    await house.projector.caught_up()
    proposed = house.rulebook.proposed(rules)
    seen = await house.preview.look(house.rulebook.ready(), proposed)
    return GroupingPreview(
        digest=grouping_rules.digest(proposed.rules),
        since=seen.since,
        until=seen.until,
        cut=seen.cut,
        comparison=seen.comparison,
        warnings=grouping_rules.cautions(proposed.rules, house.services.all()),
    )


@get("/api/v1/grouping/history", opt={"query": ("limit", "after"), "answer": list[Change]})
async def list_grouping_changes(request: AnyRequest) -> Response[bytes]:
    """The last changes of the grouping rules, newest first: who, when, why, and the rules as they were then."""
    caller_of(request, "read")
    house = house_of(request)
    limit = number(request, "limit", 20, 1, house.settings.page_items_max)
    after = cursor(request.query_params.get("after"))
    await house.rulebook.catch_up()
    if after and not (after.isascii() and after.isdigit()):
        raise Malformed("after is no place in this list.", hint="Use the value of next from the page before.")
    changes = [change for change in house.rulebook.history if not after or change.version < int(after)]
    more = to_cursor(str(changes[limit - 1].version)) if len(changes) > limit else None
    return answer({"items": changes[:limit], "next": more})
