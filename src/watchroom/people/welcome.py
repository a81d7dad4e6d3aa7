"""What a new install begins with: a first source whose key the empty board can show, and the demo company's people.

Called by `app` at start, and by the board. A source's key is otherwise never kept; this one stands in an erasable
row until its sender has been heard of, so that the three lines that connect it can be copied from the page.
"""

import contextlib
import tomllib
from importlib.resources import files

from watchroom.base.errors import AlreadyDone
from watchroom.people.credential import Credentials
from watchroom.people.demo import SETUP_ACTOR as ACTOR
from watchroom.record.log import Log

FIRST_SOURCE = "alertmanager"
ROWS = "welcome"
VIA = "serve"


async def prepare(credentials: Credentials, log: Log, *, demo: bool) -> None:
    """Make the first source while there is none; in a demo, add the demo company's people while nobody is known."""
    if not credentials.sources.all():
        # Of several processes that start on an empty record, one makes it.
        with contextlib.suppress(AlreadyDone):
            key = await credentials.sources.create(FIRST_SOURCE, "alertmanager", actor=ACTOR, via=VIA)
            await log.put_row(ROWS, FIRST_SOURCE, key.encode())
    if demo and len(credentials.directory.people()) <= 1:
        company = tomllib.loads(files("watchroom").joinpath("companies/demo/people.toml").read_text("utf-8"))
        for person in company["person"]:
            await credentials.directory.add(person["email"], person["name"], actor=ACTOR, via=VIA)


async def first_key(credentials: Credentials, log: Log, *, keep: bool = False) -> str | None:
    """The first source's key while its sender has not been heard of; then it is forgotten.

    With `keep` it is kept for as long as nothing that came could be read: whoever sets an install up tries again.
    """
    source = credentials.sources.get(FIRST_SOURCE)
    if source is not None and (source.last_seen_at is None or keep):
        key = await log.row(ROWS, FIRST_SOURCE)
        return key.decode() if key is not None else None
    await log.take_row(ROWS, FIRST_SOURCE)
    return None
