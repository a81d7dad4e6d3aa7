"""What people write, made safe to show: CommonMark without HTML and without pictures, then an allow list.

Called by templates for updates and observations, and by `talk` for messages. Never fetches anything, never lets a link
carry a referrer.
"""

import re
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt

from watchroom.web.html.markup import Markup, one_line


@dataclass(frozen=True)
class Rules:
    """What may be left of a person's words as HTML."""

    tags: frozenset[str]
    schemes: frozenset[str]
    """Of addresses that links may lead to."""
    rel: str
    """What a link says of itself."""


RULES = Rules(
    tags=frozenset({"p", "br", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr", "del"}),
    schemes=frozenset({"http", "https", "mailto"}),
    rel="noopener noreferrer nofollow",
)
_BARE = re.compile(r"(?<![\w/(\[<\"'=])https?://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)\]]")


def parser() -> MarkdownIt:
    """A parser of what people write; each caller may add rules to its own."""
    return (
        MarkdownIt("commonmark", {"html": False, "breaks": True})
        .enable("strikethrough")
        .disable(["image", "heading", "lheading", "html_block", "html_inline"])
    )


def linked(text: str) -> str:
    """The text with its bare web addresses marked as links."""
    return text if "`" in text else _BARE.sub(lambda found: f"<{found.group()}>", text)


_parser = parser()


def safe_html(text: str) -> Markup:
    """A person's words as HTML. Web addresses become links; what is not on the allow list is text or dropped."""
    html = nh3.clean(
        _parser.render(linked(text)),
        tags=set(RULES.tags),
        attributes={"a": {"href"}},
        url_schemes=set(RULES.schemes),
        link_rel=RULES.rel,
    )
    return one_line(html.strip())
