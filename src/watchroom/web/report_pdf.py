"""A report's JSON on standard input becomes a PDF on standard output: `python -m watchroom.web.report_pdf`.

Run by `report_forms` in a process of its own, since typst is heavy; by hand it works the same. What people wrote is
data for `report.typ` and never part of it. Reads no file but that, and nothing from the network.
"""

import sys
from importlib.resources import files

import typst


def main() -> int:
    """Make one PDF; the exit status."""
    source = files("watchroom.web").joinpath("report.typ").read_bytes()
    made = typst.compile(source, format="pdf", sys_inputs={"report": sys.stdin.buffer.read().decode()})
    sys.stdout.buffer.write(made)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
