"""Images of a room over HTTP: the bytes in, cleaned and kept; and out, to whoever sees the room.

Called by `routes`. A message shows them by their SHA-256 (`post_message`, `images`). Whatever was sent, what goes out
is one of four types of picture, and a browser is told to take it for nothing else.
"""

import asyncio

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from watchroom.base.errors import TooLarge
from watchroom.communication.image import ImageType
from watchroom.incident import images
from watchroom.incident.images import Bounds, Kept
from watchroom.web.house import house_of
from watchroom.web.http.reading import AnyRequest, answer, body_of, caller_of, viewer_of
from watchroom.web.images.clean import EXTENSIONS, cleaned, type_of

_HEADERS = {
    # It may be removed for ever: a browser keeps it, and asks each time whether it is still there.
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class KeptImage(msgspec.Struct, frozen=True):
    """An image that a message of this room may show now."""

    image: str
    """SHA-256 of its bytes as they are kept."""
    type: ImageType
    width: int
    height: int
    bytes: int


@post("/api/v1/incidents/{id:str}/images", status_code=201, opt={"body": "image", "answer": KeptImage})
async def keep_image(request: AnyRequest, id: FromPath[str]) -> Response[bytes]:
    """Send an image (PNG, JPEG, GIF, WebP) for a message of this room; what a camera wrote into it is taken out."""
    caller = caller_of(request, "respond")
    house = house_of(request)
    settings = house.settings
    await house.rooms.seen(id, viewer_of(caller))
    try:
        body = await body_of(request, settings.image_bytes_max)
    except TooLarge as error:
        hint = "Cut out the part that matters, or save it as JPEG."
        raise TooLarge(f"The image is longer than {settings.image_bytes_max} bytes.", hint=hint) from error
    made = await asyncio.to_thread(cleaned, body, settings.image_pixels_max)
    kept = Kept(made.type, made.width, made.height, len(made.body), caller.actor, house.clock.now())
    bounds = Bounds(settings.images_per_room_max, settings.images_per_room_bytes_max, settings.image_wait_s)
    digest = await images.keep(house.log, id, made.body, kept, bounds)
    return answer(KeptImage(digest, kept.type, kept.width, kept.height, kept.bytes), 201)


@get("/api/v1/incidents/{id:str}/images/{image:str}", opt={"query": ()})
async def show_image(request: AnyRequest, id: FromPath[str], image: FromPath[str]) -> Response[bytes]:
    """The bytes of an image of this room, for whoever sees the room."""
    caller = caller_of(request, "read")
    house = house_of(request)
    viewer = viewer_of(caller)
    await house.rooms.seen(id, viewer)
    body = await images.bytes_of(house.log, id, image)
    # Asked after the reading: whoever was shut out meanwhile is not shown it.
    await house.rooms.seen(id, viewer)
    media_type = type_of(body)
    assert media_type is not None, "only what is one of them was kept"
    named = f'inline; filename="{image[:12]}.{EXTENSIONS[media_type]}"'
    headers = {**_HEADERS, "ETag": f'"{image}"', "Content-Disposition": named}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers, media_type=media_type)
    return Response(body, headers=headers, media_type=media_type)
