"""The poster as a file: SVG, PDF or Markdown.

Called by the addresses of the files and by the shell. The PDF is the SVG on a sheet of its size, made by a process of
its own (`pdf`), since that is heavy.
"""

import asyncio
from functools import lru_cache

from watchroom.web.exports.forms import Made, made_aside
from watchroom.web.poster.drawing import WIDE, Paper, poster
from watchroom.web.poster.markdown import markdown
from watchroom.web.poster.sheet import Sheet

FORMATS = ("svg", "pdf", "md")
KEPT = 8
"""So many drawn posters are kept: a page and its file ask for the same one."""


@lru_cache(maxsize=KEPT)
def svg(sheet: Sheet, paper: Paper) -> str:
    """The poster as an SVG in its size on paper, with its typeface in it."""
    about = " ".join(f"{told.cycle.capitalize()}: {told.goal}" for told in sheet.cycles)
    drawn = poster(sheet, paper)
    return drawn.file(sheet.title, f"{sheet.subtitle} {about}", dark=False, unit="mm", scale=paper.wide_mm / WIDE)


async def making(sheet: Sheet, paper: Paper, form: str, pdf_s: float) -> Made:
    """The poster in one of `FORMATS`. Raises Unavailable when the PDF cannot be made within `pdf_s`."""
    if form == "md":
        return Made(markdown(sheet).encode())
    # Tens of milliseconds of measuring words: not in front of others who ask the server something.
    drawn = await asyncio.to_thread(svg, sheet, paper)
    if form == "svg":
        return Made(drawn.encode())
    given = {
        "svg": drawn,
        "wide_mm": paper.wide_mm,
        "high_mm": paper.high_mm,
        "title": sheet.title,
        "text": markdown(sheet),
    }
    return await made_aside("watchroom.web.poster.pdf", given, pdf_s, hint="Take the SVG and print that.")
