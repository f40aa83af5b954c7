"""A sheet: everything that a board has to say, in words and figures, before it is given a look."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.market.boards import Board
from bot.market.editions import Edition
from bot.market.models import RANKINGS_URL
from bot.presentation.text import plural

OLD_AFTER = timedelta(hours=36)
"""A healthy snapshot is at most 24 hours and a settling time past the end of its last day."""

MOST_PICTURED = 10


@dataclass(frozen=True)
class Leader:
    """The model with the most requests in a task, and its share of the task (fraction 0–1) by the board's metric."""

    name: str
    id: str
    share: float


@dataclass(frozen=True)
class Row:
    """One line of a ranking; no rank where the metric does not order it. Shares are fractions 0–1."""

    rank: int | None
    label: str
    key: str
    share: float
    macro_category: str
    share_within: float | None = None
    leader: Leader | None = None


@dataclass(frozen=True)
class Section:
    """A ranking with a heading; `left_out` counts the rows that are not shown."""

    heading: str
    rows: tuple[Row, ...]
    left_out: int = 0


@dataclass(frozen=True)
class Sheet:
    """What a board says: title, metric and window in words, rankings, notes, age, source.

    `scale` says what the first share of each row is a share of.
    """

    board: Board
    title: str
    lead: str
    scale: str
    sections: tuple[Section, ...]
    notes: tuple[str, ...]
    macro_category: str | None
    category_labels: Mapping[str, str]
    id: str | None
    as_of: str
    window_days: int
    citation: str
    age: str | None = None
    url: str = RANKINGS_URL

    @property
    def pictured(self) -> tuple[Row, ...]:
        """The rows that a picture has room for, of the last section: an overview's categories are its colours."""
        return self.sections[-1].rows[:MOST_PICTURED] if self.sections else ()

    @property
    def unpictured(self) -> int:
        """How many rows a picture leaves to the text, and to the source."""
        return sum(len(section.rows) + section.left_out for section in self.sections[-1:]) - len(self.pictured)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of all sections."""
        return tuple(row for section in self.sections for row in section.rows)


def age_in_words(edition: Edition, now: datetime) -> str | None:
    """Say how old the data is once that is more than it ever is in health."""
    snapshot = edition.snapshot
    if now - snapshot.ends_at <= OLD_AFTER:
        return None
    days = (now.date() - snapshot.as_of).days
    return f"This data is {plural(days, 'day')} old: newer data has not arrived."
