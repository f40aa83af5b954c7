"""Editions of the market service: which snapshot each is compared with, and those of earlier days."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from bot.errors import NoSuchDayError
from bot.market.models import Snapshot, Window
from bot.market.service import WINDOW, MarketService
from bot.storage.archive import SnapshotArchive
from bot.storage.database import Database
from bot.storage.schema import snapshots
from tests.fakes.answers import snapshot, task
from tests.fakes.clock import FakeClock
from tests.fakes.market import market_in, market_over, until_idle
from tests.fakes.source import FakeSource, stuck
from tests.fakes.stores import FakeArchive, FakeLedger

DAY = timedelta(days=1)
NEWEST = date(2026, 8, 31)


def days_before(*distances: int) -> list[date]:
    """The days that lie so many days before the newest."""
    return [NEWEST - distance * DAY for distance in distances]


async def fill(database: Database, days: Sequence[date]) -> None:
    """Archive a snapshot of each of these days."""
    for day in days:
        await SnapshotArchive(database).save_snapshot(snapshot(day), WINDOW)


async def fresh_market(database: Database, source: FakeSource, clock: FakeClock) -> MarketService:
    """A market that has the newest day."""
    market = market_in(database, source, clock=clock)
    await market.load_edition()
    await until_idle()
    return market


async def spoil(database: Database, day: date) -> None:
    """Make what is archived of a day unreadable."""
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
    async def test_the_newest_comes_with_the_day_that_it_is_compared_with(
        self, database: Database, source: FakeSource, clock: FakeClock, *, archived: list[int], expected: int | None
    ) -> None:
        """Whether it was in the archive already or has to be fetched."""
        await fill(database, days_before(*archived))
        market = await fresh_market(database, source, clock)

        day = None if expected is None else NEWEST - expected * DAY
        assert (day, 1) == (await earlier_of(market), len(source.asked))
        assert day == await earlier_of(market_in(database, source, clock=clock))

    async def test_a_day_that_cannot_be_read_gives_way_to_the_next(
        self, database: Database, source: FakeSource, clock: FakeClock
    ) -> None:
        """The comparison is of what there is."""
        await fill(database, days_before(7, 9))
        await spoil(database, NEWEST - 7 * DAY)

        assert NEWEST - 9 * DAY == await earlier_of(await fresh_market(database, source, clock))

    async def test_its_revision_is_taken_over_at_the_next_look(
        self, database: Database, source: FakeSource, clock: FakeClock
    ) -> None:
        """Cards are made anew then."""
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


class TestDays:
    async def test_the_newest_is_given_from_memory(self, source: FakeSource, clock: FakeClock) -> None:
        """By its day as without it."""
        archive = CountingArchive()
        market = market_over(archive, FakeLedger(), source, clock=clock)
        newest = await market.load_edition()
        loads = archive.loads

        assert newest is await market.load_edition(NEWEST)
        assert loads == archive.loads

    async def test_an_earlier_day_is_given_from_the_archive(
        self, database: Database, source: FakeSource, clock: FakeClock
    ) -> None:
        """With its own earlier day and with the names, in the revision that came last; the newest stays."""
        source.names = lambda: {"maker/alpha-20260101": "Maker: Prima"}
        await fill(database, days_before(9, 2))
        revision = snapshot(NEWEST - 2 * DAY, fetched_at=clock.now, tasks=[task("revised")])
        await SnapshotArchive(database).save_snapshot(revision, WINDOW)
        market = await fresh_market(database, source, clock)
        edition = await market.load_edition(NEWEST - 2 * DAY)

        assert (revision, {"maker/alpha-20260101": "Prima"}) == (edition.snapshot, edition.model_names)
        assert NEWEST - 9 * DAY == await earlier_of(market, NEWEST - 2 * DAY)
        assert NEWEST == (await market.load_edition()).snapshot.as_of

    async def test_a_process_that_has_just_started_gives_it_without_asking(
        self, database: Database, source: FakeSource, clock: FakeClock
    ) -> None:
        """Nobody who wants an archived day waits for OpenRouter."""
        source.names = lambda: {"maker/alpha-20260101": "Maker: Prima"}
        await market_in(database, source, clock=clock).load_edition()
        source.asked.clear()
        edition = await market_in(database, source, clock=clock).load_edition(NEWEST)

        assert (NEWEST, ["Prima"]) == (edition.snapshot.as_of, list(edition.model_names.values()))
        assert [] == source.asked

    async def test_it_is_loaded_once_for_all_who_ask(self, source: FakeSource, clock: FakeClock) -> None:
        """A thousand posts of it cost what one does."""
        archive = CountingArchive()
        await archive.save_snapshot(snapshot(NEWEST - DAY), WINDOW)
        market = market_over(archive, FakeLedger(), source, clock=clock)
        await market.load_edition()
        await until_idle()
        archive.loads = 0
        editions = await asyncio.gather(*(market.load_edition(NEWEST - DAY) for _ in range(1000)))

        assert (1, 2) == (len({id(edition) for edition in editions}), archive.loads)

    async def test_what_is_not_there_is_said(self, database: Database, source: FakeSource, clock: FakeClock) -> None:
        """The day is named, and OpenRouter, which has no history, is not asked for it."""
        await fill(database, days_before(1))
        market = market_in(database, source, clock=clock)
        with pytest.raises(NoSuchDayError) as refused:
            await market.load_edition(date(2026, 8, 25))

        assert date(2026, 8, 25) == refused.value.as_of
        assert [] == source.asked


class CountingArchive(FakeArchive):
    """Counts how often a range is loaded, and takes a moment for it."""

    def __init__(self) -> None:
        super().__init__()
        self.loads = 0

    async def load_range(self, since: date, until: date, *, window: Window = "7d") -> Sequence[Snapshot]:
        self.loads += 1
        await asyncio.sleep(0)
        return await super().load_range(since, until, window=window)


class TestRecentDays:
    async def test_they_are_the_newest_four(self, database: Database, source: FakeSource, clock: FakeClock) -> None:
        """However many are archived, and whatever is missing between them; before the first look there are none."""
        await fill(database, days_before(1, 2, 5, 6, 30))
        market = market_in(database, source, clock=clock)
        assert [] == list(market.recent_days())
        market = await fresh_market(database, source, clock)

        assert days_before(5, 2, 1, 0) == list(market.recent_days())

    async def test_a_new_day_joins_them_with_its_edition(
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

    async def test_a_day_that_cannot_be_read_is_none_of_them_once_that_is_known(
        self, database: Database, source: FakeSource, clock: FakeClock, *, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Who posts would else choose it again and again."""
        await fill(database, days_before(1, 2))
        await spoil(database, NEWEST - DAY)
        market = await fresh_market(database, source, clock)
        assert days_before(2, 1, 0) == list(market.recent_days())
        with caplog.at_level(logging.ERROR), pytest.raises(NoSuchDayError):
            await market.load_edition(NEWEST - DAY)

        assert days_before(2, 0) == list(market.recent_days())
        assert "cannot be read" in caplog.text
