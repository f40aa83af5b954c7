"""The short keys of boards with long texts, on each kind of database."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.errors import StorageError
from bot.market.boards import Board, BoardKind, Metric
from bot.market.keys import is_shortened
from bot.storage.board_keys import BoardKeyStore
from bot.storage.database import Database, open_database
from bot.storage.schema import board_keys
from tests.fakes.clock import FakeClock

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
FOUR = Board.comparison([Board(BoardKind.MODEL, f"maker/{name * 40}") for name in "abcd"])


async def test_boards_are_found_by_their_keys(database: Database) -> None:
    """Whatever is in their texts; an unknown key finds nothing."""
    store = BoardKeyStore(database)
    odd = Board(BoardKind.TASK, "日本語 🎲 '\"; DROP TABLE board_keys; --" * 9)
    boards = [FOUR, FOUR.by(Metric.TOKENS), odd]
    assert all(is_shortened(board.key) for board in boards)
    await store.save_boards(boards)

    assert boards == [await store.load_board(board.key) for board in boards]
    assert await store.load_board(f"~{'0' * 24}") is None


async def test_boards_outlive_the_process(database_url: str) -> None:
    """The next one that opens the database finds them."""
    async with open_database(database_url) as database:
        await BoardKeyStore(database).save_boards([FOUR])
    async with open_database(database_url) as database:
        assert FOUR == await BoardKeyStore(database).load_board(FOUR.key)


async def test_a_board_is_stored_once(database: Database) -> None:
    """However often and by however many it is saved; the row says when it was saved last."""
    clock = FakeClock(NOON)
    stores = [BoardKeyStore(database, clock=clock) for _ in range(5)]
    await asyncio.gather(*(store.save_boards([FOUR, FOUR]) for store in stores))
    clock.advance(timedelta(days=1))
    await stores[0].save_boards([FOUR])

    async with database.reading() as connection:
        rows = (await connection.execute(sa.select(board_keys))).all()
    assert [(FOUR.key, str(FOUR), NOON + timedelta(days=1))] == [tuple(row) for row in rows]


async def test_database_that_fails_is_a_storage_error(database: Database) -> None:
    """For both, as from every store."""
    store = BoardKeyStore(database)
    async with database.transaction() as connection:
        await connection.execute(sa.text("DROP TABLE board_keys"))

    with pytest.raises(StorageError):
        await store.save_boards([FOUR])
    with pytest.raises(StorageError):
        await store.load_board(FOUR.key)
