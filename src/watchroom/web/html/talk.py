"""What people say to each other, made safe to show: Markdown as `markdown` has it, and in it people who are meant,
entries of the room, emoji.

Called by the timeline for speech. The words themselves stay as they were typed; code and links are left alone. Pure.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import nh3
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from watchroom.web.html.emoji import EMOJI
from watchroom.web.html.markdown import RULES, linked, parser
from watchroom.web.html.markup import Markup, escape, one_line

_MARKS = r"(?<![\w&#/])#(?P<entry>[1-9][0-9]{0,6})(?![\w])|:(?P<emoji>[a-z0-9][a-z0-9_-]*|\+1|-1):"
_ATTRIBUTES = {"a": {"href", "class"}, "b": {"class", "data-at"}}

_PLAIN = re.compile(_MARKS)
"""An entry's number, or the name of an emoji."""


def talk_html(text: str, mentions: Mapping[str, str], before: int) -> Markup:
    """Somebody's words as HTML. `mentions` says who is meant by which words; `before` is the number of the entry that
    says it: only earlier ones can be meant by `#35`."""
    env: dict[str, Any] = {"marks": _marks(mentions), "mentions": mentions, "before": before}
    html = nh3.clean(
        _parser.render(linked(text), env),
        tags={*RULES.tags, "b"},
        attributes=_ATTRIBUTES,
        url_schemes=RULES.schemes,
        link_rel=RULES.rel,
    )
    return one_line(html.strip())


def _marks(mentions: Mapping[str, str]) -> re.Pattern[str]:
    if not mentions:
        return _PLAIN
    names = "|".join(re.escape(words) for words in sorted(mentions, key=len, reverse=True))
    return re.compile(rf"(?<![\w@.])(?P<at>{names})(?!\w)|{_MARKS}")


def _talk(state: StateCore) -> None:
    """Put marks in place of the words that mean something, in what is neither code nor a link."""
    for block in state.tokens:
        if block.type != "inline" or block.children is None:
            continue
        children: list[Token] = []
        links = 0
        for token in block.children:
            links += {"link_open": 1, "link_close": -1}.get(token.type, 0)
            if token.type == "text" and not links:
                children.extend(_split(token, state.env))
            else:
                children.append(token)
        block.children = children


def _split(token: Token, env: Mapping[str, Any]) -> Iterator[Token]:
    end = 0
    for found in env["marks"].finditer(token.content):
        shown = _shown(found, env)
        if shown is None:
            continue
        yield _token("text", token.content[end : found.start()])
        yield shown
        end = found.end()
    yield _token("text", token.content[end:])


def _shown(found: re.Match[str], env: Mapping[str, Any]) -> Token | None:
    """What stands in place of a mark; None when it is none after all."""
    said = found.groupdict()
    if name := said["emoji"]:
        sign = EMOJI.get(name)
        return None if sign is None else _token("text", sign)
    if number := said["entry"]:
        if int(number) >= env["before"]:
            return None
        return _token("html_inline", f'<a class="ref" href="#e-{number}">#{number}</a>')
    words = said["at"]
    return _token("html_inline", f'<b class="at" data-at="{escape(env["mentions"][words])}">{escape(words)}</b>')


def _token(kind: str, content: str) -> Token:
    token = Token(kind, "", 0)
    token.content = content
    return token


_parser = parser()
_parser.core.ruler.push("talk", _talk)
