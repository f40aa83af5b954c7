"""Simulated days of the market service: how many requests they cost, and how soon new data is there."""

import contextlib
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.errors import (
    APIError,
    APIStatusError,
    InvalidResponseError,
    RankingsBotError,
    TooManyRequestsError,
    UnauthorizedError,
)
from bot.market.freshness import Freshness
from bot.market.models import Snapshot
from bot.market.quota import MAX_RETRY_DELAY, REQUESTS_A_DAY, REQUESTS_A_MINUTE
from bot.market.service import MAX_SLEEP
from bot.storage.database import Database, open_database
from tests.fakes.clock import EndOfTimeError, FakeClock
from tests.fakes.market import live, market_in, market_over, until_idle
from tests.fakes.source import FakeSource, Script, arriving, down, stuck
from tests.fakes.stores import FakeArchive, FakeLedger

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def requests_on(source: FakeSource, day: date) -> int:
    """The number of requests on a UTC day."""
    return [at.date() for at in source.asked].count(day)


@pytest.mark.parametrize("start", [NOON, NOON + 10 * MINUTE, NOON + 11 * HOUR + 59 * MINUTE], ids=str)
@pytest.mark.parametrize("settles_after", [n * MINUTE for n in (20, 30, 39, 40)], ids=str)
async def test_a_healthy_day_costs_at_most_four_requests(
    source: FakeSource, clock: FakeClock, *, settles_after: timedelta, start: datetime
) -> None:
    """Data that arrives at 00:39 is served by one o'clock, whatever the process's jitter."""
    source.script = arriving(timedelta(minutes=39))
    freshness = Freshness(settles_after=settles_after)
    market = market_over(FakeArchive(), FakeLedger(), source, clock=clock, freshness=freshness)
    arrived: list[datetime] = []
    clock.now, clock.until = start, NOON + 4 * DAY
    clock_of_sleep = clock.sleep

    async def sleep(seconds: float) -> None:
        edition = market.find_edition()
        if edition and edition.snapshot.as_of == date(2026, 9, 3) and not arrived:
            arrived.append(clock.now)
        await clock_of_sleep(seconds)

    clock.sleep = sleep  # type: ignore[method-assign] # it also watches the service
    await live(market, clock)

    assert {True} == {1 <= requests_on(source, date(2026, 9, day)) <= 4 for day in (2, 3, 4)}
    assert datetime(2026, 9, 4, 0, 39, tzinfo=UTC) <= arrived[0] <= datetime(2026, 9, 4, 1, tzinfo=UTC)


async def test_a_hundred_thousand_callers_a_day_cost_what_one_does() -> None:
    """Commands only read."""

    async def cost(asks_each_nap: int) -> tuple[int, list[datetime]]:
        clock = FakeClock(NOON, until=NOON + DAY)
        source = FakeSource(clock, arriving(timedelta(minutes=39)))
        await live(market_over(FakeArchive(), FakeLedger(), source, clock=clock), clock, asks_each_nap=asks_each_nap)
        return asks_each_nap * len(clock.naps), source.asked

    _, requests_for_few = await cost(1)
    asks, requests_for_many = await cost(1000)
    assert asks >= 100_000
    assert requests_for_few == requests_for_many
    assert len(requests_for_many) <= 4


async def test_commands_alone_keep_the_data_fresh(database: Database, source: FakeSource, clock: FakeClock) -> None:
    """Without the refresher, a caller each minute sees the new day, for at most four requests."""
    source.script = arriving(timedelta(minutes=39))
    market = market_in(database, source, clock=clock)
    await market.load_edition()
    for _ in range(36 * 60):
        clock.advance(MINUTE)
        market.find_edition()
        await until_idle()

    assert 4 >= requests_on(source, date(2026, 9, 2))
    assert date(2026, 9, 1) == (await market.load_edition()).snapshot.as_of


