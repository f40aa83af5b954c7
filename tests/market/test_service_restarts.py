"""The market service on an archive that another process has filled."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.errors import QuotaSpentError, UnauthorizedError
from bot.market.models import Snapshot, Window
from bot.market.protocols import StoredSnapshot
from bot.market.service import MarketService
from bot.storage.archive import SnapshotArchive
from bot.storage.database import Database, open_database
from bot.storage.ledger import QuotaLedger
from bot.storage.schema import snapshots
from tests.fakes.answers import snapshot
from tests.fakes.clock import FakeClock
from tests.fakes.market import market_in, market_over, until_idle
from tests.fakes.source import FakeSource, down
from tests.fakes.stores import FakeArchive, FakeLedger

AUGUST_31 = date(2026, 8, 31)
SEPTEMBER_1 = date(2026, 9, 1)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


async def test_a_rejected_key_waits_and_a_new_key_is_tried_at_once(
    database: Database, source: FakeSource, clock: FakeClock
) -> None:
    """After restarts with each."""

    def refuse(_: datetime) -> Snapshot:
        raise UnauthorizedError(401, "The key is not accepted.")

    healthy, source.script = source.script, refuse
    for key, error in (("wrong", UnauthorizedError), ("wrong", QuotaSpentError)):
        with pytest.raises(error):
            await market_with(key, database, source, clock).load_edition()
    source.script = healthy

    assert AUGUST_31 == (await market_with("right", database, source, clock).load_edition()).snapshot.as_of
    assert [clock.now] * 2 == source.asked


def market_with(key: str, database: Database, source: FakeSource, clock: FakeClock) -> MarketService:
    """A market of a process with this key."""
    ledger = QuotaLedger(database, key_fingerprint=key)
    return market_over(SnapshotArchive(database), ledger, source, clock=clock)


async def test_a_thousand_callers_after_a_restart_share_one_query(source: FakeSource, clock: FakeClock) -> None:
    """The archive is read once, and no request is made."""
    looks = 0

    class CountingArchive(FakeArchive):
        async def load_latest(self, window: Window) -> StoredSnapshot | None:
            nonlocal looks
            looks += 1
            await asyncio.sleep(0)
            return await super().load_latest(window)

    archive = CountingArchive()
    await archive.save_snapshot(snapshot("2026-08-31", fetched_at=clock.now), "7d")
    market = market_over(archive, FakeLedger(), source, clock=clock)

    await asyncio.gather(*(market.load_edition() for _ in range(1000)))

    assert 1 == looks
    assert [] == source.asked


async def test_a_restart_answers_from_the_archive(database_url: str, source: FakeSource, clock: FakeClock) -> None:
    """A new process on the same file serves the same snapshot without a request."""
    async with open_database(database_url) as database:
        first = await market_in(database, source, clock=clock).load_edition()
    clock.advance(HOUR)
    async with open_database(database_url) as database:
        second = await market_in(database, source, clock=clock).load_edition()

    assert first == second
    assert 1 == len(source.asked)


async def test_an_archived_snapshot_that_is_old_is_served_at_once_too(
    database: Database, source: FakeSource, clock: FakeClock
) -> None:
    """After a restart in a long outage there is still data."""
    await market_in(database, source, clock=clock).load_edition()
    clock.advance(5 * DAY)
    source.script = down
    market = market_in(database, source, clock=clock)

    assert AUGUST_31 == (await market.load_edition()).snapshot.as_of
    await until_idle()
    assert AUGUST_31 == (await market.load_edition()).snapshot.as_of


async def test_two_services_on_one_database_make_one_request(
    database: Database, source: FakeSource, clock: FakeClock
) -> None:
    """Neither fetches what the other has fetched or is fetching."""
    markets = [market_in(database, source, clock=clock) for _ in range(2)]

    answers = await asyncio.gather(*(market.load_edition() for market in markets), return_exceptions=True)
    assert 1 == len(source.asked)
    assert {AUGUST_31} == {answer.snapshot.as_of for answer in answers if not isinstance(answer, BaseException)}

    clock.advance(MINUTE)
    assert [AUGUST_31, AUGUST_31] == [(await market.load_edition()).snapshot.as_of for market in markets]
    assert 1 == len(source.asked)


async def test_what_one_process_fetched_another_finds_in_the_archive(
    database: Database, source: FakeSource, clock: FakeClock
) -> None:
    """When a new day is due, the second process makes no request."""
    markets = [market_in(database, source, clock=clock) for _ in range(2)]
    for market in markets:
        await market.load_edition()
    for market in markets:
        clock.now = datetime(2026, 9, 2, 0, 20, tzinfo=UTC) if market is markets[0] else clock.now + 5 * MINUTE
        market.find_edition()
        await until_idle()

    assert [SEPTEMBER_1, SEPTEMBER_1] == [(await market.load_edition()).snapshot.as_of for market in markets]
    assert 2 == len(source.asked)


async def test_an_unreadable_snapshot_is_fetched_again(
    database: Database, source: FakeSource, clock: FakeClock, *, caplog: pytest.LogCaptureFixture
) -> None:
    """And the log says what was wrong."""
    await market_in(database, source, clock=clock).load_edition()
    async with database.transaction() as connection:
        await connection.execute(sa.update(snapshots).values(body=b"\0" * 100, sha256="0" * 64))
    clock.advance(MINUTE)

    market = market_in(database, source, clock=clock)
    assert AUGUST_31 == (await market.load_edition()).snapshot.as_of
    assert "cannot be read" in caplog.text
    assert 2 == len(source.asked)
