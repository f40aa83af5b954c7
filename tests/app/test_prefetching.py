"""The usual cards are made before somebody asks for them."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from bot.app.gallery import Gallery
from bot.app.prefetching import prefetch_cards
from bot.market.boards import Board
from bot.market.service import MarketService
from bot.presentation.pictures.fonts import Glyphs
from bot.supervise import supervising
from tests.fakes.clock import FakeClock
from tests.fakes.drawer import PNG
from tests.fakes.market import market_over, until_idle
from tests.fakes.source import FakeSource
from tests.fakes.stores import FakeArchive, FakeLedger
from tests.wire.in_process import until

USUAL = [Board.parse(text) for text in ("overview", "overview/tokens", "code", "code/tokens")]
MODEL = Board.parse("model:maker/alpha-20260101")


class SlowDrawer:
    """Draws a picture whenever the test lets it."""

    def __init__(self) -> None:
        self.begun = 0
        self.permissions = asyncio.Semaphore(0)

    async def draw(self, svg: str) -> bytes | None:
        self.begun += 1
        await self.permissions.acquire()
        return PNG

    async def find_glyphs(self, characters: Collection[str]) -> Glyphs:
        return {}


@pytest.fixture
def drawer() -> SlowDrawer:
    return SlowDrawer()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 9, 1, 12, tzinfo=UTC))


@pytest.fixture
def market(clock: FakeClock) -> MarketService:
    return market_over(FakeArchive(), FakeLedger(), FakeSource(clock), clock=clock)


@pytest.fixture
def gallery(market: MarketService, clock: FakeClock, drawer: SlowDrawer) -> Iterator[Gallery]:
    with closing(Gallery(market, drawer=drawer, clock=clock)) as opened:
        yield opened


def ready(gallery: Gallery) -> list[Board]:
    """The usual boards whose cards are ready."""
    return [board for board in USUAL if gallery.find_card(board)]


async def test_usual_cards_of_each_edition_are_made(
    gallery: Gallery, market: MarketService, clock: FakeClock, drawer: SlowDrawer
) -> None:
    """The overview and the categories by both metrics, one at a time, as soon as there is an edition."""
    async with supervising({"prefetcher": lambda: prefetch_cards(gallery, market)}):
        await asyncio.sleep(0)
        assert 0 == drawer.begun
        await market.load_edition()
        for number in range(4):
            await until(lambda: drawer.begun == number + 1)  # noqa: B023 - awaited here
            assert USUAL[:number] == ready(gallery)
            drawer.permissions.release()
        await until(lambda: ready(gallery) == USUAL)

        clock.advance(timedelta(days=1))
        market.find_edition()
        await until_idle()
        assert [] == ready(gallery)
        for _ in USUAL:
            drawer.permissions.release()
        await until(lambda: ready(gallery) == USUAL)
    assert 2 * len(USUAL) == drawer.begun


async def test_requested_card_goes_first(gallery: Gallery, market: MarketService, drawer: SlowDrawer) -> None:
    """It waits at most for the picture that is being drawn."""
    await market.load_edition()
    async with supervising({"prefetcher": lambda: prefetch_cards(gallery, market)}):
        await until(lambda: drawer.begun == 1)
        requested = asyncio.create_task(gallery.load_card(MODEL))
        await until(lambda: drawer.begun == 2)
        drawer.permissions.release()
        await until(lambda: len(ready(gallery)) == 1)
        await asyncio.sleep(0)
        assert (False, 2) == (requested.done(), drawer.begun)
        drawer.permissions.release()
        assert MODEL == (await requested).card.board
        await until(lambda: drawer.begun == 3)
