"""PNG: its chunks, of which only those stay that are drawn. An animation becomes its first picture.

source: Portable Network Graphics Specification (W3C), chunk layout and ordering.
"""

import zlib

from watchroom.web.images.reading import Broken, Drawn, Reader

MAGIC = b"\x89PNG\r\n\x1a\n"
_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD", b"pHYs", b"IDAT", b"IEND"})
_IHDR_BYTES = 13


def clean(body: bytes) -> Drawn:
    """The picture alone. Raises Broken."""
    reader = Reader(body, len(MAGIC))
    parts = [MAGIC]
    width = height = 0
    drawn = False
    while True:
        start = reader.at
        length = int.from_bytes(reader.take(4))
        kind = reader.take(4)
        data = reader.take(length)
        if zlib.crc32(kind + data) != int.from_bytes(reader.take(4)):
            raise Broken("a part of it is damaged")
        if len(parts) == 1 and (kind != b"IHDR" or length != _IHDR_BYTES):
            raise Broken("it does not say how large it is")
        if kind == b"IHDR":
            if width:
                raise Broken("it says twice how large it is")
            width, height = int.from_bytes(data[:4]), int.from_bytes(data[4:8])
        drawn = drawn or kind == b"IDAT"
        if kind in _KEPT:
            parts.append(body[start : reader.at])
        if kind == b"IEND":
            break
    if not drawn:
        raise Broken("there is nothing to draw in it")
    return Drawn(b"".join(parts), width, height)
