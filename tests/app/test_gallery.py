import asyncio
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

import discord
import pytest
from discord.types.embed import Embed as EmbedJSON

from bot.app.gallery import MOST_OTHER_CARDS, BoardKeysInMemory, Gallery
from bot.errors import BoardGoneError, QuotaSpentError, StorageError
from bot.market.boards import Board, BoardKind
from bot.market.editions import Edition
from bot.market.keys import is_shortened
from bot.operations.sample import SampleMarket
from bot.presentation.board_sheets import make_sheet
from bot.presentation.cards import NO_GLYPHS, Card, Picture
from bot.presentation.controls import Button, Controls
from bot.presentation.pictures.fonts import Glyph, Glyphs
from tests.fakes.drawer import PNG, FakeDrawer
from tests.odd_snapshots import snapshot_of, task
from tests.presentation.bodies import odd

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
CODE = Board.parse("code")
ASKERS = 100


class Market:
    """A market whose edition the test sets."""

    def __init__(self) -> None:
        self.edition: Edition | None = Edition(snapshot_of([task("code:one")]))
        self.archived: dict[date, Edition] = {}
        self.loads = 0
        self.pasts: list[Board] = []

    def find_edition(self) -> Edition | None:
        return self.edition

    def recent_days(self) -> Sequence[date]:
        return sorted(self.archived)

    async def load_edition(self, as_of: date | None = None) -> Edition:
        self.loads += 1
        if as_of is not None:
            return self.archived[as_of]
        if self.edition is None:
            raise QuotaSpentError(NOON)
        return self.edition

    async def load_past(self, board: Board, edition: Edition) -> Edition:
        self.pasts.append(board)
        return edition


class Embed(discord.Embed):
    """Records the threads in which its JSON is made."""

    threads: ClassVar[set[str]] = set()

    def to_dict(self) -> EmbedJSON:
        self.threads.add(threading.current_thread().name)
        return super().to_dict()


class Maker:
    """Makes plain cards, and records the board, the edition and the thread of each."""

    def __init__(self) -> None:
        self.made: list[tuple[str, Edition, int | None]] = []
        self.threads: set[str] = set()
        self.error: Exception | None = None
        self.picture: Picture | None = None

    def __call__(self, board: Board, edition: Edition, *, age: int | None, glyphs: Glyphs = NO_GLYPHS) -> Card:
        self.made.append((str(board), edition, age))
        self.threads.add(threading.current_thread().name)
        if self.error is not None:
            raise self.error
        return Card(
            board, Embed(), self.picture, Controls((), (Button("x", "x"),)), make_sheet(board, edition, age=age)
        )


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def market() -> Market:
    return Market()


@pytest.fixture
def maker() -> Maker:
    return Maker()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gallery(market: Market, maker: Maker, clock: Clock) -> Iterator[Gallery]:
    with closing(Gallery(market, clock=clock, make=maker)) as opened:
        yield opened


class TestMaking:
    async def test_a_card_is_made_once_for_all_callers(self, gallery: Gallery, maker: Maker) -> None:
        """All callers during its making and all later callers get the same card."""
        cards = await asyncio.gather(*(gallery.load_card(CODE) for _ in range(ASKERS)))
        later = await gallery.load_card(CODE)
        assert (1, 1) == (len(maker.made), len({id(card) for card in [*cards, later]}))

    async def test_each_board_has_its_own_card(self, gallery: Gallery, maker: Maker) -> None:
        """Another metric is another board."""
        cards = await asyncio.gather(
            *(gallery.load_card(Board.parse(text)) for text in ("code", "code/tokens", "data"))
        )
        assert ["code/requests", "code/tokens", "data/requests"] == [str(card.card.board) for card in cards]
        assert 3 == len(maker.made)

    async def test_a_new_edition_gets_new_cards(self, gallery: Gallery, market: Market, maker: Maker) -> None:
        """No card of the old edition is shown again."""
        old = await gallery.load_card(CODE)
        market.edition = Edition(snapshot_of([task("code:two")]))
        assert gallery.find_card(CODE) is None
        new = await gallery.load_card(CODE)
        assert (True, 2) == (old is not new, len(maker.made))

    async def test_new_names_are_a_new_edition(self, gallery: Gallery, market: Market, maker: Maker) -> None:
        """The same snapshot with other names gets new cards."""
        snapshot = snapshot_of([task("code:two")])
        for names in ({}, {"openai/gpt-4o-mini": "OpenAI: The Mini"}, {"not/listed": "Not: Listed"}):
            market.edition = Edition(snapshot, names=names)
            await gallery.load_card(CODE)
        assert 2 == len(maker.made)

    async def test_same_data_fetched_again_keeps_its_cards(
        self, gallery: Gallery, market: Market, maker: Maker
    ) -> None:
        """Only the content of an edition matters."""
        for _ in range(2):
            market.edition = Edition(snapshot_of([task("code:two")]))
            await gallery.load_card(CODE)
        assert 1 == len(maker.made)

    async def test_data_that_grows_old_is_shown_with_its_age(
        self, gallery: Gallery, maker: Maker, clock: Clock
    ) -> None:
        """A card without an age is used for no longer than 36 hours."""
        for hours in (0, 24, 25, 49):
            clock.now = NOON + timedelta(hours=hours)
            await gallery.load_card(CODE)
        expected = [
            None,
            2,
            3,
        ]
        assert expected == [age for _, _, age in maker.made]

    async def test_an_archived_day_is_shown_as_it_was(
        self, gallery: Gallery, market: Market, maker: Maker, clock: Clock
    ) -> None:
        """Its card has that day's data, and does not say that newer data is missing."""
        old = Edition(snapshot_of([task("code:old")], as_of="2026-08-30"))
        market.archived = {old.snapshot.as_of: old}
        clock.now = NOON + timedelta(hours=24)
        card = await gallery.load_card(CODE, as_of=old.snapshot.as_of)
        assert [("code/requests", old, None)] == maker.made
        assert (card, True) == (
            await gallery.load_card(CODE, as_of=old.snapshot.as_of),
            gallery.find_card(CODE) is None,
        )

    async def test_cards_are_made_outside_the_event_loop(self, gallery: Gallery, maker: Maker) -> None:
        """All in one thread, with their JSON."""
        await asyncio.gather(*(gallery.load_card(Board(BoardKind.TASK, str(number))) for number in range(5)))
        assert {"cards_0"} == maker.threads == Embed.threads


