"""The open database: tables, transactions and instants."""

import asyncio
import threading
import traceback
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import aiosqlite
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import __version__
from bot.errors import StorageError
from bot.storage.database import MIGRATIONS, Database, open_database
from bot.storage.schema import REVISION, UTCDateTime, attempts, compatibility, metadata

NOON = datetime(2026, 9, 1, 12, 30, 15, 123456, tzinfo=UTC)
SECRET = "hunter2"  # noqa: S105 - of no server


async def fail_after_writing(connection: AsyncConnection) -> None:
    """Write a row, and fail."""
    await connection.execute(sa.insert(attempts).values(at=NOON, outcome="failed"))
    raise ZeroDivisionError


async def migrate_to_later_version(url: str, oldest_code: str) -> None:
    """Make a database look as if a later version had migrated it."""
    async with open_database(url) as database, database.transaction() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        await connection.execute(sa.update(compatibility).values(oldest_code=oldest_code))


class TestMigrations:
    """Creating and migrating the tables."""

    async def test_new_tables_match_the_schema(self, database: Database) -> None:
        """Alembic finds nothing to add, remove or change."""

        def differences(connection: sa.Connection) -> object:
            return compare_metadata(MigrationContext.configure(connection), metadata)

        async with database.transaction() as connection:
            assert [] == await connection.run_sync(differences)
            tables = await connection.run_sync(lambda sync: set(sa.inspect(sync).get_table_names()))
        assert {*metadata.tables, "alembic_version"} == tables

    async def test_opening_again_changes_nothing(self, database_url: str) -> None:
        """The rows are still there."""
        async with open_database(database_url) as database, database.transaction() as connection:
            await connection.execute(sa.insert(attempts).values(at=NOON, outcome="failed"))
        async with open_database(database_url) as database, database.transaction() as connection:
            assert [NOON] == list((await connection.execute(sa.select(attempts.c.at))).scalars())

    async def test_several_processes_may_open_an_empty_one_at_once(self, database_url: str) -> None:
        """One of them creates the tables, and the others wait."""

        async def open_and_count() -> int:
            async with open_database(database_url) as database, database.transaction() as connection:
                return (await connection.execute(sa.select(sa.func.count()).select_from(attempts))).scalar_one()

        assert [0] * 6 == await asyncio.gather(*(open_and_count() for _ in range(6)))

    @pytest.mark.parametrize("oldest_code", ["0.4.0", "0.4.0rc1", "0.10.0", "1.0.0"])
    async def test_a_database_of_a_later_version_is_refused(self, database_url: str, oldest_code: str) -> None:
        """After a downgrade the bot says which version is needed, and changes nothing."""
        await migrate_to_later_version(database_url, oldest_code)

        with pytest.raises(StorageError) as refused:
            async with open_database(database_url):
                pass
        says = f"The database belongs to a later version: this is {__version__}, and it needs {oldest_code} or later."
        assert says == refused.value.operator_sentence

    @pytest.mark.parametrize("oldest_code", ["0.3.0", "0.2.0"])
    async def test_a_database_of_a_compatible_later_version_opens(self, database_url: str, oldest_code: str) -> None:
        """So processes of two versions can run side by side during an upgrade."""
        await migrate_to_later_version(database_url, oldest_code)

        async with open_database(database_url) as database, database.reading() as connection:
            assert "9999" == (await connection.execute(sa.text("SELECT version_num FROM alembic_version"))).scalar_one()

    async def test_one_whose_revision_and_version_are_unknown(self, database_url: str) -> None:
        """It is left alone as well, in one line."""
        async with open_database(database_url) as database, database.transaction() as connection:
            await connection.execute(sa.text("UPDATE alembic_version SET version_num = 'a1b2c3'"))
            await connection.execute(sa.delete(compatibility))

        with pytest.raises(StorageError, match=r"belongs to a later version: this is .*, and it needs a later one"):
            async with open_database(database_url):
                pass

    async def test_the_last_migration_is_known_without_alembic(self) -> None:
        """Alembic costs memory, and only a database that is not up to date needs it."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.set_main_option("path_separator", "os")

        assert REVISION == ScriptDirectory.from_config(config).get_current_head()


class TestTransaction:
    """A transaction is committed as a whole or not at all."""

    async def test_a_failed_transaction_leaves_nothing(self, database: Database) -> None:
        """An exception of the bot passes through unchanged."""
        with pytest.raises(ZeroDivisionError):
            async with database.transaction() as connection:
                await fail_after_writing(connection)

        async with database.transaction() as connection:
            assert [] == list(await connection.execute(sa.select(attempts)))

    async def test_a_database_error_is_translated(self, database: Database) -> None:
        """The sentence contains neither the statement nor its values."""
        with pytest.raises(StorageError) as raised:
            async with database.transaction() as connection:
                await connection.execute(sa.text("SELECT :value FROM nowhere"), {"value": SECRET})

        assert "nowhere" in raised.value.operator_sentence
        assert "SELECT" not in raised.value.operator_sentence
        assert SECRET not in "".join(traceback.format_exception(raised.value))

    async def test_a_cancelled_transaction_does_not_block(self, database: Database) -> None:
        """The next one can begin, and finds nothing of the cancelled one."""
        begun = asyncio.Event()

        async def write_and_wait() -> None:
            async with database.transaction() as connection:
                await connection.execute(sa.insert(attempts).values(at=NOON, outcome="failed"))
                begun.set()
                await asyncio.Event().wait()

        waiting = asyncio.create_task(write_and_wait())
        await begun.wait()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

        async with asyncio.timeout(5), database.transaction() as connection:
            assert [] == list(await connection.execute(sa.select(attempts)))

    async def test_a_transaction_that_is_cancelled_while_it_reads_does_not_block(self, tmp_path: Path) -> None:
        """Unread rows and an exception with its frames do not block before they are garbage-collected either."""
        reading, may_go_on = asyncio.Event(), threading.Event()
        kept: list[asyncio.CancelledError] = []
        loop = asyncio.get_running_loop()

        def pause() -> int:
            loop.call_soon_threadsafe(reading.set)
            return may_go_on.wait()

        async def read() -> None:
            try:
                async with database.transaction() as connection:
                    driver = (await connection.get_raw_connection()).driver_connection
                    assert isinstance(driver, aiosqlite.Connection)
                    await driver.create_function("pause", 0, pause)
                    await connection.execute(sa.text("SELECT pause() UNION ALL SELECT 2"))
            except asyncio.CancelledError as cancelled:
                kept.append(cancelled)
                raise

        async with open_database(f"sqlite:///{tmp_path / 'rankings.db'}") as database:
            cancelled = asyncio.create_task(read())
            await reading.wait()
            cancelled.cancel()
            may_go_on.set()
            await asyncio.gather(cancelled, return_exceptions=True)

            async with database.transaction() as connection:
                await connection.execute(sa.insert(attempts).values(at=NOON, outcome="failed"))

    async def test_many_transactions_at_once_wait_for_each_other(self, database: Database) -> None:
        """None is refused, and none is lost."""

        async def write(second: int) -> None:
            async with database.transaction() as connection:
                await connection.execute(
                    sa.insert(attempts).values(at=NOON + timedelta(seconds=second), outcome="failed")
                )

        await asyncio.gather(*(write(second) for second in range(100)))
        async with database.transaction() as connection:
            assert 100 == (await connection.execute(sa.select(sa.func.count()).select_from(attempts))).scalar_one()

    async def test_a_database_in_memory_allows_many_transactions_at_once_too(self) -> None:
        """The demo has no database file."""
        async with open_database("sqlite://") as database:
            await self.test_many_transactions_at_once_wait_for_each_other(database)


class TestInstants:
    """Instants are aware UTC with every database."""

    @pytest.mark.parametrize("hours", [0, 2, -8])
    async def test_they_come_back_as_utc_to_the_microsecond(self, database: Database, hours: int) -> None:
        """The zone in which they were written does not matter."""
        written = NOON.astimezone(timezone(timedelta(hours=hours)))
        async with database.transaction() as connection:
            await connection.execute(sa.insert(attempts).values(at=written, outcome="failed", not_before=None))
            row = (await connection.execute(sa.select(attempts))).one()

        assert (NOON, UTC, None) == (row.at, row.at.tzinfo, row.not_before)

    async def test_they_are_compared_as_instants(self, database: Database) -> None:
        """The database compares them correctly too."""
        later = (NOON + timedelta(minutes=1)).astimezone(timezone(timedelta(hours=-8)))
        async with database.transaction() as connection:
            await connection.execute(
                sa.insert(attempts).values([{"at": NOON, "outcome": "a"}, {"at": later, "outcome": "b"}])
            )
            found = await connection.execute(sa.select(attempts.c.outcome).where(attempts.c.at > NOON))

        assert ["b"] == list(found.scalars())

    async def test_one_without_a_zone_is_refused(self, database: Database) -> None:
        """It could mean anything."""
        with pytest.raises(StorageError, match="an instant needs a zone"):
            async with database.transaction() as connection:
                await connection.execute(sa.insert(attempts).values(at=NOON.replace(tzinfo=None), outcome="failed"))

    def test_none_is_none(self) -> None:
        """This holds for writing and reading."""
        dialect = sa.create_engine("sqlite://").dialect

        assert UTCDateTime().process_bind_param(None, dialect) is None
        assert UTCDateTime().process_result_value(None, dialect) is None