async def test_an_outage_of_days_stays_within_the_quota_and_ends_soon_after(
    database: Database, source: FakeSource, clock: FakeClock
) -> None:
    """The old snapshot is served meanwhile; new data follows within the longest delay."""
    market = market_in(database, source, clock=clock)
    await market.load_edition()
    source.script = down
    clock.until = NOON + 3 * DAY
    await live(market, clock, asks_each_nap=5)

    assert REQUESTS_A_DAY >= source.most_a_day
    assert REQUESTS_A_MINUTE >= source.most_a_minute
    assert 12 <= requests_on(source, date(2026, 9, 3))
    assert date(2026, 8, 31) == (await market.load_edition()).snapshot.as_of
    await until_idle()

    source.script = arriving()
    clock.until = clock.now + MAX_RETRY_DELAY + MINUTE
    await live(market, clock)
    assert date(2026, 9, 3) == (await market.load_edition()).snapshot.as_of


async def test_a_short_outage_is_over_within_as_long_again(
    database: Database, source: FakeSource, clock: FakeClock
) -> None:
    """The delays double from 30 seconds, so a short outage is noticed soon."""
    source.script = lambda now: down(now) if now < NOON + 10 * MINUTE else arriving()(now)
    clock.until = NOON + 20 * MINUTE
    market = market_in(database, source, clock=clock)
    with contextlib.suppress(RankingsBotError):
        await market.load_edition()
    await live(market, clock)

    assert [timedelta(seconds=30) * 2**n for n in range(5)] == source.gaps
    assert date(2026, 8, 31) == (await market.load_edition()).snapshot.as_of


@pytest.mark.parametrize("script", [down, stuck("2026-08-29")], ids=["down", "stuck"])
async def test_a_crash_loop_of_a_day_stays_within_the_quota(script: Script, clock: FakeClock) -> None:
    """A process that restarts every nine seconds finds the earlier requests in the ledger."""
    source = FakeSource(clock, script)
    archive, ledger = FakeArchive(), FakeLedger()
    while clock.now < NOON + DAY:
        with contextlib.suppress(RankingsBotError):
            await market_over(archive, ledger, source, clock=clock).load_edition()
        await until_idle()
        clock.advance(timedelta(seconds=9))

    assert REQUESTS_A_DAY >= source.most_a_day
    assert REQUESTS_A_MINUTE >= source.most_a_minute


async def test_a_crash_loop_on_one_file_stays_within_the_quota(
    database_url: str, source: FakeSource, clock: FakeClock
) -> None:
    """Each process opens the file and dies in its request; five minutes cost four requests."""
    source.script = down
    while clock.now < NOON + 5 * MINUTE:
        async with open_database(database_url) as database:
            with contextlib.suppress(RankingsBotError):
                await market_in(database, source, clock=clock).load_edition()
        clock.advance(timedelta(seconds=7))

    assert 4 == len(source.asked)
    assert REQUESTS_A_MINUTE >= source.most_a_minute


async def test_a_crash_loop_with_a_fresh_archive_makes_no_request(
    database_url: str, source: FakeSource, clock: FakeClock
) -> None:
    """The data from before the first crash is enough."""
    async with open_database(database_url) as database:
        await market_in(database, source, clock=clock).load_edition()
    for _ in range(20):
        clock.advance(timedelta(seconds=7))
        async with open_database(database_url) as database:
            await market_in(database, source, clock=clock).load_edition()
            await until_idle()

    assert 1 == len(source.asked)


async def test_late_data_is_requested_with_growing_delays(
    database: Database, source: FakeSource, clock: FakeClock
) -> None:
    """Answers with an old day are not requested again at once."""
    clock.now = datetime(2026, 9, 2, 0, 20, tzinfo=UTC)
    source.script = stuck("2026-08-31")
    clock.until = clock.now + DAY
    await live(market_in(database, source, clock=clock), clock)

    assert [20 * MINUTE, 40 * MINUTE, 80 * MINUTE, 2 * HOUR, 2 * HOUR] == source.gaps[:5]
    assert 15 >= source.most_a_day


