"""What a file is by its own first bytes, and the same picture without anything but what is needed to draw it.

EXIF (where it was taken, by which telephone), XMP, comments, colour profiles, thumbnails, and whatever was put behind
the end go; how a photograph is turned stays. Nothing is drawn here: pixels stay as they were compressed. Called by
`handlers`. Pure.
"""

from collections.abc import Callable, Mapping

import msgspec

from watchroom.base.errors import Malformed
from watchroom.communication.image import ImageType
from watchroom.web.images import gif, jpeg, png, webp
from watchroom.web.images.reading import Broken, Drawn

EXTENSIONS: Mapping[ImageType, str] = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
}
"""The types that are taken, and how their files are called."""
_KINDS: tuple[tuple[Callable[[bytes], bool], ImageType, Callable[[bytes], Drawn]], ...] = (
    (lambda body: body.startswith(png.MAGIC), "image/png", png.clean),
    (lambda body: body.startswith(jpeg.MAGIC), "image/jpeg", jpeg.clean),
    (lambda body: body.startswith(gif.MAGICS), "image/gif", gif.clean),
    (webp.is_webp, "image/webp", webp.clean),
)


class Cleaned(msgspec.Struct, frozen=True):
    """A picture as it is kept."""

    type: ImageType
    body: bytes
    width: int
    height: int


def type_of(body: bytes) -> ImageType | None:
    """The media type by the first bytes; None for what is none of the four."""
    return next((kind for is_it, kind, _ in _KINDS if is_it(body)), None)


def cleaned(body: bytes, pixels_max: int) -> Cleaned:
    """The picture alone. Raises Malformed for what is no picture, is cut off, or would be too large to draw."""
    for is_it, kind, clean in _KINDS:
        if not is_it(body):
            continue
        try:
            drawn = clean(body)
        except Broken as error:
            raise Malformed(
                f"That {EXTENSIONS[kind].upper()} cannot be read: {error}.",
                hint="Make the screenshot again, or save it as PNG.",
                code="not_a_picture",
            ) from error
        if not 0 < drawn.width * drawn.height <= pixels_max:
            raise Malformed(
                f"The picture is {drawn.width} by {drawn.height}; {pixels_max} pixels are drawn at most.",
                hint="Cut out the part that matters.",
                code="picture_too_large",
            )
        return Cleaned(kind, drawn.body, drawn.width, drawn.height)
    raise Malformed(
        "That is no picture that is taken here.", hint="Send a PNG, JPEG, GIF or WebP.", code="not_a_picture"
    )
