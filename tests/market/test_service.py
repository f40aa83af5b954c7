"""The market service as its callers see it: what it serves, and how many requests that costs."""

import asyncio
import contextlib
import logging
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.errors import (
    InvalidResponseError,
    OpenRouterError,
    QuotaSpentError,
    TooManyRequestsError,
    UnauthorizedError,
    UnreachableError,
)
from bot.market.models import Snapshot
from bot.market.quota import Outcome
from bot.storage.database import Database
from bot.storage.schema import attempts, snapshots
from tests.fakes.answers import snapshot, task
from tests.fakes.clock import FakeClock
from tests.fakes.market import market_in, until_idle
from tests.fakes.source import FakeSource, down, stuck

AUGUST_31 = date(2026, 8, 31)
SEPTEMBER_1 = date(2026, 9, 1)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


async def test_the_first_caller_waits_for_the_first_snapshot(
    database: Database, source: FakeSource, clock: FakeClock
) -> None:
    """With an empty archive, one request is made."""
    market = market_in(database, source, clock=clock)

    assert market.find_edition() is None
    assert AUGUST_31 == (await market.load_edition()).snapshot.as_of
    assert [clock.now] == source.asked


async def test_a_thousand_concurrent_callers_cost_one_request(
    database: Database, source: FakeSource, clock: FakeClock
) -> None:
    """They all get the same answer."""
    market = market_in(database, source, clock=clock)

    editions = await asyncio.gather(*(market.load_edition() for _ in range(1000)))

    assert 1 == len({id(edition) for edition in editions})
    assert 1 == len(source.asked)


async def test_a_thousand_concurrent_callers_in_an_outage_cost_one_request(
    database: Database, source: FakeSource, clock: FakeClock
) -> None:
    """Waiting callers get the error, later ones the time of the next request."""
    source.script = down
    market = market_in(database, source, clock=clock)

    answers = await asyncio.gather(*(market.load_edition() for _ in range(1000)), return_exceptions=True)

    assert {UnreachableError} <= {type(answer) for answer in answers} <= {UnreachableError, QuotaSpentError}
    assert 1 == len(source.asked)


async def test_an_old_snapshot_is_served_at_once_while_the_new_one_is_fetched(
    database: Database, source: FakeSource, clock: FakeClock
) -> None:
    """No caller waits while there is any data."""
    market = market_in(database, source, clock=clock)
    await market.load_edition()
    clock.advance(DAY)
    source.gate = asyncio.Event()

    assert AUGUST_31 == (await market.load_edition()).snapshot.as_of
    source.gate.set()
    await until_idle()

    assert SEPTEMBER_1 == (await market.load_edition()).snapshot.as_of
    assert 2 == len(source.asked)


@pytest.mark.parametrize(
    "failure",
    [
        UnreachableError("There is no connection."),
        InvalidResponseError("It is garbage."),
        UnauthorizedError(401, "It does not accept the key."),
        TooManyRequestsError(429, "The quota is spent."),
    ],
    ids=lambda failure: type(failure).__name__,
)
async def test_only_successes_are_cached(
    database: Database, source: FakeSource, clock: FakeClock, *, failure: OpenRouterError
) -> None:
    """A failure is raised once, without a second request, and the next success replaces it."""

    def fail(_: datetime) -> Snapshot:
        raise failure

    healthy, source.script = source.script, fail
    market = market_in(database, source, clock=clock)

    with pytest.raises(type(failure)):
        await market.load_edition()
    with pytest.raises(QuotaSpentError) as spent:
        await market.load_edition()
    assert clock.now + timedelta(seconds=30) == spent.value.until
    assert 1 == len(source.asked)

    source.script = healthy
    clock.now = spent.value.until
    assert AUGUST_31 == (await market.load_edition()).snapshot.as_of


async def test_a_bug_in_the_source_is_logged_and_survived(
    database: Database, source: FakeSource, clock: FakeClock, *, caplog: pytest.LogCaptureFixture
) -> None:
    """Its request counts, and the old snapshot is still served."""
    market = market_in(database, source, clock=clock)
    await market.load_edition()
    clock.advance(DAY)

    def broken(_: datetime) -> Snapshot:
        raise ZeroDivisionError

    source.script = broken
    await market.load_edition()
    with contextlib.suppress(ZeroDivisionError):
        await until_idle()

    assert AUGUST_31 == (await market.load_edition()).snapshot.as_of
    assert 2 == len(source.asked)
    assert ["The refresh of the snapshot failed unexpectedly"] == [
        record.message for record in caplog.records if record.levelno == logging.ERROR
    ]


async def test_a_revision_is_archived_beside_the_first_and_served(
    database: Database, source: FakeSource, clock: FakeClock
) -> None:
    """The same `as_of` with another hash is a second row, and is served from then on."""
    market = market_in(database, source, clock=clock)
    await market.load_edition()
    clock.advance(timedelta(hours=12))
    source.script = lambda now: snapshot("2026-08-31", fetched_at=now, tasks=[task("code:revised")])
    await market.load_edition()
    await until_idle()

    revised = await market.load_edition()
    assert ["code:revised"] == [found.tag for found in revised.snapshot.data.classifications]
    async with database.transaction() as connection:
        rows = (await connection.execute(sa.select(snapshots.c.as_of).order_by(snapshots.c.id))).scalars().all()
    assert [AUGUST_31, AUGUST_31] == list(rows)


async def test_the_same_answer_again_leaves_the_edition_as_it_is(
    database: Database, source: FakeSource, clock: FakeClock
) -> None:
    """Its cards stay valid."""
    source.script = stuck("2026-08-31")
    market = market_in(database, source, clock=clock)
    before = await market.load_edition()
    clock.advance(timedelta(hours=12))
    await market.load_edition()
    await until_idle()

    assert 2 == len(source.asked)
    assert before is await market.load_edition()


async def test_a_snapshot_is_requested_again_after_its_ttl(
    database: Database, source: FakeSource, clock: FakeClock
) -> None:
    """Even if no newer one is due."""
    market = market_in(database, source, clock=clock, cache_ttl=HOUR)
    await market.load_edition()
    for _ in range(119):
        clock.advance(MINUTE)
        market.find_edition()
        await until_idle()

    assert [datetime(2026, 9, 1, 12, tzinfo=UTC), datetime(2026, 9, 1, 13, tzinfo=UTC)] == source.asked


async def test_a_cancelled_caller_does_not_affect_the_others(
    database: Database, source: FakeSource, clock: FakeClock
) -> None:
    """The request continues, and all others get its answer."""
    source.gate = asyncio.Event()
    market = market_in(database, source, clock=clock)
    impatient, patient = (asyncio.create_task(market.load_edition()) for _ in range(2))
    await source.under_way.wait()
    impatient.cancel()
    await asyncio.gather(impatient, return_exceptions=True)
    source.gate.set()

    assert AUGUST_31 == (await patient).snapshot.as_of
    assert 1 == len(source.asked)


async def test_closing_cancels_a_request(database: Database, source: FakeSource, clock: FakeClock) -> None:
    """The ledger counts it as pending."""
    source.gate = asyncio.Event()
    market = market_in(database, source, clock=clock)
    asking = asyncio.create_task(market.load_edition())
    await source.under_way.wait()

    await market.close()
    await market.close()

    assert isinstance((await asyncio.gather(asking, return_exceptions=True))[0], asyncio.CancelledError)
    async with database.transaction() as connection:
        assert [Outcome.PENDING] == list((await connection.execute(sa.select(attempts.c.outcome))).scalars())
