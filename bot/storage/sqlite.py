"""SQLite as the bot uses it: one connection for writing, one for reading, and a time-out on every lock."""

import asyncio
import logging
import sqlite3
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

import aiosqlite
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.storage.database_url import DatabaseAddress

LOCK_TIMEOUT = timedelta(seconds=5)
"""How long to wait for a lock that another process holds."""

WAL_RETRY_PAUSE = timedelta(milliseconds=10)

WORTH_COMPACTING = 1_000_000
"""Bytes of free pages in a file. SQLite uses them again, but never gives them back by itself."""

log = logging.getLogger(__name__)


def make_sqlite_engine(address: DatabaseAddress) -> AsyncEngine:
    """Make the engine for writing, and the file's folder; it has one connection, as SQLite allows one writer at a time."""
    if address.file:
        address.file.parent.mkdir(parents=True, exist_ok=True)
    engine = _make_single_connection(address.url)
    sa.event.listen(engine.sync_engine, "begin", _begin_immediate)
    return engine


def make_sqlite_readers(engine: AsyncEngine) -> AsyncEngine:
    """Make the engine for reading without waiting for writers: a second connection, except for a database in memory."""
    if _is_in_memory(engine.url):  # the database exists only in its connection
        return engine
    readers = _make_single_connection(engine.url)
    sa.event.listen(readers.sync_engine, "connect", _refuse_to_write)
    sa.event.listen(readers.sync_engine, "begin", _begin)
    return readers


async def compact_sqlite(engine: AsyncEngine) -> None:
    """Give the free pages of a file back to the disk if they are most of it, as after the bodies were compressed.

    This needs free space and the file for itself for a moment. If it fails, everything works as before.
    """
    async with engine.connect() as connection:
        # Not through SQLAlchemy, which would begin a transaction: SQLite compacts only outside of one.
        driver = (await connection.get_raw_connection()).driver_connection
        try:
            await _compact(driver)
        except sqlite3.Error as failed:
            log.warning("The database file could not be compacted (%s); nothing is lost.", failed)


async def _compact(driver: Any) -> None:  # noqa: ANN401 - SQLAlchemy types the driver's connection so
    page_size, pages, free = [
        await _read_pragma(driver, name) for name in ("page_size", "page_count", "freelist_count")
    ]
    if 2 * free > pages and free * page_size > WORTH_COMPACTING:
        async with driver.execute("VACUUM"):
            log.info("The database file is %.1f MB smaller now", free * page_size / 1e6)


async def _read_pragma(driver: Any, name: str) -> int:  # noqa: ANN401 - SQLAlchemy types the driver's connection so
    async with driver.execute(f"PRAGMA {name}") as cursor:
        return int((await cursor.fetchone())[0])


def _make_single_connection(url: sa.URL) -> AsyncEngine:
    engine = create_async_engine(
        url, hide_parameters=True, poolclass=AsyncAdaptedQueuePool, pool_size=1, max_overflow=0
    )
    sa.event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    sa.event.listen(engine.sync_engine, "invalidate", _roll_back)
    return engine


def _is_in_memory(url: sa.URL) -> bool:
    return not url.database or ":memory:" in url.database or url.query.get("mode") == "memory"


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapted connection
    """Let SQLAlchemy begin transactions itself, let readers and a writer work at once, and make writers wait."""
    connection.isolation_level = None
    connection.run_async(_set_pragmas)


async def _set_pragmas(connection: aiosqlite.Connection) -> None:
    milliseconds = LOCK_TIMEOUT // timedelta(milliseconds=1)
    for pragma in (f"busy_timeout = {milliseconds}", "synchronous = FULL", "foreign_keys = ON"):
        await _set_pragma(connection, pragma)
    await _use_wal(connection)


def _refuse_to_write(connection: Any, _record: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapted connection
    connection.run_async(lambda driver: _set_pragma(driver, "query_only = ON"))


async def _set_pragma(connection: aiosqlite.Connection, pragma: str) -> None:
    async with connection.execute(f"PRAGMA {pragma}"):  # closes the cursor: an open one would block commits
        pass


async def _use_wal(connection: aiosqlite.Connection) -> None:
    """Switch to WAL. If two processes create the file at once, SQLite refuses one without waiting: retry for 5 s."""
    given_up_at = time.monotonic() + LOCK_TIMEOUT.total_seconds()
    while True:
        try:
            await _set_pragma(connection, "journal_mode = WAL")
        except sqlite3.OperationalError as refused:
            if refused.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > given_up_at:
                raise
        else:
            return
        await asyncio.sleep(WAL_RETRY_PAUSE.total_seconds())


def _roll_back(connection: Any, *_: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapted connection
    """Roll back a connection that is invalidated, for example because its task is cancelled.

    Otherwise a connection that is closed with unread rows keeps its lock until the rows are garbage-collected.
    """
    # A task that is cancelled again here ends anyway, and a broken connection has nothing to roll back.
    with suppress(asyncio.CancelledError, sqlite3.Error, ValueError):
        connection.rollback()


def _begin_immediate(connection: sa.Connection) -> None:
    """Take the write lock at once: otherwise a transaction that reads first could be refused when it writes."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: sa.Connection) -> None:
    """Begin without the write lock."""
    connection.exec_driver_sql("BEGIN")
