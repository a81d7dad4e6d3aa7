"""The API of writing updates: what to begin from, and what the words give away before anybody reads them.

Called by `routes`. Posting is a command of the room (`post_update`, `approve_update`).
"""

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from watchroom.base.clock import rfc3339
from watchroom.base.command import OptionalText, When
from watchroom.communication.language.flag import Flag
from watchroom.communication.phrases import STATES, Phrases, phrases
from watchroom.communication.update import Audience, PostUpdate, Update, UpdateState, flags_on
from watchroom.incident.news import News
from watchroom.web.house import house_of
from watchroom.web.http.reading import AnyRequest, answer, body_of, caller_of, decoded, viewer_of
from watchroom.web.updates.editor import begins_with, every_min
from watchroom.web.updates.handlers import audience_of, changed
from watchroom.web.updates.held import act_of


class CheckBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words to look at: the fields of `post_update`."""

    audience: Audience
    impact: OptionalText = ""
    doing: OptionalText = ""
    need: OptionalText = ""
    next_at: When | None = None
    components: Annotated[dict[str, str], msgspec.Meta(max_length=200)] = {}
    state: UpdateState | None = None


class Checked(msgspec.Struct, frozen=True):
    """What was found, in the order in which one reads it; places are in characters of the field."""

    items: list[Flag]
    seq: int


class Beginning(msgspec.Struct, frozen=True):
    """What an update to one audience begins from."""

    audience: Audience
    state: UpdateState | None
    impact: str
    doing: str
    need: str
    next_at: str
    approval: bool
    last: Update | None
    changed: list[News]
    usual: dict[UpdateState, Phrases]
    seq: int


@post("/api/v1/incidents/{id:str}/updates/check", status_code=200, opt={"body": CheckBody, "answer": Checked})
async def check_update(request: AnyRequest, id: FromPath[str]) -> Response[bytes]:
    """Look at an update's words before they are sent; records nothing."""
    caller = caller_of(request, "respond")
    house = house_of(request)
    hint = 'Send {"audience": "customers", "impact": "UK orders fail."}.'
    asked = decoded(await body_of(request), CheckBody, "The body", hint)
    incident = await house.rooms.seen(id, viewer_of(caller))
    fields: dict[str, Any] = msgspec.structs.asdict(asked)
    found = flags_on(PostUpdate(**fields), incident, act_of(house, caller))
    return answer(Checked(found, incident.seq))


@get("/api/v1/incidents/{id:str}/updates/{audience:str}", opt={"answer": Beginning})
async def begin_update(request: AnyRequest, id: FromPath[str], audience: FromPath[str]) -> Response[bytes]:
    """What the next update to an audience begins from: the last one, what changed since, the usual words, the time."""
    caller = caller_of(request, "read")
    house = house_of(request)
    to = audience_of(audience)
    incident = await house.rooms.seen(id, viewer_of(caller))
    since = await changed(house, incident, to)
    incident = await house.rooms.seen(id, viewer_of(caller))
    words = begins_with(incident, to)
    return answer(
        Beginning(
            audience=to,
            state=words.state,
            impact=words.impact,
            doing=words.doing,
            need=words.need,
            next_at=rfc3339(house.clock.now() + timedelta(minutes=every_min(incident, to))),
            approval=to in incident.profile.cadence.approval,
            last=incident.updates.last_posted(to),
            changed=since,
            usual={state: phrases(to, state, incident.impact.text) for state in STATES},
            seq=incident.seq,
        )
    )
