"""The gallery: makes each card once per edition, outside the event loop, and then serves it from memory."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Protocol

from cachetools import LRUCache

from bot.app.messages import PreparedCard, prepare_card
from bot.clock import Clock, utc_now
from bot.market.boards import Board
from bot.market.editions import Edition
from bot.presentation.cards import Card, make_card
from bot.presentation.sheets import age_in_days

MOST_CARDS = 256

CardKey = tuple[Board, str, int | None]
"""All that a card depends on: the board, the edition's key, and the data's age in days; None if no age is shown."""


class Market(Protocol):
    """The source of editions."""

    def find_edition(self) -> Edition | None:
        """The newest edition in memory, however old; None if there is none."""

    def recent_days(self) -> Sequence[date]:
        """The newest days that `load_edition` can give, oldest first."""

    async def load_edition(self, as_of: date | None = None) -> Edition:
        """Load the newest edition or a day's; raise RankingsBotError, NoSuchDayError if the day is not archived."""


class CardMaker(Protocol):
    """Makes cards; called in a thread."""

    def __call__(self, board: Board, edition: Edition, *, age: int | None) -> Card:
        """Make the card of a board; `age` is in days, None if the card shows no age."""


class Gallery:
    """Cards that are ready to be sent."""

    def __init__(self, market: Market, *, clock: Clock = utc_now, make: CardMaker = make_card) -> None:
        """Make cards from the editions of `market`, one at a time, in one thread; close() ends it."""
        self.market = market
        self.clock = clock
        self._make = make
        self._cards: LRUCache[CardKey, PreparedCard] = LRUCache(MOST_CARDS)
        self._in_progress: dict[CardKey, asyncio.Task[PreparedCard]] = {}
        # One thread, because the drawing library is not thread-safe.
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="cards")

    def find_card(self, board: Board) -> PreparedCard | None:
        """The card of the newest edition, if it is in memory."""
        edition = self.market.find_edition()
        return None if edition is None else self._cards.get(self._key(board, edition))

    async def load_card(self, board: Board, *, as_of: date | None = None) -> PreparedCard:
        """Load the card of a board for the newest data or for a day, and make it if it is not in memory.

        Raise RankingsBotError, NoSuchDayError if the day is not archived.
        """
        edition = await self.market.load_edition(as_of)
        key = self._key(board, edition)
        ready = self._cards.get(key)
        if ready is not None:
            return ready
        making = self._in_progress.get(key)
        if making is None:
            making = asyncio.create_task(self._make_card(key, edition), name=f"make the card {board}")
            self._in_progress[key] = making
            making.add_done_callback(lambda _: self._in_progress.pop(key, None))
        return await asyncio.shield(making)

    def close(self) -> None:
        """Stop making cards, without waiting for the one in progress."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _key(self, board: Board, edition: Edition) -> CardKey:
        return board, edition.key, age_in_days(edition, self.clock()) if self._is_newest(edition) else None

    def _is_newest(self, edition: Edition) -> bool:
        """Whether no newer edition is known; the card of an older day does not show its age."""
        newest = self.market.find_edition()
        return newest is None or newest.snapshot.as_of <= edition.snapshot.as_of

    async def _make_card(self, key: CardKey, edition: Edition) -> PreparedCard:
        board, _, age = key
        loop = asyncio.get_running_loop()
        card = await loop.run_in_executor(self._executor, lambda: prepare_card(self._make(board, edition, age=age)))
        self._cards[key] = card
        return card
