"""The report as Markdown, as one HTML file, or as a PDF.

Whatever a person wrote stays words: escaped in Markdown and HTML, data and never code in the PDF, which a process of
its own makes (`report_pdf`), since that is heavy. Called by the shell and the API.
"""

import asyncio
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from watchroom.base.errors import Unavailable
from watchroom.web.exports.fonts import LACKS
from watchroom.web.exports.report import Report
from watchroom.web.html.template import render, template

FORMATS = ("jsonl", "md", "html", "pdf")
MEDIA_TYPES = {
    "jsonl": "application/jsonl",
    "md": "text/markdown",
    "html": "text/html",
    "pdf": "application/pdf",
}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")
_LINE_START = re.compile(r"^(\s*)([-+=]|\d+[.)])", re.MULTILINE)


@template("report.html")
@dataclass(frozen=True)
class ReportPage:
    """The report as one file: nothing is loaded from anywhere."""

    report: Report
    """Its texts."""


class Made(NamedTuple):
    """A report as a file."""

    content: bytes
    lacks: str = ""
    """Which letters are boxes in it, for want of a font, and what to install; empty for none."""


async def rendered(report: Report, form: str, pdf_s: float) -> Made:
    """The report in one of the forms for people. Raises Unavailable when the PDF cannot be made within `pdf_s`."""
    if form == "md":
        return Made(markdown(report).encode())
    if form == "html":
        return Made(b"<!doctype html>\n" + render(ReportPage(report)).encode() + b"\n")
    return await pdf(report, pdf_s)


def markdown(report: Report) -> str:
    """The report as Markdown (CommonMark with tables)."""
    return "\n".join(_markdown(report)) + "\n"


def _markdown(report: Report) -> Iterator[str]:
    yield f"# {plain(report.title)}"
    yield ""
    yield f"Incident `{report.id}`"
    if report.banner:
        yield f"\n**{plain(report.banner)}**"
    yield ""
    yield from _table(("", ""), report.facts)
    for table in report.tables:
        yield f"\n## {table.title}\n"
        if table.rows:
            yield from _table(table.columns, table.rows)
        else:
            yield table.empty
    yield "\n## Timeline\n"
    for line in report.timeline:
        says = plain(line.says)
        mark = f" *({line.mark})*" if line.mark else ""
        yield f"- \\#{line.seq} {line.at} **{plain(line.who)}**{f': {says}' if says else ''}{mark}"
        if line.quote:
            yield ""
            yield from (f"  > {_words(each)}".rstrip() for each in line.quote.splitlines())
            yield ""
    yield "\n## Proof\n"
    yield from _table(("", ""), report.proof)


def _table(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'|'.join(' --- ' for _ in columns)}|"
    for row in rows:
        yield f"| {' | '.join(plain(cell) for cell in row)} |"


def plain(text: str) -> str:
    """Words in one line in which nothing is Markdown."""
    return _words(" ".join(text.split()))


def _words(text: str) -> str:
    return _LINE_START.sub(lambda found: f"{found[1]}\\{found[2]}", _SPECIAL.sub(r"\\\1", text))


async def pdf(report: Report, pdf_s: float) -> Made:
    """The report as PDF, made by a process of its own. Raises Unavailable."""
    return await made_aside("watchroom.web.exports.pdf", report, pdf_s, hint="Export it as HTML and print that.")


async def made_aside(module: str, given: Any, pdf_s: float, *, hint: str) -> Made:
    """The PDF that a module makes of what it is given as JSON, in a process of its own. Raises Unavailable."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        made, said = await asyncio.wait_for(process.communicate(msgspec.json.encode(given)), pdf_s)
    except TimeoutError as error:
        raise Unavailable(f"The PDF was not made within {pdf_s:g} s.", hint=hint) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0 or not made.startswith(b"%PDF"):
        last = said.decode(errors="replace").strip().rpartition("\n")[2]
        raise Unavailable(f"The PDF could not be made: {last[:200]}", hint=hint)
    lines = said.decode(errors="replace").splitlines()
    return Made(made, next((line.removeprefix(LACKS) for line in lines if line.startswith(LACKS)), ""))
