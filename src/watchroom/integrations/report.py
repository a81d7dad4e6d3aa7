"""A report: what somebody in support, or a customer, cannot do, as a signal of the kind `report`.

Built by the pages from a form. The reference that the person is thanked with is the signal's key, and a label of it, so
that the inbox finds it. Pure.
"""

from datetime import datetime
from typing import Literal, get_args

import msgspec

from watchroom.base.errors import Malformed
from watchroom.base.rng import short_hash
from watchroom.detection.signal import Signal, signal_id

Since = Literal["now", "hour", "today", "longer", "unknown"]
HowMany = Literal["one", "some", "all", "unknown"]
SINCE: dict[Since, str] = {
    "now": "just now", "hour": "within the last hour", "today": "since earlier today", "longer": "for longer",
    "unknown": "not said",
}  # fmt: skip
HOW_MANY: dict[HowMany, str] = {
    "one": "one person", "some": "several people", "all": "everybody, as far as is known", "unknown": "not said",
}  # fmt: skip
WHAT_CHARS_MAX = 4_000
CONTACT_CHARS_MAX = 200
TITLE_CHARS_MAX = 200


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was filled in."""

    what: str
    """What cannot be done, in the person's own words."""
    since: Since = "unknown"
    how_many: HowMany = "unknown"
    contact: str = ""
    """How to reach the person; may be empty."""


def report_of(what: str, since: str, how_many: str, contact: str) -> Report:
    """The report in a form's fields. Raises Malformed, in words for the person who filled it in."""
    what, contact = what.replace("\r\n", "\n").replace("\x00", "").strip(), " ".join(contact.split())
    if not what:
        raise Malformed("Say what you cannot do.", hint="One sentence is enough.")
    if len(what) > WHAT_CHARS_MAX:
        raise Malformed(f"That is longer than {WHAT_CHARS_MAX} letters.", hint="Say the most important part.")
    if len(contact) > CONTACT_CHARS_MAX:
        raise Malformed(f"The contact is longer than {CONTACT_CHARS_MAX} letters.", hint="Give one address or number.")
    if since not in (*get_args(Since), "") or how_many not in (*get_args(HowMany), ""):
        raise Malformed("One of the answers is none of those offered.", hint="Load the page again.")
    return msgspec.convert(
        {"what": what, "since": since or "unknown", "how_many": how_many or "unknown", "contact": contact}, Report
    )


def reference_of(source: str, report: Report, now: datetime) -> str:
    """What the person can ask for later, such as `R-4F2A-91C0`. Sent twice within a minute, it is the same."""
    digest = short_hash(source, report.what, report.contact, f"{now:%Y-%m-%dT%H:%M}")[:8].upper()
    return f"R-{digest[:4]}-{digest[4:]}"


def signal_of(source: str, report: Report, reference: str, now: datetime) -> Signal:
    """The report as the inbox shows it."""
    lines = [
        report.what,
        "",
        f"Since when: {SINCE[report.since]}.",
        f"How many: {HOW_MANY[report.how_many]}.",
        f"Contact: {report.contact or 'none given'}.",
    ]
    first = report.what.split("\n", 1)[0].strip()
    return Signal(
        id=signal_id(source, reference),
        source=source,
        key=reference,
        group=reference,
        state="firing",
        title=first if len(first) <= TITLE_CHARS_MAX else first[: TITLE_CHARS_MAX - 1] + "…",
        kind="report",
        labels={"reference": reference, "since": SINCE[report.since], "how_many": HOW_MANY[report.how_many]},
        annotations={"description": "\n".join(lines)},
        starts_at=now,
    )
