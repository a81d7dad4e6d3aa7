"""Images beside the record: kept once, shown by messages, gone with a redaction from every place, and never left over."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.rooms.stage import Stage, staged
from watchroom.base.errors import NotFound, Refused, Unavailable, UnknownThing
from watchroom.incident import images
from watchroom.incident.images import Bounds, Kept, key_of
from watchroom.incident.incident import CODEC
from watchroom.incident.purge import ROWS

BODY = b"\x89PNG not looked into here " + bytes(range(256)) * 60
DIGEST = hashlib.sha256(BODY).hexdigest()


async def kept(stage: Stage, room: str, body: bytes = BODY, bounds: Bounds | None = None) -> str:
    found = Kept("image/png", 640, 480, len(body), "person:bo@example.com", stage.house.clock.now())
    return await images.keep(stage.house.log, room, body, found, bounds or Bounds())


async def commanded(stage: Stage) -> str:
    room = await stage.declare()
    await stage.do(room, {"command": "assign_role", "role": "incident_commander", "person": "me"})
    return room


async def posted(stage: Stage, room: str, *digests: str, alt: str = "The graph") -> int:
    shown = [{"image": digest, "alt": alt} for digest in digests]
    command: dict[str, Any] = {"command": "post_message", "text": "Look", "images": shown}
    return (await stage.do(room, command, by="bo")).seq


async def test_a_message_shows_what_was_kept(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        assert await kept(stage, room) == DIGEST == await kept(stage, room)
        seq = await posted(stage, room, DIGEST)
        fact = msgspec.to_builtins(CODEC.decode((await stage.house.log.read(room))[seq - 1]))
        (image,) = fact["images"]
        assert image == {
            "image": DIGEST, "type": "image/png", "width": 640, "height": 480, "bytes": len(BODY), "alt": "The graph",
        }  # fmt: skip
        assert await images.bytes_of(stage.house.log, room, DIGEST) == BODY


async def test_an_image_belongs_to_its_room(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room, other = await stage.declare(), await stage.declare()
        await kept(stage, room)
        with pytest.raises(UnknownThing, match="no image"):
            await posted(stage, other, DIGEST)
        with pytest.raises(NotFound):
            await images.bytes_of(stage.house.log, other, DIGEST)
        with pytest.raises(UnknownThing):
            await posted(stage, room, "0" * 64)


async def test_what_nobody_describes_is_asked_about(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await kept(stage, room)
        command = {"command": "post_message", "text": "Look", "images": [{"image": DIGEST}]}
        handled = await stage.do(room, command)
        assert [caution.code for caution in handled.warnings] == ["no_alt"]


async def test_what_is_never_posted_goes_and_what_is_posted_stays(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        waiting = await kept(stage, room, b"waits")
        shown = await kept(stage, room)
        await posted(stage, room, shown)
        clock = stage.house.clock
        later = Kept("image/png", 1, 1, 5, "person:bo@example.com", clock.now() + timedelta(days=2))
        await images.keep(stage.house.log, room, b"later", later, Bounds())
        assert await images.bytes_of(stage.house.log, room, shown) == BODY
        with pytest.raises(NotFound):
            await images.bytes_of(stage.house.log, room, waiting)


@pytest.mark.parametrize("bounds", [Bounds(per_room_max=2), Bounds(per_room_bytes_max=2 * len(BODY))])
async def test_a_room_holds_so_many_and_says_so(bounds: Bounds, tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        for number in range(2):
            await kept(stage, room, bytes((number,)) * len(BODY), bounds)
        with pytest.raises(Refused, match="no more") as refused:
            await kept(stage, room, b"\x02" * len(BODY), bounds)
        assert refused.value.code == "too_many_images"
        # One that is there already is no further one.
        assert await kept(stage, room, b"\x01" * len(BODY), bounds)


def traces(folder: Path) -> list[bytes]:
    """The store's files as they are."""
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("store", ["memory", "sqlite"])
async def test_it_goes_with_its_message_from_every_place(store: str, tmp_path: Path) -> None:
    async with staged(tmp_path, store) as stage:
        room = await commanded(stage)
        other = hashlib.sha256(b"another one").hexdigest()
        await kept(stage, room)
        await kept(stage, room, b"another one")
        seq = await posted(stage, room, DIGEST, alt="A customer's card")
        await stage.move_to(5)
        await posted(stage, room, other)
        await stage.do(room, {"command": "redact", "seq": seq, "reason": "A card."})
        with pytest.raises(NotFound):
            await images.bytes_of(stage.house.log, room, DIGEST)
        assert await images.bytes_of(stage.house.log, room, other) == b"another one"
        assert list(await stage.house.log.rows(f"image-index:{room}")) == [other]
        assert not await stage.house.log.rows(ROWS)
        fact = CODEC.decode((await stage.house.log.read(room))[seq - 1])
        assert DIGEST not in str(fact)
        files = traces(tmp_path)
        assert bool(files) == (store == "sqlite")
        for content in files:
            assert BODY[2_000:2_064] not in content
            assert DIGEST.encode() not in content


async def test_a_purge_that_was_cut_off_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with staged(tmp_path, "sqlite") as stage:
        room = await commanded(stage)
        await kept(stage, room)
        seq = await posted(stage, room, DIGEST)
        forget = images.forget

        async def fails(log: object, keys: object) -> list[bytes]:
            raise Unavailable("The disk is full.")

        monkeypatch.setattr(images, "forget", fails)
        handled = await stage.do(room, {"command": "redact", "seq": seq, "reason": "A card."})
        assert [caution.code for caution in handled.warnings] == ["purge_pending"]
        monkeypatch.setattr(images, "forget", forget)
        assert await images.bytes_of(stage.house.log, room, DIGEST) == BODY
        assert stage.house.rooms._purge is not None
        await stage.house.rooms._purge.resume()
        with pytest.raises(NotFound):
            await images.bytes_of(stage.house.log, room, DIGEST)


def test_a_key_names_room_and_digest() -> None:
    assert key_of("k7m2-9qxd", DIGEST) == f"k7m2-9qxd/{DIGEST}"