async def test_garbage_for_a_day_changes_nothing_that_is_shown(
    database: Database, source: FakeSource, clock: FakeClock
) -> None:
    """It costs no more than an outage."""

    def garbage(_: datetime) -> Snapshot:
        raise InvalidResponseError("It is garbage.")

    market = market_in(database, source, clock=clock)
    before = await market.load_edition()
    source.script = garbage
    clock.until = NOON + 2 * DAY
    await live(market, clock, asks_each_nap=1)

    assert before is market.find_edition()
    assert REQUESTS_A_DAY >= source.most_a_day


@pytest.mark.parametrize(
    "error",
    [
        TooManyRequestsError(429, "The quota is spent.", retry_after=3 * HOUR),
        APIError(503, "Something in front of OpenRouter is busy.", retry_after=3 * HOUR),
        UnauthorizedError(401, "The key is not accepted.", retry_after=3 * HOUR),
    ],
    ids=lambda error: str(error.status),
)
async def test_retry_after_is_obeyed_across_restarts(
    database_url: str, source: FakeSource, clock: FakeClock, *, error: APIStatusError
) -> None:
    """Among many errors, no process asks before the time that OpenRouter gave an earlier one."""

    def spent(_: datetime) -> Snapshot:
        raise error

    source.script = spent
    while clock.now < NOON + 10 * HOUR:
        async with open_database(database_url) as database:
            with contextlib.suppress(RankingsBotError):
                await market_in(database, source, clock=clock).load_edition()
        clock.advance(30 * MINUTE)

    assert [3 * HOUR, 3 * HOUR, 3 * HOUR] == source.gaps


async def test_the_refresher_waits_out_retry_after(database: Database, source: FakeSource, clock: FakeClock) -> None:
    """It asks neither earlier nor much later."""
    waits = iter([5 * MINUTE, 45 * MINUTE, 3 * HOUR])

    def spent(now: datetime) -> Snapshot:
        wait = next(waits, None)
        if wait is None:
            return arriving()(now)
        raise TooManyRequestsError(429, "The quota is spent.", retry_after=wait)

    source.script = spent
    clock.until = NOON + 4 * HOUR
    await live(market_in(database, source, clock=clock), clock)

    assert [5 * MINUTE, 45 * MINUTE, 3 * HOUR] == source.gaps


@pytest.mark.parametrize("years", [1, 50])
async def test_a_corrected_clock_does_not_block_the_bot(
    database: Database, source: FakeSource, clock: FakeClock, *, years: int
) -> None:
    """The refresher notices within one sleep, and a restart at once."""
    ahead = timedelta(days=365 * years)
    source.script = stuck("2026-08-31")
    clock.now += ahead
    clock.until = NOON + ahead + 50 * MINUTE
    market = market_in(database, source, clock=clock)
    await live(market, clock)
    naps, asked = len(clock.naps), len(source.asked)

    async def set_right(seconds: float) -> None:
        if clock.now > NOON + ahead:
            clock.now -= ahead
        await clock.sleep(seconds)

    source.script = arriving()
    clock.until = NOON + DAY + HOUR
    with contextlib.suppress(EndOfTimeError):
        await market.keep_fresh(sleep=set_right)

    assert date(2026, 9, 1) == (await market.load_edition()).snapshot.as_of
    assert naps < len(clock.naps)
    assert max(clock.naps) <= MAX_SLEEP.total_seconds()
    assert 8 >= len(source.asked) - asked


async def test_a_machine_that_slept_for_days_asks_once_when_it_wakes(
    database: Database, source: FakeSource, clock: FakeClock
) -> None:
    """A jump of the clock costs what a restart would."""
    market = market_in(database, source, clock=clock)
    await market.load_edition()
    clock.advance(9 * DAY)
    clock.until = clock.now + HOUR
    await live(market, clock)

    assert 2 == len(source.asked)
    assert date(2026, 9, 9) == (await market.load_edition()).snapshot.as_of
