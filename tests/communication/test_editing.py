"""Answers and edits: what a message answers, and how whoever said it puts it in other words."""

from pathlib import Path

import pytest

from tests.rooms.stage import Stage, staged
from watchroom.base.errors import AlreadyDone, Refused, UnknownThing
from watchroom.incident.incident import CODEC, fold


async def said(stage: Stage, room: str, text: str, by: str = "ana", **more: object) -> int:
    handled = await stage.do(room, {"command": "post_message", "text": text, **more}, by=by)
    return handled.seq


async def test_an_answer_names_what_it_answers(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        asked = await said(stage, room, "Is it the cache, @bo@example.com?")
        answered = await said(stage, room, "No", by="bo", reply_to=asked)
        events = await stage.house.log.read(room)
        fact = CODEC.decode(events[answered - 1])
        assert (getattr(fact, "reply_to", None), getattr(fact, "mentions", None)) == (asked, {})
        assert getattr(CODEC.decode(events[asked - 1]), "mentions", None) == {"@bo@example.com": "bo@example.com"}
        with pytest.raises(UnknownThing, match="no entry 99"):
            await said(stage, room, "To nothing", reply_to=99)


async def test_the_last_wording_stands_and_the_others_are_kept(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        seq = await said(stage, room, "It is the cahce")
        await stage.do(room, {"command": "edit_message", "seq": seq, "text": "It is the cache"})
        handled = await stage.do(room, {"command": "edit_message", "seq": seq, "text": "It was the cache", "at": None})
        wordings = (await stage.room(room)).wordings.of(seq)
        assert [wording.text for wording in wordings] == ["It is the cache", "It was the cache"]
        assert fold(room, await stage.house.log.read(room)).wordings.of(seq) == wordings
        await stage.do(room, {"command": "retract", "seq": handled.seq})
        assert [wording.text for wording in (await stage.room(room)).wordings.of(seq)] == ["It is the cache"]


async def test_what_cannot_be_edited_says_what_to_do(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        seq = await said(stage, room, "Mine")
        edit = {"command": "edit_message", "seq": seq, "text": "Yours"}
        with pytest.raises(Refused, match="Only its author") as refused:
            await stage.do(room, edit, by="bo")
        assert "reply_to" in refused.value.hint
        with pytest.raises(AlreadyDone):
            await stage.do(room, {**edit, "text": "Mine"})
        edited = (await stage.do(room, {**edit, "text": "Still mine"})).seq
        with pytest.raises(AlreadyDone):
            await stage.do(room, {**edit, "text": "Still mine"})
        with pytest.raises(Refused, match="is an edit") as refused:
            await stage.do(room, {**edit, "seq": edited})
        assert refused.value.hint == f"Edit the message itself: {seq}."
        with pytest.raises(Refused, match="no message"):
            await stage.do(room, {**edit, "seq": 1})
        with pytest.raises(Refused, match="no event 99"):
            await stage.do(room, {**edit, "seq": 99})
        await stage.do(room, {"command": "assign_role", "role": "incident_commander", "person": "me"})
        await stage.do(room, {"command": "redact", "seq": seq, "reason": "A name"})
        with pytest.raises(Refused, match="removed for ever"):
            await stage.do(room, edit)


async def test_a_message_is_redacted_with_all_that_it_ever_said(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, {"command": "assign_role", "role": "incident_commander", "person": "me"})
        seq = await said(stage, room, "The password is hunter2hunter2", by="bo")
        other = await said(stage, room, "Thanks", by="bo")
        for number, text in ((seq, "The pass word is hunter2hunter2"), (other, "Thank you")):
            await stage.do(room, {"command": "edit_message", "seq": number, "text": text}, by="bo")
        await stage.do(room, {"command": "redact", "seq": seq, "reason": "A password"})
        assert b"hunter2" not in b"".join(event.data or b"" for event in await stage.house.log.read(room))
        wordings = (await stage.room(room)).wordings
        assert wordings.of(seq) == []
        assert [wording.text for wording in wordings.of(other)] == ["Thank you"]


async def test_an_edit_alone_can_be_redacted_and_the_words_before_it_stand(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, {"command": "assign_role", "role": "incident_commander", "person": "me"})
        seq = await said(stage, room, "Look at the card", by="bo")
        edit = {"command": "edit_message", "seq": seq, "text": "Look at card 4111 1111"}
        edited = await stage.do(room, edit, by="bo")
        await stage.do(room, {"command": "redact", "seq": edited.seq, "reason": "A card"})
        assert (await stage.room(room)).wordings.of(seq) == []
        events = await stage.house.log.read(room)
        assert getattr(CODEC.decode(events[seq - 1]), "text", None) == "Look at the card"
