"""The editions of the market service: which snapshot each is compared with, and those of earlier days."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from bot.errors import NoSuchDayError
from bot.market.models import Snapshot, Window
from bot.market.past import WINDOW
from bot.market.protocols import StoredSnapshot
from bot.market.service import MarketService
from bot.storage.archive import SnapshotArchive
from bot.storage.database import Database
from bot.storage.schema import snapshots
from tests.fakes.answers import snapshot, task
from tests.fakes.clock import EndOfTimeError, FakeClock
from tests.fakes.market import market_in, market_over, until_idle
from tests.fakes.source import FakeSource, stuck
from tests.fakes.stores import FakeArchive, FakeLedger

DAY = timedelta(days=1)
NEWEST = date(2026, 8, 31)


def days_before(*distances: int) -> list[date]:
    """The days at these distances before the newest."""
    return [NEWEST - distance * DAY for distance in distances]


async def fill(database: Database, days: Sequence[date]) -> None:
    """Archive a snapshot for each of these days."""
    for day in days:
        await SnapshotArchive(database).save_snapshot(snapshot(day), WINDOW)


async def fresh_market(database: Database, source: FakeSource, clock: FakeClock) -> MarketService:
    """A market that has the newest day."""
    market = market_in(database, source, clock=clock)
    await market.load_edition()
    await until_idle()
    return market


async def spoil(database: Database, day: date) -> None:
    """Make the archived data of a day unreadable."""
    async with database.transaction() as connection:
        await connection.execute(sa.update(snapshots).where(snapshots.c.as_of == day).values(body=b"{}"))


async def earlier_of(market: MarketService, as_of: date | None = None) -> date | None:
    """The day that an edition is compared with."""
    earlier = (await market.load_edition(as_of)).earlier
    return None if earlier is None else earlier.as_of


class TestEarlier:
    @pytest.mark.parametrize(
        ("archived", "expected"),
        [([], None), ([1, 6], None), ([6, 7, 8], 7), ([8, 9, 6], 8), ([10], 10), ([11], None)],
        ids=str,
    )
    async def test_the_newest_has_an_earlier_snapshot(
        self, database: Database, source: FakeSource, clock: FakeClock, *, archived: list[int], expected: int | None
    ) -> None:
        """Whether it was in the archive or is fetched."""
        await fill(database, days_before(*archived))
        market = await fresh_market(database, source, clock)

        day = None if expected is None else NEWEST - expected * DAY
        assert (day, 1) == (await earlier_of(market), len(source.asked))
        assert day == await earlier_of(market_in(database, source, clock=clock))

    async def test_an_unreadable_day_is_replaced_by_the_next(
        self, database: Database, source: FakeSource, clock: FakeClock
    ) -> None:
        """The best readable day is used."""
        await fill(database, days_before(7, 9))
        await spoil(database, NEWEST - 7 * DAY)

        assert NEWEST - 9 * DAY == await earlier_of(await fresh_market(database, source, clock))

    async def test_a_revision_of_the_earlier_day(
        self, database: Database, source: FakeSource, clock: FakeClock
    ) -> None:
        """It is used after the next look in the archive."""
        source.script = stuck(NEWEST.isoformat())
        await fill(database, days_before(7))
        market = await fresh_market(database, source, clock)
        before = await market.load_edition()
        revision = snapshot(NEWEST - 7 * DAY, fetched_at=clock.now, tasks=[task("revised")])
        await SnapshotArchive(database).save_snapshot(revision, WINDOW)
        clock.advance(DAY / 2)
        market.find_edition()
        await until_idle()

        after = await market.load_edition()
        assert (revision, before.snapshot.data) == (after.earlier, after.snapshot.data)
        assert before.key != after.key

    async def test_days_that_another_process_adds_are_found_soon(
        self, database: Database, source: FakeSource, clock: FakeClock
    ) -> None:
        """An import of older days shows within ten minutes, without a request."""
        market = await fresh_market(database, source, clock)
        asked, started = len(source.asked), clock()
        assert None is await earlier_of(market)
        await fill(database, days_before(7))

        async def sleep(seconds: float) -> None:
            clock.advance(timedelta(seconds=seconds))
            if clock() - started > timedelta(minutes=10):
                raise EndOfTimeError

        with contextlib.suppress(EndOfTimeError):
            await market.keep_fresh(sleep=sleep)
        assert (NEWEST - 7 * DAY, asked) == (await earlier_of(market), len(source.asked))


class TestDays:
    async def test_the_newest_is_given_from_memory(self, source: FakeSource, clock: FakeClock) -> None:
        """With its day or without."""
        archive = CountingArchive()
        market = market_over(archive, FakeLedger(), source, clock=clock)
        newest = await market.load_edition()
        loads = archive.loads

        assert newest is await market.load_edition(NEWEST)
        assert loads == archive.loads

    async def test_an_earlier_day_is_given_from_the_archive(
        self, database: Database, source: FakeSource, clock: FakeClock
    ) -> None:
        """With its own earlier day, the names, and its last revision; the newest stays."""
        source.names = lambda: {"maker/alpha-20260101": "Maker: Prima"}
        await fill(database, days_before(9, 2))
        revision = snapshot(NEWEST - 2 * DAY, fetched_at=clock.now, tasks=[task("revised")])
        await SnapshotArchive(database).save_snapshot(revision, WINDOW)
        market = await fresh_market(database, source, clock)
        edition = await market.load_edition(NEWEST - 2 * DAY)

        assert (revision, {"maker/alpha-20260101": "Prima"}) == (edition.snapshot, edition.model_names)
        assert NEWEST - 9 * DAY == await earlier_of(market, NEWEST - 2 * DAY)
        assert NEWEST == (await market.load_edition()).snapshot.as_of

    async def test_a_new_process_needs_no_request_for_it(
        self, database: Database, source: FakeSource, clock: FakeClock
    ) -> None:
        """An archived day never waits for OpenRouter."""
        source.names = lambda: {"maker/alpha-20260101": "Maker: Prima"}
        await market_in(database, source, clock=clock).load_edition()
        source.asked.clear()
        edition = await market_in(database, source, clock=clock).load_edition(NEWEST)

        assert (NEWEST, ["Prima"]) == (edition.snapshot.as_of, list(edition.model_names.values()))
        assert [] == source.asked

    async def test_it_is_loaded_once_for_all_callers(self, source: FakeSource, clock: FakeClock) -> None:
        """A thousand posts cost what one does."""
        archive = CountingArchive()
        await archive.save_snapshot(snapshot(NEWEST - DAY), WINDOW)
        market = market_over(archive, FakeLedger(), source, clock=clock)
        await market.load_edition()
        await until_idle()
        archive.loads = 0
        editions = await asyncio.gather(*(market.load_edition(NEWEST - DAY) for _ in range(1000)))

        assert (1, 2) == (len({id(edition) for edition in editions}), archive.loads)

    async def test_a_missing_day_is_an_error(self, database: Database, source: FakeSource, clock: FakeClock) -> None:
        """OpenRouter has no history, so there is no request."""
        await fill(database, days_before(1))
        market = market_in(database, source, clock=clock)
        with pytest.raises(NoSuchDayError) as refused:
            await market.load_edition(date(2026, 8, 25))

        assert date(2026, 8, 25) == refused.value.as_of
        assert [] == source.asked


class CountingArchive(FakeArchive):
    """Counts the loads of ranges, which take a moment."""

    def __init__(self) -> None:
        super().__init__()
        self.loads = 0

    async def load_range(self, since: date, until: date, *, window: Window = "7d") -> Sequence[Snapshot]:
        self.loads += 1
        await asyncio.sleep(0)
        return await super().load_range(since, until, window=window)


class TestRecentDays:
    async def test_they_are_the_newest_four(self, database: Database, source: FakeSource, clock: FakeClock) -> None:
        """However many are archived, with any gaps; none before the first look."""
        await fill(database, days_before(1, 2, 5, 6, 30))
        market = market_in(database, source, clock=clock)
        assert [] == list(market.recent_days())
        market = await fresh_market(database, source, clock)

        assert days_before(5, 2, 1, 0) == list(market.recent_days())

    async def test_a_new_day_is_added_with_its_edition(
        self, database: Database, source: FakeSource, clock: FakeClock
    ) -> None:
        """Each of them can be loaded."""
        market = await fresh_market(database, source, clock)
        for _ in range(2):
            clock.advance(DAY)
            await market.load_edition()
            await until_idle()

        assert [NEWEST, NEWEST + DAY, NEWEST + 2 * DAY] == list(market.recent_days())
        assert list(market.recent_days()) == [
            (await market.load_edition(day)).snapshot.as_of for day in market.recent_days()
        ]

    async def test_an_unreadable_day_is_removed(
        self, database: Database, source: FakeSource, clock: FakeClock, *, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Otherwise the poster would choose it again and again."""
        await fill(database, days_before(1, 2))
        await spoil(database, NEWEST - DAY)
        market = await fresh_market(database, source, clock)
        assert days_before(2, 1, 0) == list(market.recent_days())
        with caplog.at_level(logging.ERROR), pytest.raises(NoSuchDayError):
            await market.load_edition(NEWEST - DAY)

        assert days_before(2, 0) == list(market.recent_days())
        assert "cannot be read" in caplog.text


