"""Small real pictures of each type, made here byte by byte, plain and with everything that has to go.

Used by the tests of images. Each draws one or a few pixels.
"""

import struct
import zlib

SECRET = b"GPS 52.5163 13.3777"


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 2, height: int = 2, *extra: bytes, colour: int = 0x40) -> bytes:
    """A grey picture."""
    rows = b"".join(b"\0" + bytes((colour,)) * width for _ in range(height))
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + png_chunk(b"IDAT", zlib.compress(rows)) + IEND


IEND = png_chunk(b"IEND", b"")
PIXEL = png(1, 1)


def exif(turned: int) -> bytes:
    """EXIF with a place, and with how the picture is turned."""
    entries = [
        struct.pack(">HHII", 0x010E, 2, len(SECRET), 38),
        struct.pack(">HHIHH", 0x0112, 3, 1, turned, 0),
    ]
    return b"Exif\0\0MM\0*" + struct.pack(">IH", 8, len(entries)) + b"".join(entries) + b"\0\0\0\0" + SECRET


def segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


# A grey block of 8 by 8: tables, frame, scan (source: ITU-T T.81).
_TABLES = segment(0xDB, b"\0" + b"\x01" * 64) + segment(0xC4, b"\0" + b"\x01" + b"\0" * 15 + b"\0")
_TABLES += segment(0xC4, b"\x10" + b"\x01" + b"\0" * 15 + b"\0")
_SCAN = segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x3f"


def jpeg(*extra: bytes, width: int = 8, height: int = 8, tail: bytes = b"") -> bytes:
    """A grey picture; `extra` stands before its tables, `tail` behind its end."""
    frame = segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0")
    jfif = segment(0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0")
    return b"\xff\xd8" + jfif + b"".join(extra) + _TABLES + frame + _SCAN + b"\xff\xd9" + tail


def gif(*extra: bytes, tail: bytes = b"") -> bytes:
    """One black pixel; `extra` stands before it."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    image = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    return head + b"".join(extra) + image + b";" + tail


def riff(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


VP8L = riff(b"VP8L", b"\x2f\0\0\0\0\x07\x50\xfd\xff\0\0")
"""One black pixel without loss."""


def webp(*chunks: bytes, tail: bytes = b"") -> bytes:
    """A file of these chunks."""
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body + tail
