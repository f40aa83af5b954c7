"""Remembers boards with long texts, so that controls that carry only their short keys work after a restart."""

from collections.abc import Collection

import sqlalchemy as sa

from bot.clock import Clock, utc_now
from bot.market.boards import Board
from bot.storage.database import Database
from bot.storage.schema import board_keys


class BoardKeyStore:
    """Boards by key. They stay: cards that carry the keys may be clicked for years, and a row is small."""

    def __init__(self, database: Database, *, clock: Clock = utc_now) -> None:
        """Keep them in `database`."""
        self._database = database
        self._clock = clock

    async def save_boards(self, boards: Collection[Board]) -> None:
        """Save boards by their keys, or when they were saved again; raise StorageError."""
        now = self._clock()
        async with self._database.transaction(locking=board_keys) as connection:
            for key, text in {board.key: str(board) for board in boards}.items():
                known = sa.update(board_keys).where(board_keys.c.key == key).values(saved_at=now)
                if not (await connection.execute(known)).rowcount:
                    await connection.execute(sa.insert(board_keys).values(key=key, board=text, saved_at=now))

    async def load_board(self, key: str) -> Board | None:
        """Load the board of a key; None if it was never saved; raise StorageError."""
        wanted = sa.select(board_keys.c.board).where(board_keys.c.key == key)
        async with self._database.reading() as connection:
            text = (await connection.execute(wanted)).scalar_one_or_none()
        return None if text is None else Board.parse(text)