class TestPictures:
    @pytest.fixture
    def drawer(self) -> FakeDrawer:
        return FakeDrawer({"א": Glyph("Some Hebrew", 0.5)})

    @pytest.fixture
    def gallery(self, market: Market, clock: Clock, drawer: FakeDrawer) -> Iterator[Gallery]:
        with closing(Gallery(market, drawer=drawer, clock=clock)) as opened:
            yield opened

    async def test_a_card_is_drawn_once(self, gallery: Gallery, drawer: FakeDrawer) -> None:
        """Its SVG becomes a PNG, which is sent with the card and shown by its embed, with the alt text."""
        card = await gallery.load_card(CODE)
        assert card is await gallery.load_card(CODE)
        assert card.card.picture is not None
        assert ([card.card.picture.svg], PNG) == (drawer.drawn, card.png)
        image = {"url": "attachment://code-requests-2026-08-31.png", "description": card.card.picture.alt_text}
        assert image == card.embed.to_dict()["image"]

    async def test_a_board_without_figures_is_not_drawn(self, gallery: Gallery, drawer: FakeDrawer) -> None:
        """There is nothing to draw."""
        card = await gallery.load_card(Board.parse("task:gone"))
        assert ([], None) == (drawer.drawn, card.png)
        assert card is gallery.find_card(Board.parse("task:gone"))

    async def test_characters_are_looked_for_in_the_fonts_of_the_host(
        self, gallery: Gallery, market: Market, drawer: FakeDrawer
    ) -> None:
        """A character that they have is written with them; one that they lack is a box."""
        market.edition = Edition(snapshot_of([task("code:one", "א代", models=[])]))
        await gallery.load_card(CODE)
        (svg,) = drawer.drawn
        assert 'font-family="Some Hebrew" data-says="label">א<' in svg
        assert 1 == svg.count('data-says="box"')

    async def test_card_whose_picture_fails_is_sent_without_it(
        self, gallery: Gallery, drawer: FakeDrawer, clock: Clock
    ) -> None:
        """With its text only, and without an image or alt text; it is drawn again after a minute."""
        drawer.png = None
        card = await gallery.load_card(CODE)
        assert (None, False, True) == (card.png, "image" in card.embed.to_dict(), bool(card.embed.description))
        drawer.png = PNG
        clock.now += timedelta(seconds=59)
        assert card is await gallery.load_card(CODE) is gallery.find_card(CODE)
        clock.now += timedelta(seconds=2)
        assert gallery.find_card(CODE) is None
        assert PNG == (await gallery.load_card(CODE)).png


class TestTheFurtherPast:
    async def test_a_card_over_time_is_made_again_after_a_while(
        self, gallery: Gallery, market: Market, clock: Clock
    ) -> None:
        """Because somebody may import older days; other cards depend on their edition alone."""
        market.edition = SampleMarket().find_edition()
        movers, code = Board.movers(days=28), await gallery.load_card(CODE)
        first = await gallery.load_card(movers)
        clock.now += timedelta(minutes=9)
        assert (first, code) == (gallery.find_card(movers), gallery.find_card(CODE))
        clock.now += timedelta(minutes=2)
        assert (None, code) == (gallery.find_card(movers), gallery.find_card(CODE))
        assert [CODE, movers] == market.pasts


