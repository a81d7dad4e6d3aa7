"""JPEG: its segments, of which only those stay that are drawn; of EXIF nothing but how the picture is turned.

source: ITU-T T.81 (markers), JFIF 1.02, Exif 2.3 (the tag Orientation), Adobe's marker APP14.
"""

from watchroom.web.images.reading import Broken, Drawn, Reader

MAGIC = b"\xff\xd8\xff"
_SOI, _EOI, _SOS, _DNL, _TEM = 0xD8, 0xD9, 0xDA, 0xDC, 0x01
_RST = range(0xD0, 0xD8)
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Start of a frame: says how large it is."""
_KEPT = _FRAMES | {0xC4, 0xCC, 0xDB, 0xDD, _DNL}
"""Beside frames: tables of Huffman and arithmetic codes, of quantisation, the restart interval, the number of lines."""
_APP0, _APP1, _APP14 = 0xE0, 0xE1, 0xEE
_JFIF_BYTES, _ADOBE_BYTES = 14, 12
_ORIENTATION = 0x0112


def clean(body: bytes) -> Drawn:
    """The picture alone. Raises Broken."""
    reader = Reader(body, 2)
    parts: list[bytes] = []
    width = height = turned = 0
    scanned = False
    while True:
        marker = _marker(reader)
        if marker == _EOI:
            break
        if marker in _RST or marker == _TEM:
            continue
        data = reader.take(max(int.from_bytes(reader.take(2)) - 2, 0))
        if marker in _FRAMES:
            if width or len(data) < 6:
                raise Broken("it does not say clearly how large it is")
            height, width = int.from_bytes(data[1:3]), int.from_bytes(data[3:5])
        if marker == _APP1 and not turned:
            turned = _turned(data)
        if (kept := _kept(marker, data)) is not None:
            parts.append(_segment(marker, kept))
        if marker == _SOS:
            if not width:
                raise Broken("it does not say how large it is")
            parts.append(_scan(reader))
            scanned = True
    if not scanned:
        raise Broken("there is nothing to draw in it")
    exif = [_segment(_APP1, _exif(turned))] if turned > 1 else []
    first = 1 if parts and parts[0].startswith(b"\xff\xe0") else 0
    whole = [b"\xff\xd8", *parts[:first], *exif, *parts[first:], b"\xff\xd9"]
    return Drawn(b"".join(whole), width, height)


def _marker(reader: Reader) -> int:
    if reader.byte() != 0xFF:
        raise Broken("a part of it is damaged")
    marker = reader.byte()
    while marker == 0xFF:
        marker = reader.byte()
    return marker


def _kept(marker: int, data: bytes) -> bytes | None:
    """What stays of a segment; None when nothing does."""
    if marker in _KEPT or marker == _SOS:
        return data
    if marker == _APP0 and data.startswith(b"JFIF\0") and len(data) >= _JFIF_BYTES:
        # Without its thumbnail, which may show more than the picture does.
        return data[:12] + b"\0\0"
    if marker == _APP14 and data.startswith(b"Adobe") and len(data) >= _ADOBE_BYTES:
        return data[:_ADOBE_BYTES]
    return None


def _segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(data) + 2).to_bytes(2) + data


def _scan(reader: Reader) -> bytes:
    """The compressed picture up to the next marker that is no part of it."""
    start = reader.at
    while True:
        found = reader.body.find(b"\xff", reader.at)
        if found < 0 or found + 1 >= len(reader.body):
            raise Broken("it is cut off")
        after = reader.body[found + 1]
        if after == 0 or after in _RST:
            reader.at = found + 2
        elif after == 0xFF:
            reader.at = found + 1
        else:
            reader.at = found
            return reader.body[start:found]


def _turned(data: bytes) -> int:
    """How the picture is turned by its EXIF, 1 to 8; 0 when that is not said."""
    if not data.startswith(b"Exif\0\0"):
        return 0
    tiff = data[6:]
    order = {b"II": "little", b"MM": "big"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return 0

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], "little" if order == "little" else "big")

    first = number(4, 4)
    for entry in range(min(number(first, 2), 512)):
        at = first + 2 + 12 * entry
        if at + 12 > len(tiff):
            return 0
        if number(at, 2) == _ORIENTATION and number(at + 2, 2) == 3:
            value = number(at + 8, 2)
            return value if 1 <= value <= 8 else 0
    return 0


def _exif(turned: int) -> bytes:
    """EXIF that says how the picture is turned, and nothing else."""
    entry = _ORIENTATION.to_bytes(2) + (3).to_bytes(2) + (1).to_bytes(4) + turned.to_bytes(2) + b"\0\0"
    return b"Exif\0\0MM\0*" + (8).to_bytes(4) + (1).to_bytes(2) + entry + (0).to_bytes(4)
