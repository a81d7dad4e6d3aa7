"""GIF: its blocks, of which only those stay that are drawn, and how often an animation goes round.

source: Graphics Interchange Format, version 89a; the application extension NETSCAPE2.0.
"""

from watchroom.web.images.reading import Broken, Drawn, Reader

MAGICS = (b"GIF87a", b"GIF89a")
_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOP = b"\x0bNETSCAPE2.0"


def clean(body: bytes) -> Drawn:
    """The picture alone. Raises Broken."""
    reader = Reader(body, 6)
    screen = reader.take(7)
    parts = [body[:6], screen, reader.take(_table_bytes(screen[4]))]
    drawn = False
    while (block := reader.byte()) != _TRAILER:
        start = reader.at - 1
        if block == _IMAGE:
            reader.take(_table_bytes(reader.take(9)[8]))
            reader.byte()
            _skip(reader)
            parts.append(body[start : reader.at])
            drawn = True
        elif block == _EXTENSION:
            label = reader.byte()
            loops = label == _APPLICATION and body[reader.at : reader.at + len(_LOOP)] == _LOOP
            _skip(reader)
            if label == _CONTROL:
                parts.append(body[start : reader.at])
            elif loops:
                # Its first sub-block says how often; whatever else stands there goes.
                parts.append(body[start : start + 2] + _LOOP + _times(body[start + 2 + len(_LOOP) : reader.at]))
        else:
            raise Broken("a part of it is damaged")
    if not drawn:
        raise Broken("there is nothing to draw in it")
    width, height = int.from_bytes(screen[:2], "little"), int.from_bytes(screen[2:4], "little")
    return Drawn(b"".join([*parts, bytes((_TRAILER,))]), width, height)


def _table_bytes(flags: int) -> int:
    """How long the table of colours is that these flags announce."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _skip(reader: Reader) -> None:
    """Go to the end of a chain of sub-blocks."""
    while size := reader.byte():
        reader.take(size)


def _times(chain: bytes) -> bytes:
    times = chain[2:4] if chain[:2] == b"\x03\x01" and len(chain) >= 4 else b"\0\0"
    return b"\x03\x01" + times + b"\0"
