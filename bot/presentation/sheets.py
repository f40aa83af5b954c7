"""A sheet: everything that a card says, as words and figures, before it is laid out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum, StrEnum

from bot.market.boards import Board
from bot.market.editions import Edition
from bot.market.models import RANKINGS_URL
from bot.presentation.compared import Cell, Compared
from bot.presentation.figures import FIGURES, Figure, FigureKind
from bot.presentation.text import plural

OLD_AFTER = timedelta(hours=36)
"""Data is old if its last day ended longer ago than this: one day, plus the time until new data arrives."""

MOST_SUMMARIZED = 5
MOST_PICTURED, MOST_WITH_MORE_LINES, MOST_BELOW_A_SUMMARY = 10, 9, 7
"""Rows of a picture: fewer if they have leaders or a legend, fewest below a summary."""

LONGEST_STEM = 60

REVISED = "Revised: OpenRouter first gave other figures for this day."


class Mark(StrEnum):
    """What is said of a row instead of a change."""

    NEW = "new"
    GONE = "no longer listed"


@dataclass(frozen=True)
class Leader:
    """The model with the most requests in a task, and its share by the board's metric; new if another led before."""

    name: str
    id: str
    figure: Figure
    is_new: bool = False
    earlier: str | None = None
    """The name of the model that led before, where a card names it."""
    earlier_id: str | None = None

    @property
    def label(self) -> str:
        """Its name, and which model led before: “A, before B”."""
        return f"{self.name}, before {self.earlier}" if self.earlier else self.name


@dataclass(frozen=True)
class Place:
    """The task in whose list a model is."""

    label: str
    tag: str


@dataclass(frozen=True)
class Row:
    """One line of a ranking. It has no rank if the metric does not order it.

    It has each kind of figure at most once. The first is its share, unless it is no longer listed; bars show it. It has a
    change or a mark, unless nothing can be compared; no figure if only its name or its leader counts; and a place if the
    board shows models of several tasks. `is_new_leader` is true for a model that leads the board's task and did not before.
    `remark` is said behind the figures.
    """

    rank: int | None
    label: str
    key: str
    figures: tuple[Figure, ...]
    macro_category: str
    leader: Leader | None = None
    mark: Mark | None = None
    is_new_leader: bool = False
    place: Place | None = None
    compared: tuple[Cell, ...] = ()
    """One cell for each of its section's `compared`, instead of figures."""
    remark: str = ""

    @property
    def name(self) -> str:
        """Its label, and where it is listed: “A in B”."""
        return f"{self.label} in {self.place.label}" if self.place else self.label

    @property
    def change(self) -> Figure | None:
        """The change of its first figure, a share."""
        return self.find(FigureKind.CHANGE)

    def find(self, kind: FigureKind) -> Figure | None:
        """Its figure of a kind; None if it has none."""
        return next((figure for figure in self.figures if figure.kind is kind), None)

    def texts(self, kinds: Sequence[FigureKind]) -> list[str]:
        """The figures of these kinds as texts, empty where the row has none. A mark is in the place of a change."""
        marked = {FigureKind.CHANGE: self.mark.value} if self.mark else {}
        written = marked | {figure.kind: figure.text for figure in self.figures}
        return [written.get(kind, "") for kind in kinds]


class Subject(Enum):
    """What the rows of a ranking are. The value is OpenRouter's names for their key and their label."""

    CATEGORY = ("key", "label")
    TASK = ("tag", "display_name")
    MODEL = ("id", "name")


@dataclass(frozen=True)
class Section:
    """A ranking with a heading. `left_out` counts the rows that are not shown. An inline one is written as one line."""

    heading: str
    rows: tuple[Row, ...]
    left_out: int = 0
    subject: Subject = Subject.TASK
    is_inline: bool = False
    compared: tuple[Compared, ...] = ()

    @property
    def count(self) -> int:
        """How many rows it has, shown or not."""
        return len(self.rows) + self.left_out

    @property
    def kinds(self) -> tuple[FigureKind, ...]:
        """The kinds of figures in its rows: its columns. Marks are in the column of the changes."""
        found = {figure.kind for row in self.rows for figure in row.figures}
        found |= {FigureKind.CHANGE for row in self.rows if row.mark}
        return tuple(kind for kind in FIGURES if kind in found)


@dataclass(frozen=True)
class Line:
    """The shares of one thing, oldest first; a day without its share is a gap. Named lines have a colour and a label."""

    label: str
    key: str
    points: tuple[tuple[date, float], ...]
    is_named: bool


@dataclass(frozen=True)
class Chart:
    """Lines over the archived days from `since` to `until`: the named ones first, then those with the highest shares."""

    since: date
    until: date
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Sheet:
    """What a card says: title, metric and window in words, rankings, notes, age, source.

    `scale` says what the bars of a picture measure. Changes are since the day `compared_with`; without one, they will
    show from the day `changes_from` on. `age_days` is None while the data is as new as it should be. `is_revised` if the
    source gave other data for the same day before.
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
    changes_from: str | None = None
    age_days: int | None = None
    is_revised: bool = False
    news: str | None = None
    """What a push notification says, as plain text; None: the first row."""
    url: str | None = RANKINGS_URL
    chart: Chart | None = field(default=None, repr=False)
    is_synthetic: bool = False
    """Whether its figures are not OpenRouter's."""

    @property
    def compared(self) -> tuple[Compared, ...]:
        """What the card compares, if it does."""
        return self.sections[-1].compared if self.sections else ()

    @property
    def summarized(self) -> tuple[Row, ...]:
        """The rows that a picture shows as parts of one bar, above all others: the categories of an overview."""
        first, *others = self.sections or (None,)
        return first.rows[:MOST_SUMMARIZED] if first and others and first.subject is Subject.CATEGORY else ()

    @property
    def pictured(self) -> tuple[Row, ...]:
        """The rows that a picture has room for, of the last section."""
        rows = self.sections[-1].rows if self.sections else ()
        if self.compared:
            return rows[:MOST_PICTURED]
        has_more_lines = len({row.macro_category for row in rows}) > 1 or any(row.leader for row in rows)
        most = MOST_WITH_MORE_LINES if has_more_lines else MOST_PICTURED
        return rows[: MOST_BELOW_A_SUMMARY if self.summarized else most]

    @property
    def unpictured(self) -> int:
        """How many rows of that section a picture does not show."""
        return sum(len(section.rows) + section.left_out for section in self.sections[-1:]) - len(self.pictured)

    @property
    def cautions(self) -> tuple[str, ...]:
        """What to know about its data, in sentences: how old it is, and that it was revised."""
        old = f"This data is {plural(self.age_days or 0, 'day')} old: newer data has not arrived."
        return (*(() if self.age_days is None else (old,)), *((REVISED,) if self.is_revised else ()))

    @property
    def caution(self) -> str:
        """The same in one line; empty if there is nothing to know."""
        return " ".join(self.cautions)

    @property
    def stem(self) -> str:
        """The name of its files without the ending: lower-case letters, digits and hyphens."""
        board = re.sub(r"[^a-z0-9]+", "-", str(self.board).lower()).strip("-")[:LONGEST_STEM]
        return f"{board}-{self.as_of}"

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of all sections."""
        return tuple(row for section in self.sections for row in section.rows)


def age_in_days(edition: Edition, now: datetime) -> int | None:
    """The age of the data in days, if newer data should be there by `now` (aware UTC); else None."""
    snapshot = edition.snapshot
    if now - snapshot.ends_at <= OLD_AFTER:
        return None
    return (now.date() - snapshot.as_of).days
