"""What every store of the search promises, whatever it is made of."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.postgres import cluster
from watchroom.base.errors import Conflict
from watchroom.incident.search.document import Document, Gone, Kind, Step
from watchroom.incident.search.postgres_store import PostgresStore
from watchroom.incident.search.query import Term
from watchroom.incident.search.sqlite_store import SqliteStore
from watchroom.incident.search.store import Found, Mark, Store, Wanted

AT = datetime(2026, 11, 25, 3, 14, tzinfo=UTC)
NONE = Mark(0, "")
Make = Callable[[], Store]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    """Opens the same store again and again, in each of its kinds; one in memory is another each time."""
    if request.param == "postgresql":
        url = cluster().database()
        yield lambda: PostgresStore(url)
    else:
        yield lambda: SqliteStore(None if request.param == "memory" else tmp_path / "search.sqlite")


@asynccontextmanager
async def opened(make: Make) -> AsyncIterator[Store]:
    store = make()
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def on(make: Make, work: Callable[[Store], Awaitable[None]]) -> None:
    """Do `work` on an open store."""

    async def done() -> None:
        async with opened(make) as store:
            await work(store)

    asyncio.run(done())


def entry(
    text: str, seq: int = 1, *, stream: str = "aaaa-aaaa", kind: Kind = "message", days: float = 0, **more: str
) -> Document:
    return Document(stream, seq, kind, AT + timedelta(days=days), more.pop("actor", "person:ana@x.org"), text, **more)


def words(*words: str, prefix: bool = False) -> Term:
    return Term(words, prefix)


def texts(found: list[Found]) -> list[str]:
    return [each.document.text for each in found]


async def filled(store: Store, *steps: Step, at: int = 1, before: Mark = NONE) -> Mark:
    mark = Mark(at, f"digest {at}")
    await store.apply(steps, before, mark)
    return mark


def test_what_was_put_in_is_found_by_its_words(make: Make) -> None:
    async def work(store: Store) -> None:
        one = entry("Checkout is down for É-commerce", kind="hypothesis", of="", service="checkout")
        await filled(store, one, entry("Payments are slow", 2))
        [found] = await store.find(Wanted(terms=(words("checkout"),)))
        assert found.document == one
        assert found.rank == one.rank
        assert texts(await store.find(Wanted(terms=(words("e", "commerce"),)))) == [one.text]
        assert await store.find(Wanted(terms=(words("check"),))) == []
        assert texts(await store.find(Wanted(terms=(words("check", prefix=True),)))) == [one.text]
        assert await store.find(Wanted(terms=(words("checkout"), words("payments")))) == []

    on(make, work)


def test_words_of_a_phrase_follow_each_other(make: Make) -> None:
    async def work(store: Store) -> None:
        await filled(store, entry("the pool of connections is full"), entry("connections pool", 2))
        assert texts(await store.find(Wanted(terms=(words("connections", "pool"),)))) == ["connections pool"]
        found = await store.find(Wanted(terms=(words("pool", "of", "conn", prefix=True),)))
        assert texts(found) == ["the pool of connections is full"]
        found = await store.find(Wanted(terms=(words("pool"),), without=(words("full"),)))
        assert texts(found) == ["connections pool"]
        assert texts(await store.find(Wanted(without=(words("full"),)))) == ["connections pool"]

    on(make, work)


def test_a_name_of_several_words_in_one_is_found_by_each_and_as_a_whole(make: Make) -> None:
    async def work(store: Store) -> None:
        await filled(store, entry("CheckoutErrorBudgetBurn fired"))
        for term in (words("budget"), words("error", "budget"), words("checkouterrorbudgetburn"), words("fired")):
            assert len(await store.find(Wanted(terms=(term,)))) == 1, term

    on(make, work)


def test_the_newest_first_and_a_title_before_what_was_said_of_it(make: Make) -> None:
    async def work(store: Store) -> None:
        await filled(
            store,
            entry("pool old", 1, days=-10),
            entry("pool new", 2),
            entry("pool title", 3, days=-30, kind="incident"),
            entry("pool ancient title", 4, days=-300, kind="incident"),
        )
        wanted = ["pool title", "pool new", "pool old", "pool ancient title"]
        assert texts(await store.find(Wanted(terms=(words("pool"),)))) == wanted
        assert texts(await store.find(Wanted())) == wanted
        first = await store.find(Wanted(terms=(words("pool"),), limit=3))
        assert texts(await store.find(Wanted(terms=(words("pool"),), below=first[-1].rank))) == wanted[3:]

    on(make, work)


def test_pages_of_what_happened_at_once_miss_nothing(make: Make) -> None:
    async def work(store: Store) -> None:
        await filled(store, *(entry(f"storm {seq}", seq) for seq in range(1, 301)))
        seen: list[str] = []
        below = None
        while found := await store.find(Wanted(terms=(words("storm"),), below=below, limit=7)):
            seen += texts(found)
            below = found[-1].rank
        assert len(seen) == len(set(seen)) == 300

    on(make, work)


def test_what_is_hidden_is_passed_over_and_not_counted(make: Make) -> None:
    async def work(store: Store) -> None:
        rooms = [entry(f"zebra {n}", stream=f"room-{n:04}", days=n) for n in range(20)]
        await filled(store, *rooms)
        hidden = frozenset(each.stream for each in rooms[1:])
        assert texts(await store.find(Wanted(terms=(words("zebra"),), hidden=hidden, limit=2))) == ["zebra 0"]
        assert texts(await store.find(Wanted(hidden=hidden, limit=2))) == ["zebra 0"]
        assert await store.find(Wanted(terms=(words("zebra"),), hidden=hidden | {"room-0000"})) == []

    on(make, work)


def test_it_is_narrowed_down(make: Make) -> None:
    async def work(store: Store) -> None:
        await filled(
            store,
            entry("one", 1, kind="decision", actor="person:bo@x.org"),
            entry("two", 2, stream="bbbb-bbbb", service="checkout"),
            entry("three", 3, days=-3, stream="source:ci", kind="change", service="cart"),
        )
        day_us = int(AT.timestamp() * 1_000_000)

        async def found(**wanted: object) -> list[str]:
            return texts(await store.find(Wanted(**wanted)))  # type: ignore[arg-type]  # each test says its own

        assert await found(kinds=frozenset({"decision"})) == ["one"]
        assert await found(actors=frozenset({"person:bo@x.org"})) == ["one"]
        assert await found(streams=frozenset({"bbbb-bbbb"})) == ["two"]
        assert await found(streams=frozenset()) == []
        assert await found(services=frozenset({"checkout"})) == ["two"]
        named = await found(services=frozenset({"cart"}), service_streams=frozenset({"aaaa-aaaa"}))
        assert named == ["one", "three"]
        assert await found(until_us=day_us) == ["three"]
        assert sorted(await found(since_us=day_us)) == ["one", "two"]
        assert await found(since_us=day_us, kinds=frozenset({"change"})) == []

    on(make, work)


def test_words_are_narrowed_down_by_few_or_many(make: Make) -> None:
    async def work(store: Store) -> None:
        rooms = [f"room-{number:04}" for number in range(100)]
        await filled(
            store,
            *(
                entry("common word", stream=room, actor=f"person:{room}", kind="task" if n % 2 else "call", days=-n)
                for n, room in enumerate(rooms)
            ),
        )

        async def count(**wanted: object) -> int:
            found = await store.find(Wanted(terms=(words("common"),), limit=200, **wanted))  # type: ignore[arg-type]  # each test says its own
            return len(found)

        assert await count() == 100
        for number in (1, 3, 60):
            assert await count(streams=frozenset(rooms[:number])) == number
            assert await count(actors=frozenset(f"person:{room}" for room in rooms[:number])) == number
        assert await count(kinds=frozenset({"task"})) == 50
        assert await count(kinds=frozenset({"task"}), streams=frozenset(rooms[:4])) == 2
        assert await count(actors=frozenset({"person:nobody"})) == 0
        assert await count(streams=frozenset()) == 0
        # Whose, where and what it is are no words that somebody could look for.
        for word in ("task", "room", "person", "s", "k"):
            assert await store.find(Wanted(terms=(words(word, prefix=True),))) == []

    on(make, work)


def test_later_words_take_the_place_of_earlier_ones(make: Make) -> None:
    async def work(store: Store) -> None:
        mark = await filled(store, entry("first title", 1, of="title"), entry("other", 2, of="title", stream="b"))
        mark = await filled(
            store, entry("second title", 5, of="title"), entry("third title", 9, of="title"), at=2, before=mark
        )
        assert sorted(texts(await store.find(Wanted()))) == ["other", "third title"]
        # The same entry once more is the same entry.
        await filled(store, entry("third title, again", 9, of="title"), at=3, before=mark)
        assert sorted(texts(await store.find(Wanted()))) == ["other", "third title, again"]

    on(make, work)


def test_what_is_taken_out_is_found_no_more(make: Make) -> None:
    async def work(store: Store) -> None:
        mark = await filled(
            store, entry("one", 1), entry("two", 2, of="signal:a"), entry("three", 3), entry("four", 1, stream="b")
        )
        mark = await filled(store, Gone("aaaa-aaaa", seq=1), Gone("aaaa-aaaa", of="signal:a"), at=2, before=mark)
        assert sorted(texts(await store.find(Wanted()))) == ["four", "three"]
        mark = await filled(store, Gone("aaaa-aaaa"), entry("five", 7), at=3, before=mark)
        assert sorted(texts(await store.find(Wanted()))) == ["five", "four"]
        assert await store.find(Wanted(terms=(words("three"),))) == []
        await store.clear()
        assert await store.find(Wanted()) == []
        assert await store.mark() is None

    on(make, work)


def test_the_mark_goes_with_the_words_and_only_one_writes(make: Make) -> None:
    async def work(store: Store) -> None:
        assert await store.mark() is None
        mark = await filled(store, entry("one"), at=5)
        assert await store.mark() == mark == Mark(5, "digest 5")
        with pytest.raises(Conflict):
            await filled(store, entry("late", 2), at=4)
        assert texts(await store.find(Wanted())) == ["one"]
        mark = await filled(store, at=9, before=mark)
        await store.clear()
        with pytest.raises(Conflict):
            await filled(store, entry("late", 2), at=10, before=mark)
        assert await store.find(Wanted()) == []

    on(make, work)


def test_a_store_that_is_opened_again_is_the_same(make: Make, request: pytest.FixtureRequest) -> None:
    if "memory" in request.node.callspec.id:
        pytest.skip("what is in memory ends with it")

    async def work() -> None:
        async with opened(make) as store:
            await filled(store, entry("one"), at=5)
        async with opened(make) as store:
            assert await store.mark() == Mark(5, "digest 5")
            assert texts(await store.find(Wanted(terms=(words("one"),)))) == ["one"]

    asyncio.run(work())


@pytest.mark.parametrize("word", ["'", '"', "a' OR 1=1 --", "\0", "NEAR(", "x:y", "*", "🦓", "İstanbul", "日本語"])
def test_whatever_is_written_is_only_words(make: Make, word: str) -> None:
    async def work(store: Store) -> None:
        await filled(store, entry(f"before {word} after", actor=f"person:{word}", service=word))
        assert len(await store.find(Wanted(terms=(words("before"),)))) == 1
        await store.find(Wanted(actors=frozenset({word}), streams=frozenset({word}), hidden=frozenset({word})))
        await store.scrub()
        assert len(await store.find(Wanted(terms=(words("after"),)))) == 1

    on(make, work)


def test_no_word_of_what_was_taken_out_stays_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"

    def kept() -> bytes:
        return b"".join(file.read_bytes() for file in tmp_path.iterdir())

    async def work(store: Store) -> None:
        mark = await filled(store, *(entry(f"hunter{seq} zebrafish secret", seq) for seq in range(1, 200)))
        assert b"zebrafish" in kept()
        mark = await filled(store, Gone("aaaa-aaaa"), entry("left", 201), at=2, before=mark)
        await store.find(Wanted())
        await store.scrub()
        # FTS5 keeps of each word in a page only what the word before it has not: a part must not stay either.
        body = kept()
        for text in (b"zebrafish", b"zebra", b"ebrafish", b"hunter", b"secret"):
            assert text not in body, text
        assert texts(await store.find(Wanted())) == ["left"]

    on(lambda: SqliteStore(path), work)


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"
    path.write_bytes(b"no database at all" * 1_000)

    async def work(store: Store) -> None:
        assert await store.mark() is None
        await filled(store, entry("one"))
        assert texts(await store.find(Wanted())) == ["one"]

    on(lambda: SqliteStore(path), work)
