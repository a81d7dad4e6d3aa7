"""The record of an incident to take away: `GET /api/v1/incidents/{id}/export?format=jsonl|md|html|pdf`.

Called by `routes`. JSON Lines are streamed from the stored bytes; the others are made of the report. Each comes as a
file to be saved: the HTML brings its own style, which no page of this server may.
"""

from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Stream

from watchroom.base.errors import NotFound, Unavailable
from watchroom.record.export import export_lines, redacted_since
from watchroom.record.log import Head
from watchroom.record.signing import Signer
from watchroom.web.exports.forms import FORMATS, MEDIA_TYPES, Made, rendered
from watchroom.web.exports.report import report_of
from watchroom.web.house import House, house_of
from watchroom.web.http.reading import AnyRequest, caller_of, choice, viewer_of

TRIES_MAX = 3
LACKS_HEADER = "Watchroom-Lacks-Fonts"
"""Says which letters of a PDF are boxes for want of a font, and what to install."""


@get("/api/v1/incidents/{id:str}/export", opt={"query": ("format",)})
async def export_incident(request: AnyRequest, id: FromPath[str]) -> Response[bytes] | Stream:
    """The incident's record as a file: JSON Lines with its signed head, Markdown, HTML or PDF.

    When a PDF lacks a font, its last page and the header `Watchroom-Lacks-Fonts` say for
    which scripts, and what to install.
    """
    caller = caller_of(request, "read")
    house = house_of(request)
    form = choice(request, "format", FORMATS) or "jsonl"
    head = await house.log.head(id)
    # Asked after the head was read, up to which the record is shown.
    await house.rooms.seen(id, viewer_of(caller))
    if head is None:
        raise NotFound(f"There is no incident {id!r}.", hint="GET /api/v1/incidents lists them.")
    signer = await house.exports.signer()
    headers = {"Content-Disposition": f'attachment; filename="{id}.{form}"', "Cache-Control": "no-store"}
    if form == "jsonl":
        lines = export_lines(house.log, id, head, signer)
        return Stream(lines, media_type=MEDIA_TYPES[form], headers=headers)
    made = await _report(house, id, head, signer, form)
    # It may have been made again, up to a later head.
    await house.rooms.seen(id, viewer_of(caller))
    if made.lacks:
        headers[LACKS_HEADER] = made.lacks
    return Response(made.content, media_type=MEDIA_TYPES[form], headers=headers)


async def _report(house: House, id: str, head: Head, signer: Signer, form: str) -> Made:
    """The report in this form. It is made again when something was redacted while it was made. Raises Unavailable."""
    for _ in range(TRIES_MAX):
        report = await report_of(house.log, id, head, signer, house.directory, pictures=form == "html")
        if form == "pdf":
            async with house.exports.pdfs:
                made = await rendered(report, form, house.settings.pdf_s)
        else:
            made = await rendered(report, form, house.settings.pdf_s)
        now = await house.log.head(id)
        if now is None or now.seq == head.seq or not await redacted_since(house.log, id, head.seq):
            return made
        head = now
    raise Unavailable("Something was redacted each time that it was made.", hint="Try again in a moment.")
