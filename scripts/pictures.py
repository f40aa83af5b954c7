"""The pictures of the README: `make pictures` draws one of each kind from the sample, and a test compares them.

If Chromium is installed, it also takes screenshots of a whole card.
"""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

from bot.market.boards import Board
from bot.operations.sample import SampleMarket
from bot.presentation.cards import make_card
from bot.presentation.pictures.png import render
from scripts.screenshots import BROWSERS, find_browser, take_screenshots

DIRECTORY = Path(__file__).parents[1] / "docs" / "pictures"
BOARDS: Mapping[str, str] = {
    "overview": "overview",
    "code": "code",
    "task": "task:code:general_impl",
    "model": "model:openai/gpt-5.6-luna-20260709",
    "digest": "digest",
    "movers": "movers:all:7",
    "compare": "compare:model:openai/gpt-5.6-luna-20260709|model:deepseek/deepseek-v4-flash-20260731",
    "history": "history:60:task:code:debugging",
}
"""The board of each picture, by the name of its file."""


def draw(name: str) -> bytes:
    """Draw a picture as the bot does, with no font but the packaged one; raise ValueError if there is nothing to draw."""
    board, market = Board.parse(BOARDS[name]), SampleMarket()
    edition = asyncio.run(market.load_past(board, market.find_edition()))
    card = make_card(board, edition, age=None)
    if card.picture is None or card.picture.missing:
        raise ValueError(f"the board {card.board} has no picture, or needs other fonts")
    return render(card.picture.svg)


def file_of(name: str) -> Path:
    """Where a picture is kept."""
    return DIRECTORY / f"{name}.png"


def main() -> None:
    """Make all pictures anew."""
    DIRECTORY.mkdir(exist_ok=True)
    for name in BOARDS:
        file_of(name).write_bytes(draw(name))
    browser = find_browser()
    if browser is None:
        sys.stderr.write(f"The screenshots of the card stay as they are: none of {', '.join(BROWSERS)} is installed.\n")
        return
    for name, screenshot in asyncio.run(take_screenshots(browser)).items():
        file_of(name).write_bytes(screenshot)


if __name__ == "__main__":
    main()
