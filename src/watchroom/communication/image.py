"""Images that go with a message: what is said of each. Their bytes stand beside the record, by their SHA-256.

Named by `message`; the bytes are kept, found and forgotten by `incident/images`. Pure.
"""

from typing import Annotated, Literal

import msgspec

Digest = Annotated[
    str, msgspec.Meta(pattern="^[0-9a-f]{64}$", description="SHA-256 of the image's bytes as they are kept.")
]
ImageType = Literal["image/png", "image/jpeg", "image/gif", "image/webp"]
"""The media types that are taken."""
IMAGES_A_MESSAGE_MAX = 10


class Attached(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An image that was sent to the room before, and what it shows."""

    image: Digest
    alt: Annotated[
        str, msgspec.Meta(max_length=1_000, description="What it shows, for whoever cannot see it; empty if unsaid.")
    ] = ""


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """An image as a message shows it."""

    image: str
    """SHA-256 of its bytes."""
    type: ImageType
    width: int
    height: int
    bytes: int
    alt: str = ""
