"""An edition: the data that cards are made from, with its tasks, models and boards to search."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from hashlib import sha256

from bot.market.boards import Board, BoardKind, Metric
from bot.market.models import Snapshot
from bot.market.names import display_name, distinct_names
from bot.market.queries import category_keys, category_label, model_ids, task_label
from bot.market.search import Candidate

PREFERRED_DISTANCE = 7
"""Days between the two snapshots of a comparison."""

MAX_DISTANCE = 10


def comparable_days(as_of: date, *, window_days: int) -> Sequence[date]:
    """The days that data as of `as_of` can be compared with, the best first.

    They lie `window_days` to 10 days before `as_of`, so that the two windows share no day. The nearest to 7 days
    before is the best.
    """
    distances = sorted(range(window_days, MAX_DISTANCE + 1), key=lambda days: abs(days - PREFERRED_DISTANCE))
    return [as_of - timedelta(days=days) for days in distances if days < as_of.toordinal()]


def earlier_day(as_of: date, archived: Collection[date], *, window_days: int) -> date | None:
    """The best archived day to compare data as of `as_of` with; None if there is none."""
    return next((day for day in comparable_days(as_of, window_days=window_days) if day in archived), None)


def first_comparable_day(oldest: date, *, window_days: int) -> date | None:
    """The first day whose data can be compared, if the archive begins with `oldest`; None if there is no such day."""
    if window_days > min(MAX_DISTANCE, (date.max - oldest).days):
        return None
    return oldest + timedelta(days=window_days)


@dataclass(frozen=True)
class Edition:
    """The data for cards: a snapshot, the one to compare it with, and the models' names by `canonical_slug`."""

    snapshot: Snapshot
    earlier: Snapshot | None = None
    """None if the archive has none. Its window shares no day with the snapshot's."""
    names: Mapping[str, str] = field(default_factory=dict, repr=False)

    @cached_property
    def key(self) -> str:
        """A hash that is equal for editions that make the same cards, in every process.

        It covers the data of both snapshots and the names of the models in them.
        """
        data = [self.snapshot.data, *([self.earlier.data] if self.earlier else [])]
        names = {model_id: display_name(model_id, self.names) for each in data for model_id in model_ids(each)}
        parts = [*(each.model_dump_json() for each in data), json.dumps(names)]
        return sha256("\n".join(parts).encode()).hexdigest()

    @cached_property
    def model_names(self) -> Mapping[str, str]:
        """A distinct name for each model in the snapshot, by id."""
        return distinct_names(model_ids(self.snapshot.data), self.names)

    @cached_property
    def category_labels(self) -> Mapping[str, str]:
        """The source's own label of each macro-category, by key."""
        data = self.snapshot.data
        return {key: category_label(data, key) for key in category_keys(data)}

    @cached_property
    def tasks(self) -> tuple[Candidate, ...]:
        """The tasks, to be found by tag, label or category, in the order of the snapshot."""
        data = self.snapshot.data
        labels = [category_label(data, task.macro_category) for task in data.classifications]
        return tuple(
            Candidate(task.tag, f"{task_label(task)} ({label})", (task_label(task), label))
            for task, label in zip(data.classifications, labels, strict=True)
        )

    @cached_property
    def models(self) -> tuple[Candidate, ...]:
        """The models, to be found by id or name."""
        return tuple(Candidate(model_id, name) for model_id, name in self.model_names.items())

    @property
    def usual_boards(self) -> Sequence[Board]:
        """The boards that have commands of their own, by both metrics: the overview and the macro-categories."""
        categories = (Board(BoardKind.CATEGORY, key) for key in self.category_labels)
        return [board.by(metric) for board in (Board(BoardKind.OVERVIEW), *categories) for metric in Metric]

    @cached_property
    def boards(self) -> tuple[Candidate, ...]:
        """All boards by both metrics, to be found by any of their names, the broadest first."""
        named = (
            Candidate(BoardKind.OVERVIEW, "Overview"),
            *(Candidate(Board(BoardKind.CATEGORY, key).name, label) for key, label in self.category_labels.items()),
            *(_board(BoardKind.TASK, task, task.key, task.aliases[0]) for task in self.tasks),
            *(_board(BoardKind.MODEL, model, model.key) for model in self.models),
        )
        return tuple(_by(metric, board) for board in named for metric in Metric)


def _board(kind: BoardKind, subject: Candidate, *aliases: str) -> Candidate:
    return Candidate(Board(kind, subject.key).name, subject.label, aliases)


def _by(metric: Metric, board: Candidate) -> Candidate:
    """The board by a metric; its names without a metric mean requests, as everywhere."""
    bare = (*board.aliases, board.key, board.label) if metric is Metric.REQUESTS else ()
    return Candidate(f"{board.key}/{metric}", f"{board.label}, by {metric}", bare)
