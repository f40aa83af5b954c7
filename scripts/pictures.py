"""The pictures of the README, one of each kind: `make pictures` draws them from the sample, and a test compares them."""

from collections.abc import Mapping
from pathlib import Path

from bot.market.boards import Board
from bot.operations.sample import SampleMarket
from bot.presentation.cards import make_card
from bot.presentation.pictures.png import render

DIRECTORY = Path(__file__).parents[1] / "docs" / "pictures"
BOARDS: Mapping[str, str] = {
    "overview": "overview",
    "code": "code",
    "task": "task:code:general_impl",
    "model": "model:openai/gpt-5.6-luna-20260709",
}
"""The board of each picture, by the name of its file."""


def draw(name: str) -> bytes:
    """Draw a picture as the bot does, with no font but the packaged one; raise ValueError if there is nothing to draw."""
    card = make_card(Board.parse(BOARDS[name]), SampleMarket().find_edition(), age=None)
    if card.picture is None or card.picture.missing:
        raise ValueError(f"the board {card.board} has no picture, or needs other fonts")
    return render(card.picture.svg)


def file_of(name: str) -> Path:
    """Where a picture is kept."""
    return DIRECTORY / f"{name}.png"


def main() -> None:
    """Draw all pictures anew."""
    DIRECTORY.mkdir(exist_ok=True)
    for name in BOARDS:
        file_of(name).write_bytes(draw(name))


if __name__ == "__main__":
    main()
