"""Opening the database: SQLite or PostgreSQL, migrated before anything reads it, its errors translated here."""

import asyncio
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
from bot.storage.sqlite import PATIENCE, make_sqlite_engine, make_sqlite_readers

MIGRATIONS = Path(__file__).with_name("migrations")
ONE_MIGRATION_AT_A_TIME = 0x52414E4B
"""The key of PostgreSQL's advisory lock that is held while tables change."""

ONE_MIGRATION = timedelta(seconds=15)
"""How long another process may take to change PostgreSQL's tables."""

ANSWER_WITHIN = timedelta(seconds=20)
"""How long PostgreSQL may take to accept a connection, and to carry out one statement."""

ABANDONED_AFTER = timedelta(seconds=30)
"""PostgreSQL ends a transaction whose process says nothing for so long, so that its locks stop nobody else."""

FAREWELL = timedelta(seconds=3)
"""How long a server may take to let go of a connection."""


class Database:
    """An open, migrated database."""

    def __init__(self, engine: AsyncEngine, *, readers: AsyncEngine) -> None:
        """Write through an engine that `open_database` made, and read through another."""
        self._engine = engine
        self._readers = readers
        self.upgraded_at: datetime | None = None
        """When it was taken over from 0.1.0 (aware UTC), with autoposts in it."""

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Read in the block, without waiting for those who write; raise StorageError."""
        with _translating_errors():
            async with self._readers.begin() as connection:
                yield connection

    @asynccontextmanager
    async def transaction(self, *, alone_in: sa.Table | None = None) -> AsyncIterator[AsyncConnection]:
        """Do all of the block or none of it, and nobody else writes to that table meanwhile; raise StorageError."""
        with _translating_errors():
            async with self._engine.begin() as connection:
                if alone_in is not None and connection.dialect.name == "postgresql":  # SQLite has one writer at a time
                    await connection.execute(sa.text(f"LOCK TABLE {alone_in.name} IN SHARE ROW EXCLUSIVE MODE"))
                yield connection

    async def close(self) -> None:
        """Close all connections; one whose server is silent is cut off."""
        for engine in (self._readers, self._engine):
            with suppress(TimeoutError):
                async with asyncio.timeout(FAREWELL.total_seconds()):
                    await engine.dispose()

    async def try_to_write(self) -> None:
        """Change nothing, but raise StorageError if nothing could be changed."""
        async with self.transaction() as connection:
            await connection.execute(sa.text("DELETE FROM plans WHERE 1 = 0"))


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """Open the database of a URL and bring its tables up to date; raise SettingsError or StorageError."""
    engine = _make_engine(url)
    database = Database(engine, readers=_make_readers(engine))
    try:
        await _try_out(database)
        async with database.transaction() as connection:
            database.upgraded_at = await connection.run_sync(_migrate)
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
    """Wait for the server, for a statement and for a lock so long and no longer."""
    prepare_for_postgresql()
    seconds = ANSWER_WITHIN.total_seconds()
    arguments = {"timeout": seconds, "command_timeout": seconds, **address.connect_args}
    engine = create_async_engine(address.url, hide_parameters=True, pool_pre_ping=True, connect_args=arguments)
    sa.event.listen(engine.sync_engine, "begin", _limit_waiting)
    return engine


def _make_readers(engine: AsyncEngine) -> AsyncEngine:
    """Let who reads wait for nobody who writes."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(postgresql_readonly=True)
    return make_sqlite_readers(engine)


async def _try_out(database: Database) -> None:
    """Connect once: only the driver knows whether it understands all of the URL."""
    try:
        async with database.transaction():
            pass
    except (TypeError, ValueError, OverflowError):
        raise SettingsError(WRONG_URL) from None


def _limit_waiting(connection: sa.Connection) -> None:
    """Set the limits of one transaction: some poolers refuse them when connecting, and share a session among many."""
    _set_locally(connection, lock_timeout=PATIENCE, idle_in_transaction_session_timeout=ABANDONED_AFTER)


def _set_locally(connection: sa.Connection, **limits: timedelta) -> None:
    """Set PostgreSQL's limits until the transaction ends."""
    milliseconds = {name: str(limit // timedelta(milliseconds=1)) for name, limit in limits.items()}
    settings = [sa.func.set_config(name, value, sa.true()) for name, value in milliseconds.items()]
    connection.execute(sa.select(*settings))


def _migrate(connection: sa.Connection) -> datetime | None:
    """Bring the tables up to date; tell when posts of 0.1.0 were taken over (aware UTC), if there were any.

    Raise StorageError if a later version made them and this one cannot work on them.
    """
    if connection.dialect.name == "postgresql":
        _set_locally(connection, lock_timeout=ONE_MIGRATION)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ONE_MIGRATION_AT_A_TIME)))
    revision = _load_revision(connection)
    if revision is None:
        _create(connection)
    elif int(revision) < int(REVISION):
        _upgrade(connection)
    row = connection.execute(sa.select(compatibility)).one()
    if _parts(row.oldest_code) > _parts(__version__):
        raise StorageError(
            operator=f"The database belongs to a later version: this is {__version__}, and it needs {row.oldest_code} or later."
        )
    upgraded_at: datetime | None = row.upgraded_at
    return upgraded_at


def _load_revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(revisions.name):
        return None
    return connection.execute(sa.select(revisions.c.version_num)).scalar_one_or_none()


def _create(connection: sa.Connection) -> None:
    """Make the tables as they are after the last migration."""
    metadata.create_all(connection)
    connection.execute(sa.insert(revisions).values(version_num=REVISION))
    connection.execute(sa.insert(compatibility).values(id=1, oldest_code=OLDEST_CODE))


def _upgrade(connection: sa.Connection) -> None:
    # Alembic takes 9 MiB for good: only a database of an earlier version needs it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


@contextmanager
def _translating_errors() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError) as failed:
        raise _storage_error(failed) from failed


def _storage_error(failed: Exception) -> StorageError:
    """Say in one sentence what is wrong with the database; the statement and its values are left out."""
    reason = str(failed.orig) if isinstance(failed, sa.exc.DBAPIError) else str(failed)
    if isinstance(failed, TimeoutError | sa.exc.TimeoutError):
        reason = "it does not answer in time"
    is_busy = any(sign in reason for sign in ("in time", "locked", "timeout"))
    advice = "find out what keeps it busy" if is_busy else "check DATABASE_URL, the disk and its permissions"
    return StorageError(operator=f"The database cannot be used ({reason}): {advice}.")
