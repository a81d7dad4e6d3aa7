"""The API of the categories of incidents: what there is, what it means, and what became of it.

Called by `routes`. Everybody who may read sees it; only an admin changes it.
"""

import msgspec
from litestar import Response, get, post

from watchroom.detection.taxonomy import Category
from watchroom.web.house import house_of
from watchroom.web.http.reading import AnyRequest, answer, body_of, caller_of, decoded, flag

EXAMPLE = 'Send {"name": "Third party", "description": "A vendor failed", "parent": ""}.'


class CategoryBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A category, what belongs to it, and the category that it is a part of."""

    name: str
    description: str = ""
    parent: str = ""


class CategoryNamed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A category by its name, and why something is to be done with it."""

    name: str
    reason: str = ""


class CategoryMerge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A category, and the one that it becomes a part of."""

    name: str
    into: str
    reason: str = ""


@get("/api/v1/categories", opt={"query": ("q", "offered"), "answer": list[Category]})
async def list_categories(request: AnyRequest) -> Response[bytes]:
    """The categories of incidents, each below the one that it is a part of; `offered=true`: those to choose from."""
    caller_of(request, "read")
    taxonomy = house_of(request).taxonomy
    offered = flag(request, "offered")
    await taxonomy.catch_up()
    words = request.query_params.get("q", "").casefold().split()
    items = [
        each
        for each in taxonomy.all()
        if (each.state == "offered" or not offered)
        and all(word in f"{each.name} {each.description}".casefold() for word in words)
    ]
    return answer({"items": items, "next": None})


@post("/api/v1/categories", status_code=200, opt={"body": CategoryBody, "answer": Category})
async def define_category(request: AnyRequest) -> Response[bytes]:
    """Say what a category is, whether it was known or not."""
    caller = caller_of(request, "admin")
    body = decoded(await body_of(request), CategoryBody, "The category", EXAMPLE)
    taxonomy = house_of(request).taxonomy
    made = await taxonomy.define(body.name, body.description, body.parent, actor=caller.actor, via="api")
    return answer(made)


@post("/api/v1/categories/retire", status_code=200, opt={"body": CategoryNamed})
async def retire_category(request: AnyRequest) -> Response[bytes]:
    """Offer a category no longer; incidents that carry it keep it."""
    caller = caller_of(request, "admin")
    body = decoded(await body_of(request), CategoryNamed, "The category", 'Send {"name": "Third party"}.')
    await house_of(request).taxonomy.retire(body.name, body.reason, actor=caller.actor, via="api")
    return answer({})


@post("/api/v1/categories/restore", status_code=200, opt={"body": CategoryNamed})
async def restore_category(request: AnyRequest) -> Response[bytes]:
    """Offer a category again that was retired or merged."""
    caller = caller_of(request, "admin")
    body = decoded(await body_of(request), CategoryNamed, "The category", 'Send {"name": "Third party"}.')
    await house_of(request).taxonomy.restore(body.name, actor=caller.actor, via="api")
    return answer({})


@post("/api/v1/categories/merge", status_code=200, opt={"body": CategoryMerge})
async def merge_category(request: AnyRequest) -> Response[bytes]:
    """Make a category part of another: who says the one means the other from now on."""
    caller = caller_of(request, "admin")
    body = decoded(
        await body_of(request), CategoryMerge, "The merge", 'Send {"name": "Vendor", "into": "Third party"}.'
    )
    await house_of(request).taxonomy.merge(body.name, body.into, body.reason, actor=caller.actor, via="api")
    return answer({})
