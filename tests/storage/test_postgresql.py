"""What only a server can get wrong; collected where PostgreSQL is installed."""

import asyncio
import os
import signal
import time
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StorageError
from bot.storage import database as storage
from bot.storage.database import Database, open_database
from bot.storage.plan_store import PlanStore
from tests.fakes.postgres import PASSWORD, PostgresServer

HANG_UP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IS NOT NULL AND pid <> pg_backend_pid()"
WRONG_PASSWORD = "hunter2"  # noqa: S105 - of no server
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
HURRY = {"PATIENCE": 0.1, "ABANDONED_AFTER": 0.3, "FAREWELL": 0.2, "ANSWER_WITHIN": 0.6}
"""Seconds in place of the usual ones."""

AT_LAST = 5
"""Seconds after which a test gives up what waits for ever."""


async def test_a_password_that_is_wrong(postgres: PostgresServer) -> None:
    """Neither the wrong one nor the right one is told."""
    with pytest.raises(StorageError, match="password authentication failed") as raised:
        async with open_database(postgres.url("postgres", password=WRONG_PASSWORD)):
            pass

    told = "".join(traceback.format_exception(raised.value))
    assert WRONG_PASSWORD not in told
    assert PASSWORD not in told


async def test_a_database_that_does_not_exist(postgres: PostgresServer) -> None:
    """It is named."""
    with pytest.raises(StorageError, match="nobody_made_me"):
        async with open_database(postgres.url("nobody_made_me")):
            pass


async def test_a_url_as_providers_give_it(postgres: PostgresServer) -> None:
    """Each parameter is obeyed, or means nothing to the driver."""
    parameters = "sslmode=prefer&channel_binding=require&pgbouncer=true&connect_timeout=15&application_name=rankings"
    async with open_database(f"{postgres.empty_database()}&{parameters}") as database:
        for _ in range(2):
            async with database.transaction() as connection:
                assert "rankings" == (await connection.execute(sa.text("SHOW application_name"))).scalar_one()


async def test_a_server_that_hung_up_is_called_again(postgres: PostgresServer) -> None:
    """A connection that was lost while nothing happened hurts nobody."""
    async with open_database(postgres.empty_database()) as database:
        await postgres.execute(HANG_UP)
        async with database.transaction() as connection:
            assert 1 == (await connection.execute(sa.text("SELECT 1"))).scalar_one()


class TestTimeOuts:
    """A server that is there and does not answer; each wait has its end, here a short one."""

    @pytest.fixture(autouse=True)
    def _hurry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for wait, seconds in HURRY.items():
            monkeypatch.setattr(storage, wait, timedelta(seconds=seconds))

    @pytest.fixture
    async def database(self, postgres: PostgresServer) -> AsyncIterator[Database]:
        async with open_database(postgres.empty_database()) as opened:
            yield opened

    async def test_a_table_that_somebody_else_holds_locked(
        self, database: Database, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever needs it is told so, and what is due is found once the lock is gone."""
        monkeypatch.setattr(storage, "ABANDONED_AFTER", timedelta(minutes=1))
        plans = PlanStore(database)
        async with open_database(postgres.url("postgres")) as other, other.transaction() as connection:
            await connection.execute(sa.text("LOCK TABLE plans IN ACCESS EXCLUSIVE MODE"))
            with pytest.raises(StorageError, match="lock timeout"):
                async with asyncio.timeout(AT_LAST):
                    await plans.load_due(NOON, limit=1)

        assert [] == await plans.load_due(NOON, limit=1)

    async def test_a_statement_that_is_not_answered(self, database: Database) -> None:
        """The connection is given up, and the next one serves."""

        async def ask() -> None:
            async with asyncio.timeout(AT_LAST), database.reading() as connection:
                with frozen(await process_of(connection)):
                    await connection.execute(sa.text("SELECT 1"))

        with pytest.raises(StorageError, match="does not answer in time"):
            await ask()
        assert [] == await PlanStore(database).load_due(NOON, limit=1)

    async def test_a_connection_that_fell_silent_while_it_was_not_used(self, database: Database) -> None:
        """It is found out, and the next one serves."""
        async with database.reading() as connection:
            number = await process_of(connection)
        with frozen(number):
            with pytest.raises(StorageError, match="does not answer in time"):
                async with asyncio.timeout(AT_LAST):
                    await PlanStore(database).load_due(NOON, limit=1)

            assert [] == await PlanStore(database).load_due(NOON, limit=1)

    async def test_a_server_that_takes_no_connection(self, postgres: PostgresServer) -> None:
        """Opening comes to its end, too."""
        number = int((postgres.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        with frozen(number), pytest.raises(StorageError, match="does not answer in time"):
            async with asyncio.timeout(AT_LAST), open_database(postgres.url("postgres")):
                pass

    async def test_a_process_that_froze_in_the_middle_holds_nobody_up(
        self, database: Database, postgres: PostgresServer
    ) -> None:
        """The server ends its transaction, and with it go its locks."""

        async def freeze(other: Database) -> None:
            async with other.transaction() as connection:
                await connection.execute(sa.text("LOCK TABLE plans IN ACCESS EXCLUSIVE MODE"))
                await until_served(PlanStore(database))
                await connection.execute(sa.text("SELECT 1"))

        async with asyncio.timeout(AT_LAST), open_database(postgres.url("postgres")) as other:
            with pytest.raises(StorageError):
                await freeze(other)

    async def test_closing_waits_for_nobody_for_ever(self, postgres: PostgresServer) -> None:
        """The bot ends, whatever the server does."""
        async with open_database(postgres.empty_database()) as database:
            async with database.reading() as connection:
                number = await process_of(connection)
            with frozen(number):
                began = time.monotonic()
                await database.close()
                assert time.monotonic() - began < AT_LAST


async def process_of(connection: AsyncConnection) -> int:
    """The number of the server's process that serves a connection."""
    return int((await connection.execute(sa.text("SELECT pg_backend_pid()"))).scalar_one())


async def until_served(plans: PlanStore) -> None:
    """Ask until there is an answer."""
    while True:
        try:
            await plans.load_due(NOON, limit=1)
        except StorageError:
            continue
        return


@contextmanager
def frozen(number: int) -> Iterator[None]:
    """Let a process of the server stand still in the block, as if the network were gone."""
    os.kill(number, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(number, signal.SIGCONT)
