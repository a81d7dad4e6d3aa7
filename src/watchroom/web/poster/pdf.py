"""A poster's SVG on standard input becomes a PDF on standard output: `python -m watchroom.web.poster.pdf`.

Run by `making` in a process of its own, since typst is heavy; by hand it works the same. The input is JSON: `svg`,
`wide_mm`, `high_mm`, `title`, `text` (all that stands on it). The drawing is set as it is, its words as words. When
letters lack a font, a line on standard error says so. Reads the house's fonts, and nothing from the network.
"""

import json
import sys
from functools import partial

import typst

from watchroom.web.drawing.letters import FONTS as FOLDER
from watchroom.web.exports.fonts import FONTS, LACKS, lacking, said
from watchroom.web.exports.pdf import first_without_a_shape

_SHEET = b"""#let given = json(bytes(sys.inputs.given))
#set document(title: given.title, date: none)
#set page(width: given.wide_mm * 1mm, height: given.high_mm * 1mm, margin: 0mm)
#set text(lang: "en")
#image(bytes(given.svg), format: "svg", width: 100%, alt: given.text)"""


def main() -> int:
    """Make one PDF; the exit status."""
    given = json.loads(sys.stdin.buffer.read())
    lacks = said(lacking(given["text"], partial(first_without_a_shape, fonts_json=json.dumps(FONTS))))
    fonts = typst.Fonts(include_system_fonts=True, font_paths=[str(FOLDER)])
    made = typst.compile(_SHEET, format="pdf", sys_inputs={"given": json.dumps(given)}, font_paths=fonts)
    if lacks:
        sys.stderr.write(f"{LACKS}{lacks}\n")
    sys.stdout.buffer.write(made)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
