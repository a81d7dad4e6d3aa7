"""Ringing: whoever is called sees it on every page that they have open, whatever the page shows.

A page that somebody opens holds what calls them already; what comes later goes to that person's streams as a frame
of their own. Built by `app`; the confirmation that it was shown, and the answer, come back as ordinary requests.
Never decides who may be called: the outbox does.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from watchroom.base.errors import WatchroomError
from watchroom.integrations.outbox import Letter, Outbox
from watchroom.record.projection import Projector
from watchroom.web.html.markup import Markup, as_is
from watchroom.web.html.template import People, render, template
from watchroom.web.live.live import Hub

SHOWN_MAX = 5

_log = logging.getLogger(__name__)


@template("ring.html")
@dataclass(frozen=True)
class Ring:
    """Everything that calls one person now."""

    letters: Sequence[Letter]
    """The newest first."""
    more: int
    """How many more there are."""
    people: People
    """Names of people."""


class Ringer:
    """Keeps every open page's ring up to date. `run` until cancelled."""

    def __init__(self, outbox: Outbox, projector: Projector, hub: Hub, people: People) -> None:
        self._outbox = outbox
        self._projector = projector
        self._hub = hub
        self._people = people
        self._told: dict[str, Markup] = {}

    def shown(self, person: str) -> Markup:
        """What stands in `#ring` on this person's pages, as far as is known at this moment."""
        letters = self._outbox.ringing(person)
        if not letters:
            return Markup("")
        return as_is(render(Ring(letters[:SHOWN_MAX], max(0, len(letters) - SHOWN_MAX), self._people)))

    def frame(self, person: str) -> bytes:
        """The frame that brings `#ring` up to date. It has no number: what the page has seen of its room stays."""
        html = f'<hx-partial hx-target="#ring" hx-swap="innerMorph">{self.shown(person) or " "}</hx-partial>'
        return f"data: {html}\n\n".encode()

    async def run(self) -> None:
        """Tell each person whose ring has changed."""
        seen = 0
        while True:
            seen = await self._outbox.wait(seen)
            try:
                await self._projector.caught_up()
                await self._outbox.settle()
            except WatchroomError as error:
                _log.warning("What rings could not be looked up; it is at the next change: %s", error.message)
                continue
            except Exception:  # supervised: whoever is called later must still be told
                _log.exception("What rings could not be looked up; it is at the next change")
                continue
            self.tell()

    def tell(self) -> None:
        """Send what changed since the last time to those who have a page open."""
        present = self._hub.people
        for person in present:
            html = self.shown(person)
            if html != self._told.get(person, Markup("")):
                self._hub.tell(person, self.frame(person))
                self._told[person] = html
        for gone in set(self._told).difference(present):
            del self._told[gone]
