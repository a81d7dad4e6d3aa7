"""Turning a model into HTML: one frozen dataclass a template, an unknown variable an error, all escaped, on one line.

Called by the models' modules (`panels`, `timeline`, `pages`, `frames`); the rest of the house uses `render`. Never
reads a clock: times are absolute `<time>` elements, which `static/dress.js` turns into clocks, ages and countdowns.
"""

import re
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.ext import Extension
from jinja2.runtime import Context

from watchroom.base.clock import day_and_time, rfc3339
from watchroom.review.recovery import said_minutes
from watchroom.web.html.icons import icon
from watchroom.web.html.markdown import safe_html
from watchroom.web.html.markup import Markup, escape, one_line
from watchroom.web.html.talk import talk_html
from watchroom.web.html.words import after, anchor, every, initials, many, share, span, standing, word
from watchroom.web.room.folding import marks

Model = TypeVar("Model")

TEMPLATES: dict[str, type] = {}
"""Template name -> the dataclass whose fields are its variables."""
_NAMES: dict[type, str] = {}

FOLDER = Path(__file__).parent.with_name("templates")


CSRF_FIELD = 'name="csrf" value=""'
"""How panels and entries leave a place for the page's form token, since they are the same for every viewer.

Filled in when they stand in a page (one that has a `visit`); in a live frame it stays empty, and the page's script
sends the token as a header. What a person wrote can never read like this: its quotation marks are escaped.
"""


class People(Protocol):
    """The directory as the pages need it."""

    def name(self, ref: str) -> str:
        """How a person is called: `ref` is an e-mail, `token:NAME` or `character:NAME`; also for one who is unknown."""


class _Tidy(Extension):
    """Takes the indentation out of templates when they are compiled, so that nothing is spent on it later."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return re.sub(r"[ \t]*\n[ \t]*", "\n", source)


def _finalize(value: Any) -> Any:
    """What every `{{ }}` passes: nothing for None, and no bare line break, since a frame is one line."""
    if value is None:
        return ""
    if isinstance(value, str) and not isinstance(value, Markup) and ("\n" in value or "\r" in value):
        return one_line(escape(value))
    return value


def _time(at: datetime | None, show: str) -> Markup:
    """A `<time>` with the whole moment, which the page's script shortens to what its reader needs to tell the day."""
    if at is None:
        return Markup("")
    at = at.astimezone(UTC)
    # Without the script nobody knows what day the reader has: then all of it stands there.
    text = f"{at.day} {at:%b} {at.year} {at:%H:%M}"
    return Markup('<time datetime="{}" data-t="{}">{}</time>').format(rfc3339(at), show, text)


def _utc(at: datetime | None) -> Markup:
    """A `<time>` that says its zone, for pages without a script."""
    if at is None:
        return Markup("")
    return Markup('<time datetime="{}">{}</time>').format(rfc3339(at), day_and_time(at))


@pass_context
def _person(context: Context, ref: str) -> Markup:
    """The person's name, marked so that the page can say "You" to the one who looks; nobody where it was purged."""
    if not ref:
        return Markup("nobody")
    return Markup('<bdi data-person="{}">{}</bdi>').format(ref, context["people"].name(ref))


@pass_context
def _face(context: Context, ref: str) -> Markup:
    """The person's initials in a ring."""
    return Markup('<span class="face" aria-hidden="true" data-face="{}">{}</span>').format(
        ref, initials(context["people"].name(ref))
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
        extensions=[_Tidy],
    )
    filters: dict[str, Callable[..., Any]] = {
        # `clock`: with its day where that is not today, and its year where that is not this one. `date`: always with
        # its day. `row`: in a list in the order of time, with its day where the row before it had another.
        **{
            show: partial(_time, show=show)
            for show in ("clock", "date", "row", "ago", "age", "left", "within", "stated")
        },
        "iso": rfc3339,
        "utc": _utc,
        "person": _person,
        "face": _face,
        "markdown": safe_html,
        "talk": talk_html,
        "word": word,
        "components": standing,
    }
    environment.filters.update(filters)
    environment.globals.update(
        folds=marks,
        icon=icon,
        span=span,
        after=after,
        every=every,
        many=many,
        share=share,
        minutes=said_minutes,
        anchor=anchor,
        initials=initials,
    )
    return environment


_ENVIRONMENT = _environment()


def template(name: str) -> Callable[[type[Model]], type[Model]]:
    """Marks a frozen dataclass as the variables of the template `name`."""

    def mark(cls: type[Model]) -> type[Model]:
        TEMPLATES[name] = cls
        _NAMES[cls] = name
        return cls

    return mark


def render(model: Any) -> str:
    """The model's HTML, on one line. A variable that the template does not know is an error (StrictUndefined)."""
    cls = type(model)
    variables = {field.name: getattr(model, field.name) for field in fields(model)}
    html = _ENVIRONMENT.get_template(_NAMES[cls]).render(variables).replace("\n", " ")
    if "visit" in variables:
        html = html.replace(CSRF_FIELD, f'name="csrf" value="{escape(variables["visit"].csrf)}"')
    return html


def warm() -> None:
    """Compile every template, so that the first one to open a page does not wait for it. Safe in a thread."""
    for name in TEMPLATES:
        _ENVIRONMENT.get_template(name)
