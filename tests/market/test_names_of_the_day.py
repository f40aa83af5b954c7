"""How the market service gets the display names of models."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from bot.errors import UnreachableError
from bot.storage.database import Database
from bot.storage.schema import attempts
from tests.fakes.clock import FakeClock
from tests.fakes.market import market_in, until_idle
from tests.fakes.source import FakeSource, stuck

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
NAMES: Mapping[str, str] = {"maker/alpha-20260101": "Maker: Alpha"}


async def test_they_are_fetched_at_most_once_a_day(database: Database, source: FakeSource, clock: FakeClock) -> None:
    """Hourly refreshes for a week, with restarts, fetch them at most seven times."""
    source.names = lambda: NAMES
    for hour in range(7 * 24):
        market = market_in(database, source, clock=clock)
        await market.load_edition()
        await until_idle()
        assert {"maker/alpha-20260101": "Alpha"} == (await market.load_edition()).model_names, hour
        clock.advance(HOUR)

    gaps = [later - earlier for earlier, later in pairwise(source.asked_for_names)]
    assert 4 <= len(source.asked_for_names) <= 7
    assert min(gaps) >= DAY


async def test_they_are_not_in_the_ledger(database: Database, source: FakeSource, clock: FakeClock) -> None:
    """It counts only the requests for snapshots."""
    await market_in(database, source, clock=clock).load_edition()

    assert 1 == len(source.asked_for_names)
    async with database.transaction() as connection:
        assert 1 == (await connection.execute(sa.select(sa.func.count()).select_from(attempts))).scalar_one()


async def test_failed_requests_for_names(database: Database, source: FakeSource, clock: FakeClock) -> None:
    """The ids are made readable; names from an earlier day are kept."""

    def unreachable() -> Mapping[str, str]:
        raise UnreachableError("There is no connection.")

    source.names = unreachable
    market = market_in(database, source, clock=clock)
    assert {"maker/alpha-20260101": "Alpha"} == (await market.load_edition()).model_names

    for names, expected in ((lambda: {"maker/alpha-20260101": "Maker: Prima"}, "Prima"), (unreachable, "Prima")):
        clock.advance(DAY)
        source.names = names
        await market.load_edition()
        await until_idle()
        assert {"maker/alpha-20260101": expected} == (await market.load_edition()).model_names
    assert 3 == len(source.asked_for_names)


async def test_a_crash_during_the_request_does_not_repeat_it(
    database: Database, source: FakeSource, clock: FakeClock
) -> None:
    """The time of the request is saved before the answer arrives."""

    def crash() -> Mapping[str, str]:
        raise ZeroDivisionError

    source.names = crash
    with pytest.raises(ZeroDivisionError):
        await market_in(database, source, clock=clock).load_edition()
    clock.advance(timedelta(hours=13))
    market = market_in(database, source, clock=clock)
    await market.load_edition()
    await until_idle()

    assert 2 == len(source.asked)
    assert 1 == len(source.asked_for_names)


async def test_a_request_in_the_future_does_not_block_them(
    database: Database, source: FakeSource, clock: FakeClock
) -> None:
    """After the clock is corrected, the names are fetched again."""
    source.script = stuck("2026-08-31")
    clock.advance(365 * DAY)
    await market_in(database, source, clock=clock).load_edition()
    clock.advance(-364 * DAY)
    await market_in(database, source, clock=clock).load_edition()
    await until_idle()

    assert 2 == len(source.asked_for_names)
