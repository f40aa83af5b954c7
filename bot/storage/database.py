"""Opens the database (SQLite or PostgreSQL), migrates it before anything reads it, and translates its errors."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot import __version__
from bot.errors import SettingsError, StorageError
from bot.storage.database_url import WRONG_URL, DatabaseAddress, read_database_url
from bot.storage.schema import OLDEST_CODE, REVISION, compatibility, metadata, prepare_for_postgresql, revisions
from bot.storage.sqlite import LOCK_TIMEOUT, compact_sqlite, make_sqlite_engine, make_sqlite_readers

MIGRATIONS = Path(__file__).with_name("migrations")
MIGRATION_LOCK = 0x52414E4B
"""The key of PostgreSQL's advisory lock that is held during a migration."""

MIGRATION_TIMEOUT = timedelta(seconds=15)
"""How long to wait for another process to migrate PostgreSQL."""

SERVER_TIMEOUT = timedelta(seconds=20)
"""How long PostgreSQL may take to accept a connection, and to execute one statement."""

IDLE_TRANSACTION_TIMEOUT = timedelta(seconds=30)
"""PostgreSQL ends a transaction that is idle for this long, so that its locks do not block others."""

CLOSE_TIMEOUT = timedelta(seconds=3)
"""How long closing all connections of an engine may take."""


class Database:
    """An open, migrated database."""

    def __init__(self, engine: AsyncEngine, *, readers: AsyncEngine) -> None:
        """Write with `engine` and read with `readers`; use `open_database` to make both."""
        self._engine = engine
        self._readers = readers
        self.upgraded_at: datetime | None = None
        """When a database of 0.1.0 with autoposts was upgraded (aware UTC); None for any other database."""

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A read-only transaction for the block, which does not wait for writers; raise StorageError."""
        with _translating_errors():
            async with self._readers.begin() as connection:
                yield connection

    @asynccontextmanager
    async def transaction(self, *, locking: sa.Table | None = None) -> AsyncIterator[AsyncConnection]:
        """Commit all of the block or nothing; `locking` keeps other writers out of a table; raise StorageError."""
        with _translating_errors():
            async with self._engine.begin() as connection:
                if locking is not None and connection.dialect.name == "postgresql":  # SQLite has one writer at a time
                    await connection.execute(sa.text(f"LOCK TABLE {locking.name} IN SHARE ROW EXCLUSIVE MODE"))
                yield connection

    async def close(self) -> None:
        """Close all connections; give up on a server that does not answer within 3 s."""
        for engine in (self._readers, self._engine):
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT.total_seconds()):
                    await engine.dispose()

    async def try_to_write(self) -> None:
        """Check that the database can be written to, without changing anything; raise StorageError if it cannot."""
        async with self.transaction() as connection:
            await connection.execute(sa.text("DELETE FROM plans WHERE 1 = 0"))


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """Open the database of a URL and migrate it; raise SettingsError or StorageError."""
    engine = _make_engine(url)
    database = Database(engine, readers=_make_readers(engine))
    try:
        await _check_connection(database)
        async with database.transaction() as connection:
            database.upgraded_at = await connection.run_sync(_migrate)
        if engine.dialect.name == "sqlite":
            await compact_sqlite(engine)
        yield database
    finally:
        await database.close()


def _make_engine(text: str) -> AsyncEngine:
    """Make the engine of a URL, and the folder of an SQLite file."""
    address = read_database_url(text)
    try:
        return make_sqlite_engine(address) if address.is_sqlite else _make_postgresql_engine(address)
    except (ArgumentError, ValueError):
        raise SettingsError(WRONG_URL) from None
    except OSError as failed:
        raise _storage_error(failed) from failed


def _make_postgresql_engine(address: DatabaseAddress) -> AsyncEngine:
    """Make an engine with time-outs for connections, statements and locks."""
    prepare_for_postgresql()
    seconds = SERVER_TIMEOUT.total_seconds()
    arguments = {"timeout": seconds, "command_timeout": seconds, **address.connect_args}
    engine = create_async_engine(address.url, hide_parameters=True, pool_pre_ping=True, connect_args=arguments)
    sa.event.listen(engine.sync_engine, "begin", _limit_waiting)
    return engine


def _make_readers(engine: AsyncEngine) -> AsyncEngine:
    """Make the engine for reading, which does not wait for writers."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(postgresql_readonly=True)
    return make_sqlite_readers(engine)


async def _check_connection(database: Database) -> None:
    """Connect once, because only the driver knows whether it understands all of the URL."""
    try:
        async with database.transaction():
            pass
    except (TypeError, ValueError, OverflowError):
        raise SettingsError(WRONG_URL) from None


def _limit_waiting(connection: sa.Connection) -> None:
    """Set the time-outs for each transaction, as some poolers refuse them when connecting, or share sessions."""
    _set_locally(connection, lock_timeout=LOCK_TIMEOUT, idle_in_transaction_session_timeout=IDLE_TRANSACTION_TIMEOUT)


def _set_locally(connection: sa.Connection, **limits: timedelta) -> None:
    """Set PostgreSQL's time-outs until the transaction ends."""
    milliseconds = {name: str(limit // timedelta(milliseconds=1)) for name, limit in limits.items()}
    settings = [sa.func.set_config(name, value, sa.true()) for name, value in milliseconds.items()]
    connection.execute(sa.select(*settings))


def _migrate(connection: sa.Connection) -> datetime | None:
    """Migrate the tables; return when a database of 0.1.0 with autoposts was upgraded (aware UTC), or None.

    Raise StorageError if a later version made the tables and this version cannot use them.
    """
    if connection.dialect.name == "postgresql":
        _set_locally(connection, lock_timeout=MIGRATION_TIMEOUT)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
    revision = _load_revision(connection)
    if revision is None:
        _create(connection)
    elif revision.isdigit() and int(revision) < int(REVISION):
        _upgrade(connection)
    row = connection.execute(sa.select(compatibility)).one_or_none()
    if row is None or _parts(row.oldest_code) > _parts(__version__):
        needed = "a later one" if row is None else f"{row.oldest_code} or later"
        raise StorageError(
            operator=f"The database belongs to a later version: this is {__version__}, and it needs {needed}."
        )
    upgraded_at: datetime | None = row.upgraded_at
    return upgraded_at


def _load_revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(revisions.name):
        return None
    return connection.execute(sa.select(revisions.c.version_num)).scalar_one_or_none()


def _create(connection: sa.Connection) -> None:
    """Create the tables in the state after the last migration."""
    metadata.create_all(connection)
    connection.execute(sa.insert(revisions).values(version_num=REVISION))
    connection.execute(sa.insert(compatibility).values(id=1, oldest_code=OLDEST_CODE))


def _upgrade(connection: sa.Connection) -> None:
    # Alembic costs 9 MiB until the process ends, and only a database of an earlier version needs it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _parts(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:3]))


@contextmanager
def _translating_errors() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError) as failed:
        raise _storage_error(failed) from failed


def _storage_error(failed: Exception) -> StorageError:
    """Describe a database error in one sentence, without the statement and its values."""
    reason = str(failed.orig) if isinstance(failed, sa.exc.DBAPIError) else str(failed)
    if isinstance(failed, TimeoutError | sa.exc.TimeoutError):
        reason = "it does not answer in time"
    is_busy = any(sign in reason for sign in ("in time", "locked", "timeout"))
    advice = "find out what keeps it busy" if is_busy else "check DATABASE_URL, the disk and its permissions"
    return StorageError(operator=f"The database cannot be used ({reason}): {advice}.")
