"""The one place where text is declared to be HTML that may stand as it is.

Called with what a template has rendered or what was built from constants here in the house; never with a person's
words, which the templates escape and `markdown` cleans.
"""

from markupsafe import Markup, escape

__all__ = ["Markup", "as_is", "escape", "one_line"]


def as_is(html: str) -> Markup:
    """`html`, which was escaped when it was made, as something that a template does not escape again."""
    return Markup(html)  # noqa: S704 - the only such place; its callers are named in the docstring above


def one_line(html: str) -> Markup:
    """The same HTML with its line breaks as character references: a frame is one line, and `<pre>` keeps its lines."""
    # `str` first: Markup.replace would escape the references themselves.
    return as_is(str(html).replace("\r\n", "\n").replace("\r", "\n").replace("\n", "&#10;"))
