"""Images are what they are by their bytes, and come out as the picture alone: nothing of who took it, where, with what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.pictures import IEND, PIXEL, SECRET, VP8L, exif, gif, jpeg, png, png_chunk, riff, segment, webp
from watchroom.base.errors import Malformed
from watchroom.web.images.clean import cleaned, type_of

PIXELS = 1_000
LOOP = b"!\xff\x0bNETSCAPE2.0\x03\x01\x05\0"
LOADED = {
    "image/png": (
        png(
            2,
            2,
            png_chunk(b"tEXt", b"Comment\0" + SECRET),
            png_chunk(b"eXIf", SECRET),
            png_chunk(b"iCCP", b"x\0\0" + SECRET),
            png_chunk(b"zzZz", SECRET),
        )
        + SECRET,
        png(2, 2),
    ),
    "image/jpeg": (
        jpeg(
            segment(0xE1, exif(1)),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET),
            segment(0xE2, b"ICC_PROFILE\0\x01\x01" + SECRET),
            segment(0xED, SECRET),
            segment(0xFE, SECRET),
            tail=SECRET,
        ),
        jpeg(),
    ),
    "image/gif": (
        gif(
            b"!\xfe" + bytes((len(SECRET),)) + SECRET + b"\0",
            b"!\xff\x0bXMP DataXMP" + bytes((len(SECRET),)) + SECRET + b"\0",
            b"!\xf9\x04\0\0\0\0\0",
            b"!\xff\x0bNETSCAPE2.0\x03\x01\x05\0" + bytes((len(SECRET),)) + SECRET + b"\0",
            tail=SECRET,
        ),
        gif(b"!\xf9\x04\0\0\0\0\0", LOOP + b"\0"),
    ),
    "image/webp": (
        webp(
            riff(b"VP8X", b"\x2e\0\0\0\0\0\0\0\0\0"),
            riff(b"ICCP", SECRET),
            VP8L,
            riff(b"EXIF", SECRET),
            riff(b"XMP ", SECRET),
            tail=SECRET,
        ),
        webp(riff(b"VP8X", b"\x02\0\0\0\0\0\0\0\0\0"), VP8L),
    ),
}


@pytest.mark.parametrize("kind", LOADED)
def test_only_the_picture_is_left(kind: str) -> None:
    loaded, plain = LOADED[kind]
    assert SECRET in loaded
    made = cleaned(loaded, PIXELS)
    assert (made.type, made.body) == (kind, plain)
    assert type_of(made.body) == kind
    assert cleaned(made.body, PIXELS) == made
    assert made.width == made.height == {"image/png": 2, "image/jpeg": 8}.get(kind, 1)


@pytest.mark.parametrize("turned", range(1, 9))
@pytest.mark.parametrize("order", ["MM", "II"])
def test_a_photograph_stays_turned_and_loses_its_place(turned: int, order: str) -> None:
    said = exif(turned)
    if order == "II":
        said = (
            b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0" + bytes((turned, 0, 0, 0)) + b"\0\0\0\0" + SECRET
        )
    made = cleaned(jpeg(segment(0xE1, said)), PIXELS)
    assert SECRET not in made.body
    if turned == 1:
        assert made.body == jpeg()
    else:
        again = made.body[20:]
        assert again.startswith(b"\xff\xe1\x00\x22Exif\0\0MM\0*")
        assert again[28:30] == bytes((0, turned))
        assert cleaned(made.body, PIXELS) == made


def test_the_thumbnail_of_a_jpeg_goes() -> None:
    loaded = b"\xff\xd8" + segment(0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\x01\x02" + SECRET[:6]) + jpeg()[20:]
    assert cleaned(loaded, PIXELS).body == jpeg()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html>",
        b"%PDF-1.7",
        b"BM" + b"\0" * 60,
        b"RIFF\0\0\0\0WAVE",
        PIXEL[:-1],
        PIXEL[:20],
        PIXEL.replace(b"IDAT", b"IDAS"),
        b"\x89PNG\r\n\x1a\n" + IEND,
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\0\0\0\0") + IEND,
        jpeg()[:-2],
        jpeg()[:30],
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8" + segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x3f\xff\xd9",
        gif()[:-1],
        gif()[:12],
        b"GIF89a" + b"\x01\0\x01\0\0\0\0;",
        webp(),
        webp(VP8L)[:-3],
        webp(riff(b"EXIF", SECRET)),
        webp(riff(b"VP8L", b"abc")),
        png(0, 1),
        png(32, 32),
    ],
)
def test_what_is_no_picture_or_too_large_is_refused_and_says_why(body: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        cleaned(body, PIXELS)
    assert refused.value.hint
    assert refused.value.code in ("not_a_picture", "picture_too_large")


WHOLE = [loaded for loaded, _ in LOADED.values()]


@given(st.sampled_from(WHOLE), st.integers(0, 500), st.binary(max_size=6))
def test_damage_anywhere_is_refused_or_leaves_a_picture(body: bytes, at: int, other: bytes) -> None:
    """Never another error than the refusal, and what comes out is clean already."""
    at %= len(body)
    damaged = body[:at] + other + body[at + len(other) :]
    try:
        made = cleaned(damaged, PIXELS)
    except Malformed:
        return
    assert cleaned(made.body, PIXELS) == made
