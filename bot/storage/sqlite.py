"""SQLite as the bot uses it: one connection that writes, one that reads, and nobody who waits for ever."""

import asyncio
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

PATIENCE = timedelta(seconds=5)
"""How long a lock is waited for that another process holds."""

A_MOMENT = timedelta(milliseconds=10)


def make_sqlite_engine(address: DatabaseAddress) -> AsyncEngine:
    """Make what writes, and the folder of the file: they share one connection, as only one can write at a time."""
    if address.file:
        address.file.parent.mkdir(parents=True, exist_ok=True)
    engine = _make_single_connection(address.url)
    sa.event.listen(engine.sync_engine, "begin", _begin_immediate)
    return engine


def make_sqlite_readers(engine: AsyncEngine) -> AsyncEngine:
    """Make what reads without waiting for who writes: a file gets a second connection."""
    if _is_in_memory(engine.url):  # it lives in its connection
        return engine
    readers = _make_single_connection(engine.url)
    sa.event.listen(readers.sync_engine, "connect", _refuse_to_write)
    sa.event.listen(readers.sync_engine, "begin", _begin)
    return readers


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
    """Let SQLAlchemy begin transactions itself, readers go on beside a writer, and writers wait for each other."""
    connection.isolation_level = None
    connection.run_async(_set_pragmas)


async def _set_pragmas(connection: aiosqlite.Connection) -> None:
    milliseconds = PATIENCE // timedelta(milliseconds=1)
    for pragma in (f"busy_timeout = {milliseconds}", "synchronous = FULL", "foreign_keys = ON"):
        await _set_pragma(connection, pragma)
    await _use_wal(connection)


def _refuse_to_write(connection: Any, _record: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapted connection
    connection.run_async(lambda driver: _set_pragma(driver, "query_only = ON"))


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


def _roll_back(connection: Any, *_: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapted connection
    """End the transaction of a connection that is given up, as when its task is cancelled.

    SQLite keeps one that is closed with rows unread, and its lock, until the garbage collector has taken these.
    """
    # Whoever is cancelled once more meanwhile is about to end anyway; what is broken has nothing to roll back.
    with suppress(asyncio.CancelledError, sqlite3.Error, ValueError):
        connection.rollback()


def _begin_immediate(connection: sa.Connection) -> None:
    """Take the write lock at once: a transaction that reads first and writes then could otherwise be refused."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: sa.Connection) -> None:
    """Take no lock that a writer could hold."""
    connection.exec_driver_sql("BEGIN")
