"""The book of the status page: its name, components and windows of maintenance, as the record has them.

Folded from the stream `directory`, so every server process sees the same. Called by the settings page, the API and the
shell, which change it, and by the status page, which shows it. Never says what is broken.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from watchroom.base.clock import Clock, rfc3339
from watchroom.base.rng import short_hash
from watchroom.communication import maintenance, status_page
from watchroom.communication.maintenance import MaintenanceCalledOff, Maintenances, MaintenanceState
from watchroom.communication.status_page import Component, Page, StatusComponentRemoved
from watchroom.people.stream import Following, record
from watchroom.record.codec import FactCodec
from watchroom.record.event import Event, Fact
from watchroom.record.log import Log

FACTS: tuple[type[Fact], ...] = (*status_page.FACTS, *maintenance.FACTS)
CODEC = FactCodec(FACTS)
ID_CHARS = 12
"""As long as Statuspage's ids are, for whoever keeps them in a column of that width."""


class StatusBook(Following):
    """See the module. Call `load` once; from then on it follows the log by itself."""

    def __init__(self, log: Log, clock: Clock) -> None:
        super().__init__(log, clock)
        self.page = Page()
        self.maintenances = Maintenances()
        self.version = 0
        """Grows with every change, so that whoever shows the book knows that it is another."""
        self._changed: list[Callable[[], object]] = []

    def on_change(self, told: Callable[[], object]) -> None:
        """Have this called whenever the book has changed."""
        self._changed.append(told)

    def names(self) -> tuple[str, ...]:
        """How components may be named in an update, in lower case."""
        known = self.page.by_id.values()
        said = ((each.id, each.name.casefold(), *(service.casefold() for service in each.services)) for each in known)
        return tuple(name for names in said for name in names)

    async def describe(
        self, *, actor: str, via: str, shown: bool, name: str = "", about: str = "", help_url: str = ""
    ) -> None:
        """Say what the page is called, and whether it is shown. Raises Malformed."""
        await self._write(
            status_page.described(shown=shown, name=name, about=about, help_url=help_url), actor=actor, via=via
        )

    async def define(
        self,
        name: str,
        *,
        actor: str,
        via: str,
        id: str = "",
        about: str = "",
        group: str = "",
        services: Sequence[str] = (),
    ) -> Component:
        """Add a component, or change the one of this id. Raises Malformed, NotFound."""
        await self.catch_up()
        if id and id not in self.page.by_id:
            raise status_page.unknown_component(id)
        id = id or self._new_id("component", name)
        fact = status_page.defined(self.page, id, name, about=about, group=group, services=services)
        await self._write(fact, actor=actor, via=via)
        return self.page.by_id[id]

    async def move(self, id: str, by: int, *, actor: str, via: str) -> None:
        """Put a component one place up (-1) or down (1). Raises NotFound, Malformed."""
        await self.catch_up()
        await self._write(status_page.moved(self.page, id, by), actor=actor, via=via)

    async def remove(self, id: str, *, actor: str, via: str) -> None:
        """Take a component off the page. Raises NotFound."""
        await self.catch_up()
        if id not in self.page.by_id:
            raise status_page.unknown_component(id)
        await self._write(StatusComponentRemoved(id=id), actor=actor, via=via)

    async def schedule(
        self,
        name: str,
        starts_at: datetime,
        ends_at: datetime,
        *,
        actor: str,
        via: str,
        id: str = "",
        text: str = "",
        components: Sequence[str] = (),
    ) -> str:
        """Announce maintenance, or change what was announced under this id; its id. Raises Malformed, NotFound."""
        await self.catch_up()
        if id and id not in self.maintenances.by_id:
            raise maintenance.unknown_maintenance(id)
        covered: list[str] = []
        for said in components:
            component = status_page.find(said, self.page.by_id.values())
            if component is None:
                raise status_page.unknown_component(said)
            covered.append(component.id)
        id = id or self._new_id("maintenance", name)
        fact = maintenance.scheduled(self.maintenances, id, name, starts_at, ends_at, text=text, components=covered)
        await self._write(fact, actor=actor, via=via)
        return id

    async def note(self, id: str, state: MaintenanceState, text: str = "", *, actor: str, via: str) -> None:
        """Tell customers how announced maintenance goes. Raises NotFound, AlreadyDone, Malformed."""
        await self.catch_up()
        fact = maintenance.noted(self.maintenances, id, state, text, self._clock.now())
        await self._write(fact, actor=actor, via=via)

    async def call_off(self, id: str, *, actor: str, via: str) -> None:
        """Announced maintenance is not done. Raises NotFound."""
        await self.catch_up()
        if id not in self.maintenances.by_id:
            raise maintenance.unknown_maintenance(id)
        await self._write(MaintenanceCalledOff(id=id), actor=actor, via=via)

    def take(self, event: Event) -> None:
        fact = CODEC.decode(event)
        if not isinstance(fact, FACTS):
            return
        if not maintenance.apply(self.maintenances, fact, event):
            status_page.apply(self.page, fact, event)
        self.version += 1
        for told in self._changed:
            told()

    async def _write(self, fact: Fact, *, actor: str, via: str) -> None:
        await record(self._log, self._clock, CODEC, fact, actor, via)
        await self.catch_up()

    def _new_id(self, what: str, name: str) -> str:
        return short_hash(what, name, rfc3339(self._clock.now()), str(self._seq))[:ID_CHARS]
