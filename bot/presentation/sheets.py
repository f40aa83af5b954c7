"""A sheet: everything that a card says, as words and figures, before it gets its looks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from bot.market.boards import Board, Metric
from bot.market.editions import Edition
from bot.market.models import RANKINGS_URL
from bot.presentation.text import percent, plural, points

OLD_AFTER = timedelta(hours=36)
"""While all is well, the last day of the data ended at most this long ago: a day, and the time until new data arrives."""

MOST_PICTURED = 10
MOST_SUMMARIZED = 8


class FigureKind(Enum):
    """What a figure tells of its row."""

    ALL = "all"
    WITHIN = "within"
    TASK = "task"
    CHANGE = "change"


@dataclass(frozen=True)
class FigureWording:
    """How figures of one kind are shown.

    `heading` stands above their column, and `field` names them in JSON.
    `meaning` explains them in a sentence: `{metric}` is the board's, `{whole}` is what they are a share of.
    `write` turns a value into text.
    """

    heading: str
    field: str
    meaning: str
    write: Callable[[float], str]


FIGURES: Mapping[FigureKind, FigureWording] = {
    FigureKind.ALL: FigureWording("all", "share", "share of all classified {metric}", percent),
    FigureKind.WITHIN: FigureWording("within", "share_within", "within {whole}", percent),
    FigureKind.TASK: FigureWording("share", "share", "share of {whole} {metric}", percent),
    FigureKind.CHANGE: FigureWording("change", "change", "change of the share in points", points),
}
"""All that is said of each kind of figure: to add a kind, add it here."""


@dataclass(frozen=True)
class Figure:
    """A value with its kind; a share is a fraction 0–1."""

    kind: FigureKind
    value: float

    @property
    def text(self) -> str:
        """The value as people read it."""
        return FIGURES[self.kind].write(self.value)


@dataclass(frozen=True)
class Leader:
    """The model with the most requests in a task, and its share of the task by the board's metric."""

    name: str
    id: str
    figure: Figure


@dataclass(frozen=True)
class Row:
    """One line of a ranking; no rank where the metric does not order it.

    It has at least one figure and no kind twice. Bars show the first.
    """

    rank: int | None
    label: str
    key: str
    figures: tuple[Figure, ...]
    macro_category: str
    leader: Leader | None = None

    def texts(self, kinds: Sequence[FigureKind]) -> list[str]:
        """The figures of these kinds as texts, empty where the row has none."""
        written = {figure.kind: figure.text for figure in self.figures}
        return [written.get(kind, "") for kind in kinds]


@dataclass(frozen=True)
class Section:
    """A ranking with a heading; `left_out` counts the rows that are not shown."""

    heading: str
    rows: tuple[Row, ...]
    left_out: int = 0

    @property
    def kinds(self) -> tuple[FigureKind, ...]:
        """The kinds of figures that its rows have: its columns."""
        return tuple(dict.fromkeys(figure.kind for row in self.rows for figure in row.figures))


@dataclass(frozen=True)
class Sheet:
    """What a card says: title, metric and window in words, rankings, notes, age, source.

    `scale` says what the bars of a picture measure, `compared_with` since which day its changes are. `age_days` is None while the data is as new as it should be.
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
    compared_with: str | None = None
    age_days: int | None = None
    url: str = RANKINGS_URL

    @property
    def summarized(self) -> tuple[Row, ...]:
        """The rows that a picture shows as parts of one bar, above all others: an overview's categories."""
        return self.sections[0].rows[:MOST_SUMMARIZED] if len(self.sections) > 1 else ()

    @property
    def pictured(self) -> tuple[Row, ...]:
        """The rows that a picture has room for, of the last section."""
        return self.sections[-1].rows[:MOST_PICTURED] if self.sections else ()

    @property
    def unpictured(self) -> int:
        """How many rows of that section a picture does not show."""
        return sum(len(section.rows) + section.left_out for section in self.sections[-1:]) - len(self.pictured)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of all sections."""
        return tuple(row for section in self.sections for row in section.rows)


def meaning(kind: FigureKind, *, metric: Metric, whole: str = "") -> str:
    """Say what figures of a kind mean, as a part of a sentence."""
    return FIGURES[kind].meaning.format(metric=metric, whole=whole)


def age_in_days(edition: Edition, now: datetime) -> int | None:
    """The age of the data in days, if newer data should be there by `now` (aware UTC); else None."""
    snapshot = edition.snapshot
    if now - snapshot.ends_at <= OLD_AFTER:
        return None
    return (now.date() - snapshot.as_of).days


def age_in_words(days: int | None) -> str:
    """Say how old the data is; nothing if its age is None."""
    return "" if days is None else f"This data is {plural(days, 'day')} old: newer data has not arrived."
