"""What only a server can get wrong; collected where PostgreSQL is installed."""

import traceback

import pytest
import sqlalchemy as sa

from bot.errors import StorageError
from bot.storage.database import open_database
from tests.fakes.postgres import PASSWORD, PostgresServer

HANG_UP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IS NOT NULL AND pid <> pg_backend_pid()"
WRONG_PASSWORD = "hunter2"  # noqa: S105 - of no server


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
