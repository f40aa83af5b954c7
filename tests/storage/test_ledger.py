"""The quota ledger, and the fake in memory: both pass the same tests."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.errors import QuotaSpentError
from bot.market.protocols import Ledger
from bot.market.quota import REQUESTS_A_DAY, Attempt, Outcome
from bot.storage.database import Database, open_database
from bot.storage.ledger import QuotaLedger
from bot.storage.schema import attempts
from tests.fakes.stores import FakeLedger
from tests.storage.at_once import all_at_once

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 9, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture(params=["real", "fake"])
async def ledger(request: pytest.FixtureRequest) -> AsyncIterator[Ledger]:
    """An empty ledger: the real one, and the fake."""
    if request.param == "fake":
        yield FakeLedger()
        return
    async with open_database("sqlite://") as database:
        yield QuotaLedger(database)


async def refused_until(ledger: Ledger, now: datetime) -> datetime:
    """Assert that a request is refused at `now`; return when the next is allowed."""
    with pytest.raises(QuotaSpentError) as refused:
        await ledger.claim(now)
    return refused.value.until


class TestClaim:
    """A request is recorded before it is made."""

    async def test_an_empty_ledger_allows_one_request(self, ledger: Ledger) -> None:
        """While its outcome is unknown, the next is allowed after half a minute."""
        assert NOON == await ledger.load_next_allowed(NOON)
        await ledger.claim(NOON)

        assert NOON + 30 * SECOND == await refused_until(ledger, NOON)
        assert NOON + 30 * SECOND == await ledger.load_next_allowed(NOON)

    async def test_a_refused_claim_is_not_recorded(self, ledger: Ledger) -> None:
        """It does not count towards the quota."""
        await ledger.claim(NOON)
        for _ in range(50):
            await refused_until(ledger, NOON + SECOND)

        await ledger.claim(NOON + 30 * SECOND)

    async def test_the_outcome_decides_when_the_next_is_allowed(self, ledger: Ledger) -> None:
        """After a success another is allowed at once, but never a third in the same minute."""
        for second in (0, 1):
            number = await ledger.claim(NOON + second * SECOND)
            await ledger.settle(number, Outcome.CURRENT)

        assert NOON + MINUTE == await refused_until(ledger, NOON + 2 * SECOND)

    async def test_retry_after_is_respected(self, ledger: Ledger) -> None:
        """No request is allowed before it has passed."""
        number = await ledger.claim(NOON)
        await ledger.settle(number, Outcome.FAILED, not_before=NOON + 90 * MINUTE)

        assert NOON + 90 * MINUTE == await refused_until(ledger, NOON + MINUTE)

    async def test_a_day_allows_twenty_four_requests(self, ledger: Ledger) -> None:
        """The next is allowed at midnight UTC."""
        for turn in range(REQUESTS_A_DAY):
            number = await ledger.claim(NOON + turn * 10 * MINUTE)
            await ledger.settle(number, Outcome.CURRENT)

        assert MIDNIGHT == await refused_until(ledger, NOON + REQUESTS_A_DAY * 10 * MINUTE)
        await ledger.claim(MIDNIGHT)

    async def test_each_request_is_settled_by_its_id(self, ledger: Ledger) -> None:
        """A late answer to the first says nothing about the second."""
        first = await ledger.claim(NOON)
        second = await ledger.claim(NOON + 30 * SECOND)
        await ledger.settle(first, Outcome.CURRENT)
        assert NOON + MINUTE == await ledger.load_next_allowed(NOON + 31 * SECOND)
        await ledger.settle(second, Outcome.STALE)

        assert NOON + 30 * SECOND + 20 * MINUTE == await ledger.load_next_allowed(NOON + 31 * SECOND)


class TestProcesses:
    """All processes share one ledger, on each kind of database."""

    async def test_one_of_many_simultaneous_claims_is_allowed(self, database_url: str) -> None:
        """Each process has its own connection."""

        async def claim(own: Database) -> bool:
            try:
                await QuotaLedger(own).claim(NOON)
            except QuotaSpentError:
                return False
            return True

        assert 1 == sum(await all_at_once(database_url, claim))
        async with open_database(database_url) as database, database.transaction() as connection:
            assert [NOON] == list((await connection.execute(sa.select(attempts.c.at))).scalars())

    async def test_one_of_many_claims_in_a_process_is_allowed(self, database: Database) -> None:
        """The tasks of a process share the ledger too."""
        ledger = QuotaLedger(database)
        answers = await asyncio.gather(*(ledger.claim(NOON) for _ in range(50)), return_exceptions=True)

        assert 1 == sum(isinstance(answer, int) for answer in answers)
        assert 49 == sum(isinstance(answer, QuotaSpentError) for answer in answers)

    async def test_a_restart_forgets_nothing(self, database_url: str) -> None:
        """Even a request during which its process died still counts."""
        async with open_database(database_url) as database:
            number = await QuotaLedger(database).claim(NOON)
            await QuotaLedger(database).settle(number, Outcome.FAILED, not_before=NOON + 5 * MINUTE)
        async with open_database(database_url) as database:
            await QuotaLedger(database).claim(NOON + 5 * MINUTE)
        async with open_database(database_url) as database:
            assert NOON + 6 * MINUTE == await refused_until(QuotaLedger(database), NOON + 5 * MINUTE)

    async def test_a_corrected_key_may_be_used_at_once(self, database: Database) -> None:
        """Requests that were refused because of another key count towards no limit."""
        refused = [
            {
                "at": NOON - second * SECOND,
                "outcome": Outcome.REFUSED,
                "not_before": MIDNIGHT,
                "key_fingerprint": "wrong",
            }
            for second in range(3 * REQUESTS_A_DAY)
        ]
        async with database.transaction() as connection:
            await connection.execute(sa.insert(attempts), refused)
        wrong, right = (QuotaLedger(database, key_fingerprint=key) for key in ("wrong", "right"))

        assert MIDNIGHT == await refused_until(wrong, NOON)
        await right.claim(NOON)
        assert NOON + 30 * SECOND == await refused_until(right, NOON)

    @pytest.mark.parametrize("outcome", [Outcome.PENDING, Outcome.CURRENT, Outcome.STALE, Outcome.FAILED])
    async def test_all_other_requests_count_for_every_key(self, database: Database, outcome: Outcome) -> None:
        """Another key does not reset the quota."""
        for second in (2, 1):
            async with database.transaction() as connection:
                row = {"at": NOON - second * SECOND, "outcome": outcome, "key_fingerprint": "old"}
                await connection.execute(sa.insert(attempts), [row])

        assert await refused_until(QuotaLedger(database, key_fingerprint="new"), NOON) > NOON

    async def test_the_last_request_that_counts_can_be_loaded(self, database: Database) -> None:
        """Refused requests of another key are skipped."""
        ledger = QuotaLedger(database, key_fingerprint="right")
        assert await ledger.load_last() is None
        await ledger.settle(await ledger.claim(NOON), Outcome.FAILED)
        other = QuotaLedger(database, key_fingerprint="wrong")
        await other.settle(await other.claim(NOON + MINUTE), Outcome.REFUSED)

        assert Attempt(NOON, Outcome.FAILED) == await ledger.load_last()
        assert Attempt(NOON + MINUTE, Outcome.REFUSED) == await other.load_last()

    async def test_years_of_requests_change_nothing(self, database: Database) -> None:
        """Only the last requests count."""
        long_ago = [{"at": NOON - n * 60 * MINUTE, "outcome": Outcome.CURRENT} for n in range(5000, 0, -1)]
        async with database.transaction() as connection:
            await connection.execute(sa.insert(attempts), long_ago)

        assert NOON == await QuotaLedger(database).load_next_allowed(NOON)
