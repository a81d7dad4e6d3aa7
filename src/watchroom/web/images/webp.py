"""WebP: its chunks, of which only those stay that are drawn, in an animation's frames too.

source: WebP Container Specification.
"""

from collections.abc import Iterator

from watchroom.web.images.reading import Broken, Drawn, Reader

_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"})
_IN_FRAME = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
_FRAME_HEAD_BYTES = 16
_SHOWN_FLAGS = 0x12
"""Of the flags of VP8X: transparency and animation. Colour profile, EXIF and XMP are no more."""


def is_webp(body: bytes) -> bool:
    return body[:4] == b"RIFF" and body[8:12] == b"WEBP"


def clean(body: bytes) -> Drawn:
    """The picture alone. Raises Broken."""
    size = int.from_bytes(body[4:8], "little")
    if size + 8 > len(body) or size < 4:
        raise Broken("it is cut off")
    parts: list[bytes] = []
    width = height = 0
    drawn = False
    for kind, data in _chunks(body[12 : size + 8]):
        if kind not in _KEPT:
            continue
        if kind == b"VP8X":
            if parts or len(data) < 10:
                raise Broken("it does not say clearly how large it is")
            width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (4, 7))
            data = bytes((data[0] & _SHOWN_FLAGS,)) + b"\0\0\0" + data[4:10]
        elif kind == b"ANMF":
            head, rest = data[:_FRAME_HEAD_BYTES], data[_FRAME_HEAD_BYTES:]
            data = head + b"".join(_chunk(each, inside) for each, inside in _chunks(rest) if each in _IN_FRAME)
        elif kind in (b"VP8 ", b"VP8L") and not width:
            width, height = _size(kind, data)
        drawn = drawn or kind in (b"VP8 ", b"VP8L", b"ANMF")
        parts.append(_chunk(kind, data))
    if not drawn:
        raise Broken("there is nothing to draw in it")
    whole = b"WEBP" + b"".join(parts)
    return Drawn(b"RIFF" + len(whole).to_bytes(4, "little") + whole, width, height)


def _chunks(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    reader = Reader(body)
    while reader.left:
        kind = reader.take(4)
        data = reader.take(int.from_bytes(reader.take(4), "little"))
        yield kind, data
        if len(data) % 2 and reader.left:
            reader.take(1)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return kind + len(data).to_bytes(4, "little") + data + b"\0" * (len(data) % 2)


def _size(kind: bytes, data: bytes) -> tuple[int, int]:
    """How large a single picture is, by its own head."""
    if kind == b"VP8L":
        if len(data) < 5 or data[0] != 0x2F:
            raise Broken("a part of it is damaged")
        bits = int.from_bytes(data[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if len(data) < 10 or data[3:6] != b"\x9d\x01\x2a":
        raise Broken("a part of it is damaged")
    return int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF
