import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

import discord
import pytest
from discord.types.embed import Embed as EmbedJSON

from bot.app.gallery import MOST_CARDS, Gallery
from bot.errors import QuotaSpentError
from bot.market.boards import Board, BoardKind
from bot.market.editions import Edition
from bot.presentation.board_sheets import make_sheet
from bot.presentation.cards import NO_GLYPHS, Card, Picture
from bot.presentation.controls import Button, Controls
from bot.presentation.pictures.fonts import Glyph, Glyphs
from tests.fakes.drawer import PNG, FakeDrawer
from tests.odd_snapshots import snapshot_of, task

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
CODE = Board.parse("code")
ASKERS = 100


class Market:
    """A market whose edition a test puts in place."""

    def __init__(self) -> None:
        self.edition: Edition | None = Edition(snapshot_of([task("code:one")]))
        self.archived: dict[date, Edition] = {}
        self.loads = 0

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


class Embed(discord.Embed):
    """Keeps in which threads its JSON is made."""

    threads: ClassVar[set[str]] = set()

    def to_dict(self) -> EmbedJSON:
        self.threads.add(threading.current_thread().name)
        return super().to_dict()


class Maker:
    """Makes plain cards, and keeps which, of what, and in which thread."""

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
        return Card(board, Embed(), self.picture, Controls((), Button("x", "x")), make_sheet(board, edition, age=age))


class Clock:
    """Stands still until a test moves it."""

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
    async def test_a_card_is_made_once_however_many_ask(self, gallery: Gallery, maker: Maker) -> None:
        """All who ask while it is made, and all who ask later, get the same card."""
        cards = await asyncio.gather(*(gallery.load_card(CODE) for _ in range(ASKERS)))
        later = await gallery.load_card(CODE)
        assert (1, 1) == (len(maker.made), len({id(card) for card in [*cards, later]}))

    async def test_each_board_has_a_card_of_its_own(self, gallery: Gallery, maker: Maker) -> None:
        """By tokens it is another one."""
        cards = await asyncio.gather(
            *(gallery.load_card(Board.parse(text)) for text in ("code", "code/tokens", "data"))
        )
        assert ["code/requests", "code/tokens", "data/requests"] == [str(card.card.board) for card in cards]
        assert 3 == len(maker.made)

    async def test_a_new_edition_gets_new_cards(self, gallery: Gallery, market: Market, maker: Maker) -> None:
        """And none of the old one is shown again."""
        old = await gallery.load_card(CODE)
        market.edition = Edition(snapshot_of([task("code:two")]))
        assert gallery.find_card(CODE) is None
        new = await gallery.load_card(CODE)
        assert (True, 2) == (old is not new, len(maker.made))

    async def test_new_names_are_a_new_edition(self, gallery: Gallery, market: Market, maker: Maker) -> None:
        """The same snapshot under better names is shown anew."""
        snapshot = snapshot_of([task("code:two")])
        for names in ({}, {"openai/gpt-4o-mini": "OpenAI: The Mini"}, {"not/listed": "Not: Listed"}):
            market.edition = Edition(snapshot, names=names)
            await gallery.load_card(CODE)
        assert 2 == len(maker.made)

    async def test_same_data_fetched_again_keeps_its_cards(
        self, gallery: Gallery, market: Market, maker: Maker
    ) -> None:
        """What makes an edition is what it says."""
        for _ in range(2):
            market.edition = Edition(snapshot_of([task("code:two")]))
            await gallery.load_card(CODE)
        assert 1 == len(maker.made)

    async def test_data_that_grows_old_is_shown_with_its_age(
        self, gallery: Gallery, maker: Maker, clock: Clock
    ) -> None:
        """A card that says nothing of its age does not outlive the 36 hours."""
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
        """Its card is made of that day, and does not say that newer data has not arrived."""
        old = Edition(snapshot_of([task("code:old")], as_of="2026-08-30"))
        market.archived = {old.snapshot.as_of: old}
        clock.now = NOON + timedelta(hours=24)
        card = await gallery.load_card(CODE, as_of=old.snapshot.as_of)
        assert [("code/requests", old, None)] == maker.made
        assert (card, True) == (
            await gallery.load_card(CODE, as_of=old.snapshot.as_of),
            gallery.find_card(CODE) is None,
        )

    async def test_cards_are_made_away_from_the_event_loop(self, gallery: Gallery, maker: Maker) -> None:
        """All in one thread; their JSON too."""
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
        """Its SVG is turned into a PNG, which goes out with it, and which its embed shows."""
        card = await gallery.load_card(CODE)
        assert card is await gallery.load_card(CODE)
        assert card.card.picture is not None
        assert ([card.card.picture.svg], PNG) == (drawer.drawn, card.png)
        assert {"url": "attachment://code-requests-2026-08-31.png"} == card.embed.to_dict()["image"]

    async def test_a_board_without_figures_is_not_drawn(self, gallery: Gallery, drawer: FakeDrawer) -> None:
        """There is nothing to draw."""
        card = await gallery.load_card(Board.parse("task:gone"))
        assert ([], None) == (drawer.drawn, card.png)
        assert card is gallery.find_card(Board.parse("task:gone"))

    async def test_characters_are_looked_for_in_the_fonts_of_the_host(
        self, gallery: Gallery, market: Market, drawer: FakeDrawer
    ) -> None:
        """What they have is written in them, what they have not is a box."""
        market.edition = Edition(snapshot_of([task("code:one", "א代", models=[])]))
        await gallery.load_card(CODE)
        (svg,) = drawer.drawn
        assert 'font-family="Some Hebrew" data-says="label">א<' in svg
        assert 1 == svg.count('data-says="box"')

    async def test_a_card_goes_out_without_the_picture_that_failed(
        self, gallery: Gallery, drawer: FakeDrawer, clock: Clock
    ) -> None:
        """With its text, and no word of a picture; nobody waits for it again until ten minutes later."""
        drawer.png = None
        card = await gallery.load_card(CODE)
        assert (None, False, True) == (card.png, "image" in card.embed.to_dict(), bool(card.embed.description))
        drawer.png = PNG
        clock.now += timedelta(minutes=9)
        assert card is await gallery.load_card(CODE) is gallery.find_card(CODE)
        clock.now += timedelta(minutes=2)
        assert gallery.find_card(CODE) is None
        assert PNG == (await gallery.load_card(CODE)).png


class TestFailures:
    async def test_everybody_who_asked_hears_of_a_failure(self, gallery: Gallery, maker: Maker) -> None:
        """It is one failure, and it is not kept: the next who asks gets the card."""
        maker.error = ValueError("no ink")
        heard = await asyncio.gather(*(gallery.load_card(CODE) for _ in range(ASKERS)), return_exceptions=True)
        assert ([maker.error] * ASKERS, 1) == (heard, len(maker.made))
        maker.error = None
        assert CODE == (await gallery.load_card(CODE)).card.board

    async def test_a_market_that_has_nothing_says_so(self, gallery: Gallery, market: Market, maker: Maker) -> None:
        """Its error is handed on, and nothing is made."""
        market.edition = None
        with pytest.raises(QuotaSpentError):
            await gallery.load_card(CODE)
        assert [] == maker.made

    async def test_who_goes_away_takes_the_card_from_nobody(self, gallery: Gallery, maker: Maker) -> None:
        """One of two askers is cancelled, the other gets the card that was begun for both."""
        leaving, staying = (asyncio.create_task(gallery.load_card(CODE)) for _ in range(2))
        await asyncio.sleep(0)
        leaving.cancel()
        assert (CODE, 1) == ((await staying).card.board, len(maker.made))
        assert leaving.cancelled()


class TestFinding:
    async def test_finding_looks_into_memory_alone(self, gallery: Gallery, market: Market, maker: Maker) -> None:
        """It neither loads nor makes anything."""
        assert gallery.find_card(CODE) is None
        made = await gallery.load_card(CODE)
        assert made is gallery.find_card(CODE)
        market.edition = None
        assert gallery.find_card(CODE) is None
        assert (1, 1) == (market.loads, len(maker.made))

    async def test_memory_is_bounded(self, gallery: Gallery) -> None:
        """Who was not asked for in the longest time makes room."""
        boards = [Board(BoardKind.TASK, str(number)) for number in range(MOST_CARDS)]
        for board in boards:
            await gallery.load_card(board)
        gallery.find_card(boards[0])
        await gallery.load_card(CODE)
        found = [gallery.find_card(board) is not None for board in (boards[0], boards[1], boards[2], CODE)]
        assert [True, False, True, True] == found


async def test_a_closed_gallery_makes_no_cards(market: Market, maker: Maker) -> None:
    """The process ends, and nothing holds it."""
    gallery = Gallery(market, make=maker)
    gallery.close()
    with pytest.raises(RuntimeError):
        await gallery.load_card(CODE)
