"""The columns of a comparison, and what is in each of their cells."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.presentation.text import percent

DASH = "–"


@dataclass(frozen=True)
class Compared:
    """One of several models or tasks that a card compares. `result` says where it is ahead, or who leads it."""

    name: str
    key: str
    macro_category: str
    result: str


@dataclass(frozen=True)
class Cell:
    """What one of those compared has in a row: a share of a task (fraction 0–1), or words for why it has none."""

    share: float | None
    absence: str = ""
    is_ahead: bool = False

    @property
    def text(self) -> str:
        """The share as people read it, or the words."""
        return self.absence if self.share is None else percent(self.share)


def dash_or_text(cell: Cell) -> str:
    """The share as people read it; where there is no room for words, a dash."""
    return DASH if cell.share is None else cell.text


def dash_in_words(cells: Iterable[Cell]) -> str:
    """Say what the dashes among some cells mean; empty if there are none."""
    absences = {cell.absence for cell in cells if cell.share is None}
    if not absences:
        return ""
    return f"{DASH} means {absences.pop() if len(absences) == 1 else 'not listed'}"
