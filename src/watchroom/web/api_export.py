"""The record of an incident to take away: `GET /api/v1/incidents/{id}/export?format=jsonl|md|html|pdf`.

Called by `routes`. JSON Lines are streamed from the stored bytes; the others are made of the report. Each comes as a
file to be saved: the HTML brings its own style, which no page of this server may.
"""

from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Stream

from watchroom.base.errors import NotFound
from watchroom.record.export import export_lines
from watchroom.web.house import house_of
from watchroom.web.reading import AnyRequest, caller_of, choice
from watchroom.web.report import report_of
from watchroom.web.report_forms import FORMATS, MEDIA_TYPES, rendered


@get("/api/v1/incidents/{id:str}/export", opt={"query": ("format",)})
async def export_incident(request: AnyRequest, id: FromPath[str]) -> Response[bytes] | Stream:
    """The incident's record as a file: JSON Lines with its signed head, Markdown, HTML or PDF."""
    caller_of(request, "read")
    house = house_of(request)
    form = choice(request, "format", FORMATS) or "jsonl"
    await house.rooms.room(id)
    head = await house.log.head(id)
    if head is None:
        raise NotFound(f"There is no incident {id!r}.", hint="GET /api/v1/incidents lists them.")
    signer = await house.exports.signer()
    headers = {"Content-Disposition": f'attachment; filename="{id}.{form}"', "Cache-Control": "no-store"}
    if form == "jsonl":
        lines = export_lines(house.log, id, head, signer)
        return Stream(lines, media_type=MEDIA_TYPES[form], headers=headers)
    report = await report_of(house.log, id, head, signer, house.directory)
    if form == "pdf":
        async with house.exports.pdfs:
            content = await rendered(report, form, house.settings.pdf_s)
    else:
        content = await rendered(report, form, house.settings.pdf_s)
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)
