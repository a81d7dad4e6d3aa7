"""`/patterns`: each panel in each state, and an entry of each kind, from the example's facts.

Called by the handler of `/patterns`. Never reads the record.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from watchroom.communication import editing
from watchroom.communication.language.checks import flags
from watchroom.communication.language.ground import Ground
from watchroom.communication.phrases import AUDIENCES
from watchroom.incident.incident import CODEC, Incident
from watchroom.incident.undo import Retracted
from watchroom.record.event import Event
from watchroom.review import timeline
from watchroom.web.flow.page import flow_panel_html
from watchroom.web.html.markup import Markup, as_is
from watchroom.web.html.pages import PatternsPage, Visit
from watchroom.web.html.template import People, render
from watchroom.web.patterns.examples import STATES, ExamplePeople, every_kind, story_until
from watchroom.web.room.panels import PANELS, panel_html
from watchroom.web.room.timeline import entry_html, since_of
from watchroom.web.updates.editor import Editor, Words, editor_fields


def entries_html(events: Iterable[Event], people: People) -> str:
    """The timeline of these events as they look after the last of them; they need not be a whole room's."""
    decoded = [(event, CODEC.decode(event)) for event in events]
    gone = {fact.seq for _, fact in decoded if isinstance(fact, Retracted)}
    whole = Incident("example")
    whole.retractions.seqs = sorted(gone)
    for event, fact in decoded:
        if fact is not None and event.seq not in gone:
            editing.apply(whole.wordings, fact, event)
            timeline.apply(whole.annotations, fact, event)
    since = since_of(whole)
    return "".join(entry_html(event, fact, people, since(event.seq)) for event, fact in decoded)


def _apart(state: str, html: str) -> Markup:
    """The same panel many times on one page: ids of their own for each, and no landmark."""
    html = re.sub(r' aria-labelledby="[^"]*"', "", html)
    html = html.replace("<nav ", '<div role="group" ').replace("</nav>", "</div>")
    return as_is(re.sub(r'( id="| href="#| aria-controls=")', rf"\1{state}-", html))


def _editors(visit: Visit, incidents: Mapping[str, Incident]) -> Iterator[tuple[str, Markup]]:
    """The editor of updates as it opens for each audience, and with words that give something away."""
    people = ExamplePeople()
    worked = incidents["worked"]
    for audience in AUDIENCES:
        editor = Editor(**editor_fields(visit, worked, people, audience))
        yield audience, _apart(f"editor-{audience}", render(editor))
    words = Words(
        impact="Bo broke checkout-svc; 4111 1111 1111 1111 was charged twice.",
        doing="It will be fixed in 5 minutes, for sure.",
        state="identified",
    )
    at = worked.last_at
    assert at is not None
    found = flags(words.impact, words.doing, words.need, None, Ground(at=at))
    flagged = Editor(**editor_fields(visit, worked, people, "customers", words=words, flags=found, held=found))
    yield "flagged", _apart("editor-flagged", render(flagged))


def patterns_page(visit: Visit) -> PatternsPage:
    """Everything at once, the same for everybody."""
    people = ExamplePeople()
    incidents = [(state.__name__, story_until(state.__name__).incident()) for state in STATES]
    panels = [
        (
            panel.name,
            [(state, _apart(state, panel_html(panel.name, incident, people))) for state, incident in incidents],
        )
        for panel in PANELS
    ]
    flow = [(state, _apart(state, flow_panel_html(incident, people))) for state, incident in incidents]
    panels.append(("flow", flow))
    panels.append(("editor of updates", [*_editors(visit, dict(incidents))]))
    return PatternsPage(visit=visit, panels=panels, entries=as_is(entries_html(every_kind().events, people)))
