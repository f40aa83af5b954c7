"""Problems that only a database server can have; collected where PostgreSQL is installed."""

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
SHORT_TIMEOUTS = {"LOCK_TIMEOUT": 0.1, "IDLE_TRANSACTION_TIMEOUT": 0.3, "CLOSE_TIMEOUT": 0.2, "SERVER_TIMEOUT": 0.6}
"""Time-outs in seconds that replace those of production."""

GIVE_UP_AFTER = 5
"""Seconds after which a test fails instead of waiting for ever."""


async def test_a_wrong_password(postgres: PostgresServer) -> None:
    """The traceback contains neither the wrong password nor the right one."""
    with pytest.raises(StorageError, match="password authentication failed") as raised:
        async with open_database(postgres.url("postgres", password=WRONG_PASSWORD)):
            pass

    shown = "".join(traceback.format_exception(raised.value))
    assert WRONG_PASSWORD not in shown
    assert PASSWORD not in shown


async def test_a_database_that_does_not_exist(postgres: PostgresServer) -> None:
    """The error names it."""
    with pytest.raises(StorageError, match="nobody_made_me"):
        async with open_database(postgres.url("nobody_made_me")):
            pass


async def test_a_url_as_providers_give_it(postgres: PostgresServer) -> None:
    """Each parameter is used, or left out if the driver does not know it."""
    parameters = "sslmode=prefer&channel_binding=require&pgbouncer=true&connect_timeout=15&application_name=rankings"
    async with open_database(f"{postgres.empty_database()}&{parameters}") as database:
        for _ in range(2):
            async with database.transaction() as connection:
                assert "rankings" == (await connection.execute(sa.text("SHOW application_name"))).scalar_one()


async def test_a_lost_connection_is_replaced(postgres: PostgresServer) -> None:
    """Losing an idle connection has no effect on the next transaction."""
    async with open_database(postgres.empty_database()) as database:
        await postgres.execute(HANG_UP)
        async with database.transaction() as connection:
            assert 1 == (await connection.execute(sa.text("SELECT 1"))).scalar_one()


class TestTimeOuts:
    """A server that does not answer: every wait ends with a time-out, which is short here."""

    @pytest.fixture(autouse=True)
    def _shorten_timeouts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for wait, seconds in SHORT_TIMEOUTS.items():
            monkeypatch.setattr(storage, wait, timedelta(seconds=seconds))

    @pytest.fixture
    async def database(self, postgres: PostgresServer) -> AsyncIterator[Database]:
        async with open_database(postgres.empty_database()) as opened:
            yield opened

    async def test_a_table_that_another_process_has_locked(
        self, database: Database, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Waiting ends with an error, and works again once the lock is released."""
        monkeypatch.setattr(storage, "IDLE_TRANSACTION_TIMEOUT", timedelta(minutes=1))
        plans = PlanStore(database)
        async with open_database(postgres.url("postgres")) as other, other.transaction() as connection:
            await connection.execute(sa.text("LOCK TABLE plans IN ACCESS EXCLUSIVE MODE"))
            with pytest.raises(StorageError, match="lock timeout"):
                async with asyncio.timeout(GIVE_UP_AFTER):
                    await plans.load_due(NOON, limit=1)

        assert [] == await plans.load_due(NOON, limit=1)

    async def test_a_statement_without_an_answer(self, database: Database) -> None:
        """The connection is given up, and the next one works."""

        async def ask() -> None:
            async with asyncio.timeout(GIVE_UP_AFTER), database.reading() as connection:
                with frozen(await process_of(connection)):
                    await connection.execute(sa.text("SELECT 1"))

        with pytest.raises(StorageError, match="does not answer in time"):
            await ask()
        assert [] == await PlanStore(database).load_due(NOON, limit=1)

    async def test_a_connection_that_froze_while_idle(self, database: Database) -> None:
        """This is detected, and the next connection works."""
        async with database.reading() as connection:
            number = await process_of(connection)
        with frozen(number):
            with pytest.raises(StorageError, match="does not answer in time"):
                async with asyncio.timeout(GIVE_UP_AFTER):
                    await PlanStore(database).load_due(NOON, limit=1)

            assert [] == await PlanStore(database).load_due(NOON, limit=1)

    async def test_a_server_that_accepts_no_connection(self, postgres: PostgresServer) -> None:
        """Opening the database ends with an error."""
        number = int((postgres.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        with frozen(number), pytest.raises(StorageError, match="does not answer in time"):
            async with asyncio.timeout(GIVE_UP_AFTER), open_database(postgres.url("postgres")):
                pass

    async def test_a_process_that_froze_in_a_transaction_does_not_block(
        self, database: Database, postgres: PostgresServer
    ) -> None:
        """The server ends its transaction, and releases its locks."""

        async def freeze(other: Database) -> None:
            async with other.transaction() as connection:
                await connection.execute(sa.text("LOCK TABLE plans IN ACCESS EXCLUSIVE MODE"))
                await until_served(PlanStore(database))
                await connection.execute(sa.text("SELECT 1"))

        async with asyncio.timeout(GIVE_UP_AFTER), open_database(postgres.url("postgres")) as other:
            with pytest.raises(StorageError):
                await freeze(other)

    async def test_closing_does_not_wait_for_ever(self, postgres: PostgresServer) -> None:
        """It ends even if the server does not answer."""
        async with open_database(postgres.empty_database()) as database:
            async with database.reading() as connection:
                number = await process_of(connection)
            with frozen(number):
                began = time.monotonic()
                await database.close()
                assert time.monotonic() - began < GIVE_UP_AFTER


async def process_of(connection: AsyncConnection) -> int:
    """The id of the server process of a connection."""
    return int((await connection.execute(sa.text("SELECT pg_backend_pid()"))).scalar_one())


async def until_served(plans: PlanStore) -> None:
    """Retry until the store answers."""
    while True:
        try:
            await plans.load_due(NOON, limit=1)
        except StorageError:
            continue
        return


@contextmanager
def frozen(number: int) -> Iterator[None]:
    """Freeze a server process during the block, as if the network were down."""
    os.kill(number, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(number, signal.SIGCONT)
