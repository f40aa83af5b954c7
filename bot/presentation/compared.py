"""The columns of a comparison, and what is in each of their cells."""

from dataclasses import dataclass

from bot.presentation.text import percent


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
