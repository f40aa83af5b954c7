"""The gallery: makes each card once per edition, outside the event loop, and then serves it from memory."""

import asyncio
import logging
import math
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from itertools import chain
from typing import Protocol, TypeVar

from cachetools import TLRUCache

from bot.app.messages import PreparedCard, prepare_card
from bot.clock import Clock, utc_now
from bot.errors import BoardGoneError, StorageError
from bot.market.boards import Board, BoardKind
from bot.market.editions import Edition
from bot.market.keys import is_shortened
from bot.market.search import find_value
from bot.presentation.cards import NO_GLYPHS, Card, make_card
from bot.presentation.pictures.fonts import Glyphs
from bot.presentation.sheets import age_in_days

T = TypeVar("T")

log = logging.getLogger(__name__)

MOST_OTHER_CARDS = 32
"""There is room for a card of each board of the newest edition, and for this many others."""

DRAWN_AGAIN_AFTER = 60
"""A card whose picture could not be drawn is made again after this many seconds; until then it is served as it is."""

KEPT_OVER_TIME = 600
"""A card that needs more of the archive than its edition is made again after this many seconds: the archive may grow."""

OVER_TIME = {BoardKind.MOVERS, BoardKind.HISTORY}

CardKey = tuple[Board, str, int | None]
"""All that a card depends on: the board, the edition's key, and the data's age in days; None if no age is shown."""

Cards = TLRUCache[CardKey, PreparedCard]


class Market(Protocol):
    """The source of editions."""

    def find_edition(self) -> Edition | None:
        """The newest edition in memory, however old; None if there is none."""

    def recent_days(self) -> Sequence[date]:
        """The newest days that `load_edition` can give, oldest first."""

    async def load_edition(self, as_of: date | None = None) -> Edition:
        """Load the newest edition or a day's; raise RankingsBotError, NoSuchDayError if the day is not archived."""

    async def load_past(self, board: Board, edition: Edition) -> Edition:
        """Add to an edition what a board needs from further back than a week; raise RankingsBotError."""


class BoardKeys(Protocol):
    """Remembers boards with long texts, to which controls lead by a short key."""

    async def save_boards(self, boards: Collection[Board]) -> None:
        """Save boards by their keys; raise StorageError."""

    async def load_board(self, key: str) -> Board | None:
        """Load the board of a key; None if it was never saved; raise StorageError."""


class BoardKeysInMemory:
    """Boards by key, until the process ends."""

    def __init__(self) -> None:
        """Start empty."""
        self._boards: dict[str, Board] = {}

    async def save_boards(self, boards: Collection[Board]) -> None:
        """Remember boards."""
        self._boards |= {board.key: board for board in boards}

    async def load_board(self, key: str) -> Board | None:
        """The board of a key; None if there is none."""
        return self._boards.get(key)


class CardMaker(Protocol):
    """Makes cards; called in a thread."""

    def __call__(self, board: Board, edition: Edition, *, age: int | None, glyphs: Glyphs = NO_GLYPHS) -> Card:
        """Make the card of a board; `age` is in days, None if the card shows no age; `glyphs` are the host's."""


class Drawer(Protocol):
    """Turns SVG into PNG."""

    async def draw(self, svg: str) -> bytes | None:
        """Draw an SVG as a PNG; return None if that fails."""

    async def find_glyphs(self, characters: Collection[str]) -> Glyphs:
        """Find characters in the fonts of the host; leave out those that no font has."""


