"""Figures: what the numbers of a sheet say, and how they are shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from bot.market.boards import Metric
from bot.presentation.text import percent, points, points_in_words


class FigureKind(Enum):
    """What a figure says about its row."""

    ALL = "all"
    WITHIN = "within"
    TASK = "task"
    CHANGE = "change"
    LOWEST = "lowest"
    HIGHEST = "highest"
    EARLIER = "earlier"


@dataclass(frozen=True, kw_only=True)
class FigureWording:
    """How figures of one kind are shown.

    `heading` is above their column, and `field` is their name in JSON. `column` is their name in CSV; `{measure}` in it
    is OpenRouter's word for the metric. `meaning` explains them in a sentence: `{metric}` is the board's, `{whole}` is
    what they are a share of. `write` turns a value into the text of a cell, `say` into part of a sentence.
    A card's text leaves out figures that are a detail.
    """

    heading: str
    field: str
    column: str
    meaning: str
    write: Callable[[float], str]
    say: Callable[[float], str]
    is_detail: bool = False


FIGURES: Mapping[FigureKind, FigureWording] = {
    FigureKind.EARLIER: FigureWording(
        heading="before",
        field="earlier_share",
        column="earlier_share",
        meaning="the share in the earlier answer",
        write=percent,
        say=lambda share: f"{percent(share)} before",
    ),
    FigureKind.ALL: FigureWording(
        heading="all",
        field="share",
        column="{measure}_share",
        meaning="share of all classified {metric}",
        write=percent,
        say=percent,
    ),
    FigureKind.TASK: FigureWording(
        heading="share",
        field="share",
        column="tag_{measure}_share",
        meaning="share of {whole} {metric}",
        write=percent,
        say=percent,
    ),
    FigureKind.CHANGE: FigureWording(
        heading="points",
        field="change",
        column="computed_change",
        meaning="change of the share in percentage points",
        write=points,
        say=points_in_words,
    ),
    FigureKind.WITHIN: FigureWording(
        heading="within",
        field="share_within",
        column="category_{measure}_share",
        meaning="share of the {metric} in {whole}",
        write=percent,
        say=lambda share: f"{percent(share)} of its category",
        is_detail=True,
    ),
    FigureKind.LOWEST: FigureWording(
        heading="lowest",
        field="lowest",
        column="computed_lowest_share",
        meaning="lowest of the shown shares",
        write=percent,
        say=lambda share: f"lowest {percent(share)}",
        is_detail=True,
    ),
    FigureKind.HIGHEST: FigureWording(
        heading="highest",
        field="highest",
        column="computed_highest_share",
        meaning="highest of the shown shares",
        write=percent,
        say=lambda share: f"highest {percent(share)}",
        is_detail=True,
    ),
}
"""The wording of each kind of figure, in the order of their columns. To add a kind, add it here."""


@dataclass(frozen=True)
class Figure:
    """A value with its kind; a share is a fraction 0–1."""

    kind: FigureKind
    value: float

    @property
    def text(self) -> str:
        """The value as people read it."""
        return FIGURES[self.kind].write(self.value)

    @property
    def spoken(self) -> str:
        """The value as part of a sentence."""
        return FIGURES[self.kind].say(self.value)


def meaning(kind: FigureKind, *, metric: Metric, whole: str = "") -> str:
    """Say what the figures of a kind mean, as part of a sentence."""
    return FIGURES[kind].meaning.format(metric=metric, whole=whole)