class TestKeys:
    async def test_board_with_a_long_text_is_found_by_its_short_key(self, gallery: Gallery, market: Market) -> None:
        """In the edition, or because a card led to it; otherwise the user is told that it is gone."""
        market.edition = edition = odd("long_tags")
        listed = Board(BoardKind.TASK, edition.tasks[0].key)
        gone = Board(BoardKind.TASK, "gone" * 50)
        compared = Board.history(gone)
        assert (listed, None) == (gallery.find_board(listed.key), gallery.find_board(gone.key))
        with pytest.raises(BoardGoneError):
            await gallery.load_board(gone.key, edition)

        for board in (gone, compared):
            await gallery.load_card(board)
        assert [gone, compared, listed] == [
            await gallery.load_board(board.key, edition) for board in (gone, compared, listed)
        ]
        assert all(is_shortened(board.key) for board in (gone, compared, listed))


class FailingKeys(BoardKeysInMemory):
    """Keys that cannot be saved until the test says so."""

    fails = True

    async def save_boards(self, boards: Collection[Board]) -> None:
        if self.fails:
            raise StorageError("the disk is full")
        await super().save_boards(boards)


async def test_keys_that_could_not_be_saved_are_saved_with_the_next_card(market: Market, maker: Maker) -> None:
    """The card is sent all the same, but made again for the next one who asks."""
    keys, board = FailingKeys(), Board(BoardKind.TASK, "gone" * 50)
    with closing(Gallery(market, board_keys=keys, make=maker)) as gallery:
        await gallery.load_card(board)
        keys.fails = False
        await gallery.load_card(board)
        await gallery.load_card(board)
    assert (board, 2) == (await keys.load_board(board.key), len(maker.made))


class TestFailures:
    async def test_a_failure_reaches_all_callers(self, gallery: Gallery, maker: Maker) -> None:
        """It is not cached: the next caller gets the card."""
        maker.error = ValueError("no ink")
        heard = await asyncio.gather(*(gallery.load_card(CODE) for _ in range(ASKERS)), return_exceptions=True)
        assert ([maker.error] * ASKERS, 1) == (heard, len(maker.made))
        maker.error = None
        assert CODE == (await gallery.load_card(CODE)).card.board

    async def test_an_error_of_the_market_is_passed_on(self, gallery: Gallery, market: Market, maker: Maker) -> None:
        """Nothing is made."""
        market.edition = None
        with pytest.raises(QuotaSpentError):
            await gallery.load_card(CODE)
        assert [] == maker.made

    async def test_a_cancelled_caller_does_not_affect_the_others(self, gallery: Gallery, maker: Maker) -> None:
        """One of two callers is cancelled; the other gets the card."""
        leaving, staying = (asyncio.create_task(gallery.load_card(CODE)) for _ in range(2))
        await asyncio.sleep(0)
        leaving.cancel()
        assert (CODE, 1) == ((await staying).card.board, len(maker.made))
        assert leaving.cancelled()


class TestFinding:
    async def test_finding_only_looks_in_memory(self, gallery: Gallery, market: Market, maker: Maker) -> None:
        """It neither loads nor makes anything."""
        assert gallery.find_card(CODE) is None
        made = await gallery.load_card(CODE)
        assert made is gallery.find_card(CODE)
        market.edition = None
        assert gallery.find_card(CODE) is None
        assert (1, 1) == (market.loads, len(maker.made))

    async def test_each_board_of_the_edition_keeps_its_card(
        self, gallery: Gallery, market: Market, maker: Maker
    ) -> None:
        """However many boards there are."""
        market.edition = edition = Edition(snapshot_of([task(f"code:{number}") for number in range(200)]))
        boards = [Board.parse(board.key) for board in edition.boards]
        for _ in range(2):
            for board in boards:
                await gallery.load_card(board)
        assert len(boards) > 400
        assert len(boards) == len(maker.made)

    async def test_memory_is_bounded(self, gallery: Gallery, market: Market) -> None:
        """There is room for each board of the edition and a few others; the least recently used card is dropped."""
        assert market.edition is not None
        room = len(market.edition.boards) + len(market.edition.boards_over_time) + MOST_OTHER_CARDS
        boards = [Board(BoardKind.TASK, str(number)) for number in range(room)]
        for board in boards:
            await gallery.load_card(board)
        gallery.find_card(boards[0])
        await gallery.load_card(CODE)
        found = [gallery.find_card(board) is not None for board in (boards[0], boards[1], boards[2], CODE)]
        assert [True, False, True, True] == found


async def test_a_closed_gallery_makes_no_cards(market: Market, maker: Maker) -> None:
    """The process can end."""
    gallery = Gallery(market, make=maker)
    gallery.close()
    with pytest.raises(RuntimeError):
        await gallery.load_card(CODE)
