"""Opening the database: SQLite or PostgreSQL, migrated before anything reads it, its errors translated here."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiosqlite
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.errors import SettingsError, StorageError

MIGRATIONS = Path(__file__).with_name("migrations")
ONE_MIGRATION_AT_A_TIME = 0x52414E4B
"""The key of PostgreSQL's advisory lock that is held while tables change."""

PATIENCE = timedelta(seconds=5)
"""How long SQLite waits for another process."""

A_MOMENT = timedelta(milliseconds=10)

WRONG_URL = "DATABASE_URL is not one of sqlite:///data/rankings.db or postgresql://user:password@host/name."

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


class Database:
    """An open, migrated database."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use an engine that `open_database` made."""
        self._engine = engine

    @asynccontextmanager
    async def transaction(self, *, alone_in: sa.Table | None = None) -> AsyncIterator[AsyncConnection]:
        """Do all of the block or none of it, and nobody else writes to that table meanwhile; raise StorageError."""
        try:
            async with self._engine.begin() as connection:
                if alone_in is not None and connection.dialect.name == "postgresql":  # SQLite has one writer at a time
                    await connection.execute(sa.text(f"LOCK TABLE {alone_in.name} IN SHARE ROW EXCLUSIVE MODE"))
                yield connection
        except (SQLAlchemyError, CommandError, OSError) as failed:
            raise _storage_error(failed) from failed


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """Open the database of a URL and bring its tables up to date; raise SettingsError or StorageError."""
    engine = _make_engine(url)
    database = Database(engine)
    try:
        await _try_out(database)
        async with database.transaction() as connection:
            await connection.run_sync(_migrate)
        yield database
    finally:
        await engine.dispose()


def _make_engine(text: str) -> AsyncEngine:
    """Read the URL, put the asynchronous driver in, and make the folder of an SQLite file."""
    try:
        url = sa.make_url(text)
        scheme = url.drivername.partition("+")[0]
        if scheme == "sqlite":
            return _make_sqlite_engine(url.set(drivername=_DRIVERS[scheme]))
        if "sslmode" in url.query:  # asyncpg's name for it is another
            url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": url.query["sslmode"]})
        return create_async_engine(url.set(drivername=_DRIVERS[scheme]), hide_parameters=True, pool_pre_ping=True)
    except (ArgumentError, KeyError, ValueError):
        raise SettingsError(WRONG_URL) from None
    except OSError as failed:
        raise _storage_error(failed) from failed


def _make_sqlite_engine(url: sa.URL) -> AsyncEngine:
    """Share one connection: only one can write at a time anyway, and a database in memory lives in its connection."""
    if url.database and not url.database.startswith((":", "file:")):
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        url, hide_parameters=True, poolclass=AsyncAdaptedQueuePool, pool_size=1, max_overflow=0
    )
    sa.event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    sa.event.listen(engine.sync_engine, "begin", _begin_immediate)
    sa.event.listen(engine.sync_engine, "invalidate", _roll_back)
    return engine


async def _try_out(database: Database) -> None:
    """Connect once: only the driver knows whether it understands all of the URL."""
    try:
        async with database.transaction():
            pass
    except (TypeError, ValueError, OverflowError):
        raise SettingsError(WRONG_URL) from None


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapted connection
    """Let SQLAlchemy begin transactions itself, readers go on beside a writer, and writers wait for each other."""
    connection.isolation_level = None
    connection.run_async(_set_pragmas)


async def _set_pragmas(connection: aiosqlite.Connection) -> None:
    milliseconds = PATIENCE // timedelta(milliseconds=1)
    for pragma in (f"busy_timeout = {milliseconds}", "synchronous = FULL", "foreign_keys = ON"):
        await _set_pragma(connection, pragma)
    await _use_wal(connection)


async def _set_pragma(connection: aiosqlite.Connection, pragma: str) -> None:
    async with connection.execute(f"PRAGMA {pragma}"):  # which closes it: no transaction ends while one is open
        pass


async def _use_wal(connection: aiosqlite.Connection) -> None:
    """Of two processes that make a new file at once, SQLite refuses one without heeding its time-out: ask again."""
    given_up_at = time.monotonic() + PATIENCE.total_seconds()
    while True:
        try:
            await _set_pragma(connection, "journal_mode = WAL")
        except sqlite3.OperationalError as refused:
            if refused.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > given_up_at:
                raise
        else:
            return
        await asyncio.sleep(A_MOMENT.total_seconds())


def _begin_immediate(connection: sa.Connection) -> None:
    """Take the write lock at once: a transaction that reads first and writes then could otherwise be refused."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _roll_back(connection: Any, *_: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapted connection
    """End the transaction of a connection that is given up, as when its task is cancelled.

    SQLite keeps one that is closed with rows unread, and its lock, until the garbage collector has taken these.
    """
    # Whoever is cancelled once more meanwhile is about to end anyway; what is broken has nothing to roll back.
    with suppress(asyncio.CancelledError, sqlite3.Error, ValueError):
        connection.rollback()


def _migrate(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ONE_MIGRATION_AT_A_TIME)))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _storage_error(failed: Exception) -> StorageError:
    """Say in one sentence what is wrong with the database; the statement and its values are left out."""
    reason = str(failed.orig) if isinstance(failed, sa.exc.DBAPIError) else str(failed)
    return StorageError(f"The database cannot be used ({reason}): check DATABASE_URL, the disk and its permissions.")
