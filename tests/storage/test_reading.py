"""Read-only transactions: they do not wait for writers, and cannot write."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from bot.errors import StorageError
from bot.market.past import WINDOW
from bot.storage.archive import SnapshotArchive
from bot.storage.database import Database, open_database
from bot.storage.ledger import QuotaLedger
from bot.storage.outbox import OutboxStore
from bot.storage.plan_store import PlanStore
from bot.storage.schema import attempts

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
AT_ONCE = 1
"""Time-out in seconds; waiting for SQLite's lock would take five."""

READERS: dict[str, Callable[[Database], Awaitable[object]]] = {
    "latest snapshot": lambda database: SnapshotArchive(database).load_latest(WINDOW),
    "names of models": lambda database: SnapshotArchive(database).load_catalog(),
    "next request": lambda database: QuotaLedger(database).load_next_allowed(NOON),
    "unfinished post": lambda database: OutboxStore(database).load_unfinished(1),
    "plans of a server": lambda database: PlanStore(database).load_guild(1),
    "plans that are due": lambda database: PlanStore(database).load_due(NOON, limit=1),
    "next look": lambda database: PlanStore(database).load_next_look(),
}
WRITE = sa.insert(attempts).values(at=NOON, outcome="failed")
COUNT = sa.select(sa.func.count()).select_from(attempts)


async def count(database: Database) -> int:
    """The number of rows that a reader sees."""
    async with asyncio.timeout(AT_ONCE), database.reading() as connection:
        return int((await connection.execute(COUNT)).scalar_one())


@pytest.mark.parametrize("name", READERS)
async def test_reading_does_not_wait_for_a_writer_in_another_process(database_url: str, name: str) -> None:
    """The other process holds its transaction open all the time."""
    async with (
        open_database(database_url) as database,
        open_database(database_url) as other,
        other.transaction() as connection,
        asyncio.timeout(AT_ONCE),
    ):
        await connection.execute(WRITE)
        await READERS[name](database)


async def test_reading_does_not_wait_for_a_writer_in_the_same_process(database: Database) -> None:
    """The reader sees the rows only after the commit."""
    async with database.transaction() as connection:
        await connection.execute(WRITE)
        assert 0 == await count(database)

    assert 1 == await count(database)


async def test_a_read_only_transaction_cannot_write(database: Database) -> None:
    """The statement is refused, and the next `transaction()` can write."""
    with pytest.raises(StorageError, match=r"read-?only"):
        async with database.reading() as connection:
            await connection.execute(WRITE)

    async with database.transaction() as connection:
        await connection.execute(WRITE)
    assert 1 == await count(database)


async def test_a_database_in_memory_has_one_connection() -> None:
    """A second connection would be another database."""
    for url in ("sqlite://", "sqlite:///:memory:", "sqlite:///file:shared?mode=memory&uri=true"):
        async with open_database(url) as database:
            async with database.transaction() as connection:
                await connection.execute(WRITE)
            assert 1 == await count(database)
