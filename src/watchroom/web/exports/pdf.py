"""A report's JSON on standard input becomes a PDF on standard output: `python -m watchroom.web.exports.pdf`.

Run by `report_forms` in a process of its own, since typst is heavy; by hand it works the same. What people wrote is
data for `report.typ` and never part of it. Reads no file but that, and nothing from the network. When letters lack a
font, the last page says so, and so does a line on standard error.
"""

import json
import re
import sys
from functools import partial
from importlib.resources import files

import typst

from watchroom.web.exports.fonts import FONTS, LACKS, lacking, said

_PROBE = b"""#set document(title: "letters", date: none)
#set text(font: json(bytes(sys.inputs.fonts)))
#for letter in sys.inputs.letters.clusters() [#letter #parbreak()]"""
_NUMBERED = re.compile(r"\\u\{([0-9a-f]+)\}")
_MISSING = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)


def main() -> int:
    """Make one PDF; the exit status."""
    source = files("watchroom.web.exports").joinpath("report.typ").read_bytes()
    report, fonts = sys.stdin.buffer.read().decode(), json.dumps(FONTS)
    written = json.dumps(json.loads(report), ensure_ascii=False)
    lacks = said(lacking(written, partial(first_without_a_shape, fonts_json=fonts)))
    inputs = {"report": report, "fonts": fonts, "lacks": lacks}
    made = typst.compile(source, format="pdf", sys_inputs=inputs)
    if lacks:
        sys.stderr.write(f"{LACKS}{lacks}\n")
    sys.stdout.buffer.write(made)
    sys.stdout.buffer.flush()
    return 0


def first_without_a_shape(letters: str, fonts_json: str) -> str | None:
    """The first of the letters that typst finds in no font; None when there is none."""
    inputs = {"letters": letters, "fonts": fonts_json}
    try:
        typst.compile(_PROBE, format="pdf", sys_inputs=inputs, pdf_standards=["a-2b"])
    except typst.TypstError as error:
        found = _MISSING.search(str(error.message))
        # Letters that nobody could tell apart are written by their numbers there.
        return _NUMBERED.sub(lambda number: chr(int(number[1], 16)), found[1]) if found else None
    return None


if __name__ == "__main__":
    sys.exit(main())
