"""Chance: salts are all different, from whichever thread they are drawn, and the same again from the same seed."""

from concurrent.futures import ThreadPoolExecutor

from watchroom.base.rng import SALT_BYTES, SALTS_DRAWN, Chance


def test_salts_are_never_drawn_twice() -> None:
    chance = Chance()
    count = SALTS_DRAWN * 8
    with ThreadPoolExecutor(4) as threads:
        salts = list(threads.map(lambda _: chance.salt(), range(count)))
    assert len(set(salts)) == count
    assert {len(salt) for salt in salts} == {SALT_BYTES}


def test_a_seed_gives_the_same_salts_among_the_same_other_draws() -> None:
    drawn = [(chance.room_id(), chance.salt(), chance.salt(), chance.room_id()) for chance in (Chance(7), Chance(7))]
    assert drawn[0] == drawn[1]
    again = Chance(7)
    assert (again.room_id(), again.bytes(SALT_BYTES)) == drawn[0][:2]
