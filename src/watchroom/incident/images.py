"""The bytes of images, beside the record: erasable rows by room and SHA-256, with what was found out about each.

An image belongs to one room: whoever sees the room sees it, and it goes with the message that shows it when that is
redacted. What was sent and never posted goes after a while. Called by the handlers (to keep and to show), by the write
path (to name them in a message) and by `purge`. Never looks into the bytes.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from watchroom.base.errors import NotFound, Refused, UnknownThing
from watchroom.communication.image import Attached, Image, ImageType
from watchroom.record.log import Log

BYTES = "image"
_INDEX = "image-index:"
"""One table for each room, so that what a room has is read without its bytes."""
TRACE_BYTES = 48
"""So much of an image is looked for in the store's files after it was removed."""


class Kept(msgspec.Struct, frozen=True):
    """What is known of an image."""

    type: ImageType
    width: int
    height: int
    bytes: int
    by: str
    at: datetime
    posted: bool = False
    """Whether a message shows it, or was about to."""


class Bounds(msgspec.Struct, frozen=True):
    """How much a room may hold."""

    per_room_max: int = 500
    per_room_bytes_max: int = 512 * 2**20
    wait_s: int = 86_400
    """How long one waits for its message before it goes, in seconds."""


_decode = msgspec.json.Decoder(Kept).decode


def key_of(room: str, digest: str) -> str:
    """Under which the bytes stand."""
    return f"{room}/{digest}"


async def keep(log: Log, room: str, body: bytes, kept: Kept, bounds: Bounds) -> str:
    """Keep an image for a message of this room that is still to come; its SHA-256.

    Raises Refused when the room holds too much, Unavailable, Overloaded.
    """
    digest = hashlib.sha256(body).hexdigest()
    held = {key: _decode(row) for key, row in (await log.rows(_INDEX + room)).items()}
    until = kept.at - timedelta(seconds=bounds.wait_s)
    stale = [key for key, other in held.items() if not other.posted and other.at < until and key != digest]
    await _drop(log, room, stale)
    for key in stale:
        del held[key]
    if digest in held and await log.row(BYTES, key_of(room, digest)) is not None:
        if not held[digest].posted:
            # Somebody sends it again: it waits anew.
            await log.put_row(_INDEX + room, digest, msgspec.json.encode(kept))
        return digest
    if len(held) >= bounds.per_room_max or kept.bytes + sum(o.bytes for o in held.values()) > bounds.per_room_bytes_max:
        raise Refused(
            f"The room holds {len(held)} images, and no more.",
            hint="Put it elsewhere and post the link.",
            code="too_many_images",
        )
    # The bytes first: what the index names is there.
    await log.put_row(BYTES, key_of(room, digest), body)
    await log.put_row(_INDEX + room, digest, msgspec.json.encode(kept))
    return digest


async def bytes_of(log: Log, room: str, digest: str) -> bytes:
    """The bytes of an image of this room. Raises NotFound."""
    body = await log.row(BYTES, key_of(room, digest))
    if body is None:
        raise NotFound("There is no such image in this room.", hint="It may have been removed for ever.")
    return body


async def posted(log: Log, room: str, attached: Sequence[Attached]) -> list[Image]:
    """The images that a message is about to show. Raises UnknownThing for one that the room does not have."""
    found = []
    for each in attached:
        row = await log.row(_INDEX + room, each.image)
        if row is None:
            raise UnknownThing(
                f"The room has no image {each.image[:12]}….",
                hint=f"Send its bytes first: POST /api/v1/incidents/{room}/images.",
            )
        kept = _decode(row)
        if not kept.posted:
            # Before the message is written: one that goes wrong leaves an image that nobody sees, never a hole.
            await log.put_row(
                _INDEX + room, each.image, msgspec.json.encode(msgspec.structs.replace(kept, posted=True))
            )
        found.append(
            Image(
                image=each.image, type=kept.type, width=kept.width, height=kept.height, bytes=kept.bytes, alt=each.alt
            )
        )
    return found


async def forget(log: Log, keys: Iterable[str]) -> list[bytes]:
    """Remove these images (`key_of`) for good; something of each, to be looked for in the store's files."""
    traces = []
    for key in keys:
        room, _, digest = key.partition("/")
        body = await log.row(BYTES, key)
        if body is not None:
            middle = len(body) // 2
            traces.append(body[middle : middle + TRACE_BYTES])
        await _drop(log, room, [digest])
    return traces


async def _drop(log: Log, room: str, digests: Iterable[str]) -> None:
    for digest in digests:
        await log.take_row(_INDEX + room, digest)
        await log.take_row(BYTES, key_of(room, digest))
