"""Makes the cards of the usual commands before somebody asks for them."""

from typing import Protocol

from bot.app.gallery import Gallery
from bot.market.editions import Edition


class Editions(Protocol):
    """The source of new editions."""

    async def wait_for_edition(self, *, other_than: Edition | None) -> Edition:
        """Wait until the newest edition is another than the given one, and return it."""


async def prefetch_cards(gallery: Gallery, editions: Editions) -> None:
    """Make the usual cards of each new edition, one after another, whenever nobody waits for a card; run until cancelled.

    Raise RankingsBotError.
    """
    edition = None
    while True:
        edition = await editions.wait_for_edition(other_than=edition)
        for board in edition.usual_boards:
            await gallery.prefetch_card(board)