class Gallery:
    """Cards that are ready to be sent."""

    def __init__(
        self,
        market: Market,
        *,
        drawer: Drawer | None = None,
        board_keys: BoardKeys | None = None,
        clock: Clock = utc_now,
        make: CardMaker = make_card,
    ) -> None:
        """Make cards from the editions of `market` in one thread, which close() ends; without a drawer they have no pictures.

        Without `board_keys`, controls that lead to boards with long texts are forgotten at the end of the process.
        """
        self.market = market
        self.clock = clock
        self._drawer = drawer
        self._board_keys = board_keys or BoardKeysInMemory()
        self._make = make
        self._cards = self._room_for(MOST_OTHER_CARDS)
        self._in_progress: dict[CardKey, asyncio.Task[PreparedCard]] = {}
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

    def find_board(self, key: str, edition: Edition | None = None) -> Board | None:
        """The board of a key, if the key is its text, or if an edition (by default the newest in memory) has it."""
        if not is_shortened(key):
            return Board.parse(key)
        edition = edition or self.market.find_edition()
        found = find_value(chain(edition.boards, edition.boards_over_time), key) if edition else None
        return Board.parse(found.key) if found else None

    async def load_board(self, key: str, edition: Edition) -> Board:
        """Find the board of a key in an edition, or load it, because a card has led to it; raise BoardGoneError."""
        board = self.find_board(key, edition) or await self._board_keys.load_board(key)
        if board is None:
            raise BoardGoneError
        return board

    async def prefetch_card(self, board: Board) -> None:
        """Make the card of a board for the newest data, but only once nobody waits for another card; raise RankingsBotError."""
        while self._in_progress:
            await asyncio.wait(self._in_progress.values())
        await self.load_card(board)

    def close(self) -> None:
        """Stop making cards; who waits for one is cancelled."""
        for making in self._in_progress.values():
            making.cancel()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _room_for(self, most: int) -> Cards:
        """Make room for this many cards; the least recently used goes first."""
        return TLRUCache(most, ttu=self._kept_until, timer=lambda: self.clock().timestamp())

    def _kept_until(self, key: CardKey, card: PreparedCard, now: float) -> float:
        is_whole = card.png is not None or card.card.picture is None or self._drawer is None
        kept_for = KEPT_OVER_TIME if key[0].kind in OVER_TIME else math.inf
        return now + (kept_for if is_whole else DRAWN_AGAIN_AFTER)

    def _keep(self, key: CardKey, card: PreparedCard) -> None:
        """Keep a card, with as much room for others as the newest edition needs."""
        newest = self.market.find_edition()
        most = MOST_OTHER_CARDS + (len(newest.boards) + len(newest.boards_over_time) if newest else 0)
        if most != self._cards.maxsize:
            before, self._cards = self._cards, self._room_for(most)
            self._cards.update({kept: found for kept in list(before) if (found := before.get(kept))})
        self._cards[key] = card

    def _key(self, board: Board, edition: Edition) -> CardKey:
        return board, edition.key, age_in_days(edition, self.clock()) if self._is_newest(edition) else None

    def _is_newest(self, edition: Edition) -> bool:
        """Whether no newer edition is known; the card of an older day does not show its age."""
        newest = self.market.find_edition()
        return newest is None or newest.snapshot.as_of <= edition.snapshot.as_of

    async def _make_card(self, key: CardKey, edition: Edition) -> PreparedCard:
        board, _, age = key
        edition = await self.market.load_past(board, edition)
        card = await self._in_thread(partial(self._make, board, edition, age=age))
        picture, png = card.picture, None
        if picture is not None and self._drawer is not None:
            glyphs = await self._drawer.find_glyphs(picture.missing) if picture.missing else {}
            if glyphs:
                card = await self._in_thread(partial(self._make, board, edition, age=age, glyphs=glyphs))
            png = await self._drawer.draw((card.picture or picture).svg)
        has_keys = await self._save_keys(card)
        prepared = await self._in_thread(partial(prepare_card, card, png))
        if has_keys:
            self._keep(key, prepared)
        return prepared

    async def _save_keys(self, card: Card) -> bool:
        """Save the long boards that a card leads to, before it is sent; return whether that worked.

        If not, the card is sent, but not kept: the next one tries again.
        """
        long = [board for board in card.linked_boards if is_shortened(board.key)]
        if not long:
            return True
        try:
            await self._board_keys.save_boards(long)
        except StorageError as failed:
            log.warning("Controls of a card may stop working after a restart: %s", failed.operator_sentence)
            return False
        return True

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)
