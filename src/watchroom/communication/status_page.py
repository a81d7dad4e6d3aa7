"""The status page: what it is called, whether it is shown, and its components, in groups and in an order.

A component is what customers would call a part of the product; it stands for services, so that what a room says of them
can be told in the customers' words. Facts of the stream `directory`, so each change has an author and a time. What is
broken stands in no fact of these: an update to customers says it (`update`). Folded by `status_book`. Pure.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Literal, get_args

import msgspec

from watchroom.base.errors import Malformed, NotFound
from watchroom.record.event import Event, Fact

ComponentStatus = Literal["operational", "under_maintenance", "degraded_performance", "partial_outage", "major_outage"]
"""How a component is, the best first (source: Statuspage's public API, `component.status`)."""
STATUSES: tuple[ComponentStatus, ...] = get_args(ComponentStatus)
OPERATIONAL: ComponentStatus = "operational"
NAME_CHARS_MAX = 100
ABOUT_CHARS_MAX = 500
SERVICES_MAX = 100
COMPONENTS_MAX = 200

_SAID: dict[str, ComponentStatus] = {
    **{status: status for status in STATUSES},
    **dict.fromkeys(("ok", "up", "fine", "working", "available", "healthy", "none", "resolved"), OPERATIONAL),
    **dict.fromkeys(("degraded", "slow", "impaired", "minor"), STATUSES[2]),
    **dict.fromkeys(("partial", "partially_down", "some"), STATUSES[3]),
    **dict.fromkeys(("major", "down", "outage", "broken", "unavailable", "critical", "full_outage"), STATUSES[4]),
    **dict.fromkeys(("maintenance",), STATUSES[1]),
}


class StatusPageDescribed(Fact, frozen=True, kw_only=True):
    """The status page has this name from now on, and is shown to everybody or to nobody."""

    shown: bool
    name: str = ""
    about: Annotated[str, msgspec.Meta(description="A sentence below the name.")] = ""
    help_url: Annotated[str, msgspec.Meta(description="Where customers find help.")] = ""


class StatusComponentDefined(Fact, frozen=True, kw_only=True):
    """A component is on the status page from now on; said again of its id, it is so from now on."""

    id: str
    name: str
    about: str = ""
    group: Annotated[str, msgspec.Meta(description="The heading that it stands under; empty: none.")] = ""
    services: Annotated[list[str], msgspec.Meta(description="The services that it stands for.")] = []


class StatusComponentRemoved(Fact, frozen=True, kw_only=True):
    """A component is not on the status page any more; what was said of it stays said."""

    id: str


class StatusComponentsOrdered(Fact, frozen=True, kw_only=True):
    """The components stand in this order from now on; those that are not named keep theirs behind."""

    ids: list[str]


FACTS: tuple[type[Fact], ...] = (
    StatusPageDescribed,
    StatusComponentDefined,
    StatusComponentRemoved,
    StatusComponentsOrdered,
)


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """One component as it is defined."""

    id: str
    name: str
    about: str = ""
    group: str = ""
    services: tuple[str, ...] = ()
    created_at: datetime
    updated_at: datetime


class Page(msgspec.Struct):
    """The status page as it is set up."""

    shown: bool = True
    name: str = ""
    about: str = ""
    help_url: str = ""
    changed_at: datetime | None = None
    by_id: dict[str, Component] = {}
    """The components in their order."""

    @property
    def components(self) -> tuple[Component, ...]:
        """The components as they stand on the page: in their order, those of a group together."""
        groups: dict[str, list[Component]] = {}
        for component in self.by_id.values():
            # One without a group is a group of its own, where it stands.
            groups.setdefault(component.group or f"\x00{component.id}", []).append(component)
        return tuple(component for members in groups.values() for component in members)


def status_of(said: str) -> ComponentStatus | None:
    """What somebody means by a word such as `major outage` or `down`; None for a word that says no status."""
    return _SAID.get("_".join(said.casefold().replace("-", " ").replace("_", " ").split()))


def find(said: str, components: Iterable[Component]) -> Component | None:
    """The component that is named so: by its id, its name, or a service that it alone stands for."""
    plain = " ".join(said.split()).casefold()
    known = tuple(components)
    for component in known:
        if plain in (component.id, component.name.casefold()):
            return component
    standing = [each for each in known if plain in {service.casefold() for service in each.services}]
    return standing[0] if len(standing) == 1 else None


def apply(page: Page, fact: Fact | None, event: Event) -> None:
    """Fold one fact into the page, in place."""
    match fact:
        case StatusPageDescribed():
            page.shown, page.name, page.about, page.help_url = fact.shown, fact.name, fact.about, fact.help_url
        case StatusComponentDefined():
            before = page.by_id.get(fact.id)
            page.by_id[fact.id] = Component(
                id=fact.id,
                name=fact.name,
                about=fact.about,
                group=fact.group,
                services=tuple(fact.services),
                created_at=before.created_at if before is not None else event.at,
                updated_at=event.at,
            )
        case StatusComponentRemoved():
            page.by_id.pop(fact.id, None)
        case StatusComponentsOrdered():
            first = [id for id in fact.ids if id in page.by_id]
            page.by_id = {id: page.by_id[id] for id in dict.fromkeys((*first, *page.by_id))}
        case _:
            return
    page.changed_at = event.at


def _line(text: str, what: str, chars_max: int) -> str:
    line = " ".join(text.split())
    if len(line) > chars_max or not line.isprintable():
        raise Malformed(f"{line[:60]!r} cannot be {what}.", hint=f"Use at most {chars_max} characters, on one line.")
    return line


def _public_url(text: str) -> str:
    url = _line(text, "a link", ABOUT_CHARS_MAX)
    if url and not url.casefold().startswith(("https://", "http://", "mailto:")):
        raise Malformed(f"{url[:60]!r} is no link.", hint="Begin it with https:// or mailto:.")
    return url


def described(*, shown: bool, name: str = "", about: str = "", help_url: str = "") -> StatusPageDescribed:
    """The fact that the page is so. Raises Malformed."""
    return StatusPageDescribed(
        shown=shown,
        name=_line(name, "the page's name", NAME_CHARS_MAX),
        about=_line(about, "what stands below the name", ABOUT_CHARS_MAX),
        help_url=_public_url(help_url),
    )


def defined(
    page: Page, id: str, name: str, *, about: str = "", group: str = "", services: Sequence[str] = ()
) -> StatusComponentDefined:
    """The fact that a component is so. Raises Malformed: a name is one component's, since updates name them."""
    name = _line(name, "the name of a component", NAME_CHARS_MAX)
    if not name:
        raise Malformed("The component has no name.", hint="Call it what customers call it, such as Checkout.")
    other = next((each for each in page.by_id.values() if each.name.casefold() == name.casefold()), None)
    if other is not None and other.id != id:
        raise Malformed(f"There is a component {other.name} already.", hint="Change that one, or choose another name.")
    if id not in page.by_id and len(page.by_id) >= COMPONENTS_MAX:
        raise Malformed(
            f"A status page holds at most {COMPONENTS_MAX} components.", hint="Put together what customers see as one."
        )
    named = list(dict.fromkeys(_line(service, "the name of a service", NAME_CHARS_MAX * 2) for service in services))
    if len(named) > SERVICES_MAX:
        raise Malformed(f"It stands for more than {SERVICES_MAX} services.", hint="Make several components of it.")
    return StatusComponentDefined(
        id=id,
        name=name,
        about=_line(about, "what a component is", ABOUT_CHARS_MAX),
        group=_line(group, "the name of a group", NAME_CHARS_MAX),
        services=[service for service in named if service],
    )


def moved(page: Page, id: str, by: int) -> StatusComponentsOrdered:
    """The fact that a component stands further up (`by` = -1) or down (1). Raises NotFound, Malformed."""
    ids = [component.id for component in page.components]
    if id not in ids:
        raise unknown_component(id)
    here = ids.index(id)
    there = here + by
    if not 0 <= there < len(ids):
        raise Malformed("It stands at the end already.", hint="Move another one.")
    mine, next_to_it = page.by_id[id], page.by_id[ids[there]]
    if mine.group and mine.group != next_to_it.group:
        # At the edge of its group the whole group moves: its members stand together.
        return StatusComponentsOrdered(ids=_past(page, ids, mine.group, by))
    if next_to_it.group and next_to_it.group != mine.group:
        others = [each for each in ids if page.by_id[each].group == next_to_it.group]
        there = ids.index(others[0 if by < 0 else -1])
    ids.insert(there, ids.pop(here))
    return StatusComponentsOrdered(ids=ids)


def _past(page: Page, ids: Sequence[str], group: str, by: int) -> list[str]:
    """The order in which a group has changed places with whatever stands next to it."""
    blocks: list[list[str]] = []
    for id in ids:
        own = page.by_id[id].group
        if blocks and own and page.by_id[blocks[-1][0]].group == own:
            blocks[-1].append(id)
        else:
            blocks.append([id])
    here = next(at for at, block in enumerate(blocks) if page.by_id[block[0]].group == group)
    blocks.insert(here + by, blocks.pop(here))
    return [id for block in blocks for id in block]


def unknown_component(id: str) -> NotFound:
    """What is said of a component that there is not."""
    return NotFound(f"There is no component {id[:80]!r}.", hint="Load the settings of the status page again.")