class SlowArchive(FakeArchive):
    """An archive whose next look waits until the test lets it go on."""

    def __init__(self) -> None:
        super().__init__()
        self.holds = False
        self.permission = asyncio.Event()

    async def load_latest(self, window: Window) -> StoredSnapshot | None:
        held = await super().load_latest(window)
        if self.holds:
            self.holds = False
            await self.permission.wait()
        return held


async def test_a_slow_look_does_not_bring_older_data_back(clock: FakeClock, source: FakeSource) -> None:
    """Looks follow each other, so that the last one to publish has looked last."""
    archive = SlowArchive()
    market = market_over(archive, FakeLedger(), source, clock=clock)
    await archive.save_snapshot(snapshot(NEWEST - DAY), WINDOW)
    archive.holds = True
    slow = asyncio.create_task(market._look_in_archive())
    await asyncio.sleep(0)
    await archive.save_snapshot(snapshot(NEWEST), WINDOW)
    fast = asyncio.create_task(market._look_in_archive())
    await asyncio.sleep(0)
    archive.permission.set()
    await asyncio.gather(slow, fast)
    edition = market.find_edition()
    assert edition is not None
    assert NEWEST == edition.snapshot.as_of


async def test_unreadable_day_is_not_offered_again(database: Database, source: FakeSource, clock: FakeClock) -> None:
    """Also not after the refresher has looked for days of other processes."""
    await fill(database, days_before(0, 1, 2))
    market = await fresh_market(database, source, clock)
    await spoil(database, NEWEST - DAY)
    with pytest.raises(NoSuchDayError):
        await market.load_edition(NEWEST - DAY)
    naps = iter(range(3))

    async def sleep(seconds: float) -> None:
        clock.advance(timedelta(seconds=seconds))
        if next(naps, None) is None:
            raise EndOfTimeError

    with contextlib.suppress(EndOfTimeError):
        await market.keep_fresh(sleep=sleep)
    assert NEWEST - DAY not in market.recent_days()
