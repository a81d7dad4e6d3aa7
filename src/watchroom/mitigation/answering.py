"""Answering by acting: whoever was called and then does something in the room themself has heard it, and is here.

Called by `incident.advance` for every event before its own fold. Only a person's own deed counts: what others do about
a page, or write down afterwards, says nothing about whether the one who was called heard it. Pure.
"""

from watchroom.mitigation.page import PageAcknowledged, Pages, acknowledge, answers
from watchroom.mitigation.recruiting import Presence
from watchroom.record.event import VIA_ENTERED, Deed, Event, Fact

PERSON = "person:"


def is_acknowledged(pages: Pages, fact: Fact, event: Event) -> bool:
    """Whether a fact says that one who was called heard it, in a way that counts, of a page that still calls them."""
    if not isinstance(fact, PageAcknowledged):
        return False
    page = pages.by_id.get(fact.page)
    return page is not None and page.withdrawn_at is None and answers(fact, page.to, event)


def heed(pages: Pages, presence: Presence, fact: Fact, event: Event) -> bool:
    """Fold what a deed of somebody who was called says beside itself, in place: answered by it, and a responder.

    Saying that a page was heard answers that page alone, and can be done from outside the room. Calling oneself, as
    one of a team, is not being called: the next word would answer for everybody of the call. Who was let go is a
    responder again once they were called again.
    """
    if not pages.by_id or not isinstance(fact, Deed) or isinstance(fact, PageAcknowledged):
        return False
    if event.via == VIA_ENTERED or not event.actor.startswith(PERSON):
        return False
    person = event.actor.removeprefix(PERSON)
    answered = False
    let_go_at = presence.released.get(person)
    for page in pages.by_id.values():
        if page.to != person or page.by == person:
            continue
        if page.open:
            acknowledge(pages, page, event)
            page.acknowledged_at, page.answered_with = event.recorded_at, event.kind
            answered = True
        if person not in presence.since and (let_go_at is None or page.at > let_go_at):
            presence.since[person] = event.recorded_at
            presence.released.pop(person, None)
    return answered
