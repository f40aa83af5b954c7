"""An edition: the data that cards are made from, with its tasks, models and boards to search."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from hashlib import sha256
from itertools import chain

from bot.market.boards import ALL_MODELS, PERIODS, Board, BoardKind, Metric
from bot.market.histories import History
from bot.market.models import Snapshot
from bot.market.names import display_name, distinct_names
from bot.market.queries import category_keys, category_label, model_ids, task_label
from bot.market.search import Candidate

OVERVIEW = Candidate(BoardKind.OVERVIEW, "Overview")

WEEK = PERIODS[0]
"""Days between the two snapshots that cards compare, unless the board asks for a longer period."""

TOLERANCE = 3
"""How many days the distance of the two snapshots may differ from what is asked for."""


def comparable_days(as_of: date, *, window_days: int, period: int = WEEK) -> Sequence[date]:
    """The days that data as of `as_of` can be compared with, the best first: the nearest to `period` days before.

    They lie at least `window_days` before, so that the two windows share no day, and at most 3 days more than `period`.
    """
    possible = range(window_days, period + TOLERANCE + 1)
    distances = sorted(possible, key=lambda days: abs(days - period))
    return [as_of - timedelta(days=days) for days in distances if days < as_of.toordinal()]


def earlier_day(as_of: date, archived: Collection[date], *, window_days: int, period: int = WEEK) -> date | None:
    """The best archived day to compare data as of `as_of` with; None if there is none."""
    days = comparable_days(as_of, window_days=window_days, period=period)
    return next((day for day in days if day in archived), None)


def comparable_from(
    as_of: date, archived: Collection[date] = (), *, window_days: int, period: int = WEEK
) -> date | None:
    """The first day after `as_of` that can be compared with an archived day about `period` before, or with `as_of`.

    None if the window is longer than the period, so that no two days can be compared.
    """
    known = {*archived, as_of}
    least = window_days if period == WEEK else max(window_days, period - TOLERANCE)
    distances = [timedelta(days=days) for days in range(least, period + TOLERANCE + 1)]
    ahead = range(1, min(period + TOLERANCE, (date.max - as_of).days) + 1)
    following = (as_of + timedelta(days=days) for days in ahead)
    return next((day for day in following if any(day - distance in known for distance in distances)), None)


@dataclass(frozen=True)
class Edition:
    """The data for cards: a snapshot, the one to compare it with, and the models' names by `canonical_slug`."""

    snapshot: Snapshot
    earlier: Snapshot | None = None
    """None if the archive has none. Its window shares no day with the snapshot's."""
    names: Mapping[str, str] = field(default_factory=dict, repr=False)
    compared_from: date | None = None
    """If the earlier snapshot is missing or too near: the first day whose data will have one, as far as is known."""
    is_revised: bool = False
    """Whether the source gave other data for the same day before."""
    history: History | None = field(default=None, repr=False)
    """Only for a board of a history."""

    @cached_property
    def key(self) -> str:
        """A hash that is equal for editions that make the same cards, in every process.

        It covers the data of both snapshots and the names of the models in them.
        """
        data = [self.snapshot.data, *([self.earlier.data] if self.earlier else [])]
        names = {model_id: display_name(model_id, self.names) for each in data for model_id in model_ids(each)}
        about = [names, str(self.compared_from), self.is_revised]
        parts = [*(each.model_dump_json() for each in data), json.dumps(about)]
        return sha256("\n".join(parts).encode()).hexdigest()

    def reaches_back(self, period: int) -> bool:
        """Whether the earlier snapshot is about `period` days older."""
        if self.earlier is None:
            return False
        return (self.snapshot.as_of - self.earlier.as_of).days >= period - TOLERANCE

    @cached_property
    def model_names(self) -> Mapping[str, str]:
        """A distinct name for each model in both snapshots, by id."""
        return self.names_of(())

    def names_of(self, ids: Iterable[str]) -> Mapping[str, str]:
        """A distinct name for each model in both snapshots and for each of these, by id."""
        snapshots = [self.snapshot, *([self.earlier] if self.earlier else [])]
        listed = chain.from_iterable(model_ids(each.data) for each in snapshots)
        return distinct_names(dict.fromkeys((*listed, *ids)), self.names)

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
        """The models of the snapshot, to be found by id or name."""
        return tuple(Candidate(model_id, self.model_names[model_id]) for model_id in model_ids(self.snapshot.data))

    @cached_property
    def known_models(self) -> tuple[Candidate, ...]:
        """The models of the snapshot, and those that only the earlier one lists."""
        gone = (model_id for model_id in self.model_names if model_id not in {one.key for one in self.models})
        return (*self.models, *(Candidate(model_id, self.model_names[model_id]) for model_id in gone))

    @property
    def usual_boards(self) -> Sequence[Board]:
        """The boards that have commands of their own, by both metrics: the overview and the macro-categories."""
        categories = (Board(BoardKind.CATEGORY, key) for key in self.category_labels)
        return [board.by(metric) for board in (Board(BoardKind.OVERVIEW), *categories) for metric in Metric]

    @cached_property
    def boards(self) -> tuple[Candidate, ...]:
        """The boards of the snapshot by both metrics, to be found by any of their names, the broadest first."""
        return tuple(_by(metric, board) for board in (OVERVIEW, *self._of_subjects) for metric in Metric)

    @cached_property
    def boards_over_time(self) -> tuple[Candidate, ...]:
        """The digest, and movers and histories of the usual length, by both metrics, the broadest first."""
        changes = (
            Candidate(BoardKind.DIGEST, "Digest", ("what changed", "weekly")),
            Candidate(Board.movers().name, "What moved: all tasks", ("movers",)),
            Candidate(Board.movers(ALL_MODELS).name, "What moved: all models", ("movers of models",)),
            Candidate(Board.history(Board(BoardKind.OVERVIEW)).name, "History: categories", ("history",)),
            *chain.from_iterable(map(_over_time, self._of_subjects)),
        )
        return tuple(_by(metric, board) for board in changes for metric in Metric)

    @property
    def _of_subjects(self) -> Sequence[Candidate]:
        """The categories, tasks and models as boards."""
        return (
            *(Candidate(Board(BoardKind.CATEGORY, key).name, label) for key, label in self.category_labels.items()),
            *(_board(BoardKind.TASK, task, task.key, task.aliases[0]) for task in self.tasks),
            *(_board(BoardKind.MODEL, model, model.key) for model in self.models),
        )


def _over_time(of: Candidate) -> Iterator[Candidate]:
    """What can be seen of a category, a task or a model over time."""
    board = Board.parse(of.key)
    if board.kind is not BoardKind.MODEL:
        yield Candidate(Board.movers(board).name, f"What moved: {of.label}", (f"movers {of.label}",))
    yield Candidate(Board.history(board).name, f"History: {of.label}")
    if board.kind is BoardKind.TASK:
        yield Candidate(Board.history(board, of_share=True).name, f"History: {of.label}, its share of all traffic")


def _board(kind: BoardKind, subject: Candidate, *aliases: str) -> Candidate:
    return Candidate(Board(kind, subject.key).name, subject.label, aliases)


def _by(metric: Metric, board: Candidate) -> Candidate:
    """The board by a metric; its names without a metric mean requests, as everywhere."""
    bare = (*board.aliases, board.key, board.label) if metric is Metric.REQUESTS else ()
    return Candidate(f"{board.key}/{metric}", f"{board.label}, by {metric}", bare)
