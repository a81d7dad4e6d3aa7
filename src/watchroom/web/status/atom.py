"""The status page as an Atom feed: an entry an incident, the last changed first.

Called by `rendering`. Source: RFC 4287; the ids of entries are tag URIs (RFC 4151), so that a reader knows an entry
again when the page moves to another host name. Pure.
"""

from xml.sax.saxutils import escape, quoteattr

from watchroom.base.clock import day_and_time, rfc3339
from watchroom.incident.status_view import ShownIncident, StatusView
from watchroom.web.status.statuspage import told

PATH = "/status/feed.atom"
ENTRIES_MAX = 50
_CONTROLS = {number: None for number in range(32) if number not in (9, 10)} | {0xFFFE: None, 0xFFFF: None}


def _text(text: str) -> str:
    """Text as XML holds it: without what no XML document may contain."""
    return escape(text.translate(_CONTROLS))


def feed(view: StatusView, url: str) -> bytes:
    """The feed; `url` is the page's own address, without a slash at the end."""
    entries = sorted(
        [*((each.incident.updated_at, _incident(each, url)) for each in view.incidents), *_windows(view, url)],
        reverse=True,
    )[:ENTRIES_MAX]
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">\n'
        f"<id>tag:watchroom,2026:{_text(url)}</id>\n"
        f"<title>{_text(view.name)}</title>\n"
        f"<subtitle>{_text(view.description)}</subtitle>\n"
        f"<updated>{rfc3339(view.updated_at)}</updated>\n"
        f"<author><name>{_text(view.name)}</name></author>\n"
        f'<link rel="alternate" type="text/html" href={quoteattr(url)}/>\n'
        f'<link rel="self" type="application/atom+xml" href={quoteattr(f"{url}/feed.atom")}/>\n'
        + "".join(entry for _, entry in entries)
        + "</feed>\n"
    ).encode()


def _incident(shown: ShownIncident, url: str) -> str:
    incident = shown.incident
    parts = []
    if incident.over_at is not None:
        parts.append(f"<p><small>{day_and_time(incident.over_at)}</small><br/><strong>Resolved</strong></p>")
    for post in reversed(incident.posts):
        said = "</p><p>".join(escape(part).replace("\n", "<br/>") for part in post.body.split("\n\n"))
        when = f"<small>{day_and_time(post.at)}</small><br/><strong>{post.state.capitalize()}</strong>"
        parts.append(f"<p>{when} - {said}</p>")
    return _entry(
        f"incident/{incident.id}",
        incident.name,
        rfc3339(incident.created_at),
        rfc3339(incident.updated_at),
        f"{url}/incidents/{incident.id}",
        "".join(parts),
    )


def _windows(view: StatusView, url: str) -> list[tuple[object, str]]:
    found: list[tuple[object, str]] = []
    for window in view.maintenances:
        said = told(window, view.now)
        parts = [f"<p><small>{day_and_time(window.starts_at)} to {day_and_time(window.ends_at)}</small></p>"]
        parts += [
            f"<p><small>{day_and_time(at)}</small><br/><strong>{escape(state.replace('_', ' ').capitalize())}</strong>"
            f" - {escape(text)}</p>"
            for at, state, text in reversed(said)
        ]
        entry = _entry(
            f"maintenance/{window.id}",
            f"Maintenance: {window.name}",
            rfc3339(window.created_at),
            rfc3339(said[-1][0]),
            f"{url}#maintenance-{window.id}",
            "".join(parts),
        )
        found.append((said[-1][0], entry))
    return found


def _entry(id: str, title: str, published: str, updated: str, link: str, html: str) -> str:
    return (
        f"<entry><id>tag:watchroom,2026:{id}</id><title>{_text(title)}</title>"
        f"<published>{published}</published><updated>{updated}</updated>"
        f'<link rel="alternate" type="text/html" href={quoteattr(link)}/>'
        f'<content type="html">{_text(html)}</content></entry>\n'
    )
