"""The gallery: it makes each card once for each edition, away from the event loop, and then serves it from memory."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from typing import Protocol, TypeVar

from cachetools import LRUCache, TTLCache

from bot.app.messages import PreparedCard, prepare_card
from bot.clock import Clock, utc_now
from bot.market.boards import Board
from bot.market.editions import Edition
from bot.presentation.cards import NO_GLYPHS, Card, make_card
from bot.presentation.pictures.fonts import Glyphs
from bot.presentation.sheets import age_in_days

T = TypeVar("T")

MOST_CARDS = 256

DRAWN_AGAIN_AFTER = 600
"""Seconds after which a card that came out without its picture is made again; until then, nobody waits for it twice."""

CardKey = tuple[Board, str, int | None]
"""The board, the key of the edition, and the age of the data in days as far as it is shown: all that a card depends on."""


class Market(Protocol):
    """Where editions come from."""

    def find_edition(self) -> Edition | None:
        """Give the newest edition in memory at once, however old."""

    def recent_days(self) -> Sequence[date]:
        """The newest days that `load_edition` can give, oldest first."""

    async def load_edition(self, as_of: date | None = None) -> Edition:
        """Give the newest edition, or a day's; raise RankingsBotError, NoSuchDayError if that day is not archived."""


class Maker(Protocol):
    """What makes cards; it is called in a thread."""

    def __call__(self, board: Board, edition: Edition, *, age: int | None, glyphs: Glyphs = NO_GLYPHS) -> Card:
        """Make the card of a board; `age` is in days, None for new data, `glyphs` are those of the host."""


class Drawer(Protocol):
    """What turns SVG into PNG."""

    async def draw(self, svg: str) -> bytes | None:
        """Draw an SVG as a PNG; None if that does not succeed."""

    async def find_glyphs(self, characters: Collection[str]) -> Glyphs:
        """Find characters in the fonts of the host; those that none has are left out."""


class Gallery:
    """The cards of the current edition, ready to be sent."""

    def __init__(
        self, market: Market, *, drawer: Drawer | None = None, clock: Clock = utc_now, make: Maker = make_card
    ) -> None:
        """Make cards from the editions of `market`, in one thread; without a drawer they have no pictures."""
        self.market = market
        self.clock = clock
        self._drawer = drawer
        self._make = make
        self._cards: LRUCache[CardKey, PreparedCard] = LRUCache(MOST_CARDS)
        self._being_made: dict[CardKey, asyncio.Task[PreparedCard]] = {}
        self._undrawn: TTLCache[CardKey, PreparedCard] = TTLCache(
            MOST_CARDS, DRAWN_AGAIN_AFTER, timer=lambda: clock().timestamp()
        )
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="cards")

    def find_card(self, board: Board) -> PreparedCard | None:
        """Find a card in memory."""
        edition = self.market.find_edition()
        return None if edition is None else self._find(self._key(board, edition))

    async def load_card(self, board: Board, *, as_of: date | None = None) -> PreparedCard:
        """Give the card of a board, of the newest data or a day's; raise RankingsBotError, NoSuchDayError.

        It is made now if it is not in memory.
        """
        edition = await self.market.load_edition(as_of)
        key = self._key(board, edition)
        ready = self._find(key)
        if ready is not None:
            return ready
        making = self._being_made.get(key)
        if making is None:
            making = asyncio.create_task(self._make_card(key, edition), name=f"make the card {board}")
            self._being_made[key] = making
            making.add_done_callback(lambda _: self._being_made.pop(key, None))
        return await asyncio.shield(making)

    def close(self) -> None:
        """Stop making cards."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _find(self, key: CardKey) -> PreparedCard | None:
        return self._cards.get(key) or self._undrawn.get(key)

    def _key(self, board: Board, edition: Edition) -> CardKey:
        return board, edition.key, age_in_days(edition, self.clock()) if self._is_newest(edition) else None

    def _is_newest(self, edition: Edition) -> bool:
        """Tell whether newer data is still to come: only then does the age of an edition say anything."""
        newest = self.market.find_edition()
        return newest is None or newest.snapshot.as_of <= edition.snapshot.as_of

    async def _make_card(self, key: CardKey, edition: Edition) -> PreparedCard:
        board, _, age = key
        card = await self._in_thread(partial(self._make, board, edition, age=age))
        picture, png = card.picture, None
        if picture is not None and self._drawer is not None:
            glyphs = await self._drawer.find_glyphs(picture.missing) if picture.missing else {}
            if glyphs:
                card = await self._in_thread(partial(self._make, board, edition, age=age, glyphs=glyphs))
            png = await self._drawer.draw((card.picture or picture).svg)
        prepared = await self._in_thread(partial(prepare_card, card, png))
        is_whole = png is not None or picture is None or self._drawer is None
        cards = self._cards if is_whole else self._undrawn
        cards[key] = prepared
        return prepared

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)
