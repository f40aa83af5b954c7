"""An edition: a snapshot with names that people know, and how its tasks and models are found by them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bot.market.boards import Board, BoardKind, Metric
from bot.market.models import Snapshot
from bot.market.names import distinct_names
from bot.market.queries import category_keys, category_label, model_ids, task_label
from bot.market.search import Candidate


@dataclass(frozen=True)
class Edition:
    """What a card is made from: a snapshot, and the display names known by then (`canonical_slug` to name)."""

    snapshot: Snapshot
    catalog: Mapping[str, str] = field(default_factory=dict, repr=False)

    @cached_property
    def model_names(self) -> Mapping[str, str]:
        """The name of each model in the snapshot, by id."""
        return distinct_names(model_ids(self.snapshot.data), self.catalog)

    @cached_property
    def category_labels(self) -> Mapping[str, str]:
        """The source's own label of each macro-category, by key."""
        data = self.snapshot.data
        return {key: category_label(data, key) for key in category_keys(data)}

    @cached_property
    def tasks(self) -> tuple[Candidate, ...]:
        """The tasks to be found by tag, label or category, the largest first."""
        data = self.snapshot.data
        labels = [category_label(data, task.macro_category) for task in data.classifications]
        return tuple(
            Candidate(task.tag, f"{task_label(task)} ({label})", (task_label(task), label))
            for task, label in zip(data.classifications, labels, strict=True)
        )

    @cached_property
    def models(self) -> tuple[Candidate, ...]:
        """The models to be found by id or name."""
        return tuple(Candidate(model_id, name) for model_id, name in self.model_names.items())

    @cached_property
    def boards(self) -> tuple[Candidate, ...]:
        """All boards by both metrics, to be found by any name of theirs, the broadest first."""
        named = (
            Candidate(BoardKind.OVERVIEW, "Overview"),
            *(Candidate(Board(BoardKind.CATEGORY, key).name, label) for key, label in self.category_labels.items()),
            *(_board(BoardKind.TASK, task, task.key, task.aliases[0]) for task in self.tasks),
            *(_board(BoardKind.MODEL, model, model.key) for model in self.models),
        )
        return tuple(_by(metric, board) for board in named for metric in Metric)

    @cached_property
    def key(self) -> tuple[str, int]:
        """Equal for editions that make the same cards."""
        return self.snapshot.sha256, hash(tuple(sorted(self.model_names.items())))


def _board(kind: BoardKind, subject: Candidate, *aliases: str) -> Candidate:
    return Candidate(Board(kind, subject.key).name, subject.label, aliases)


def _by(metric: Metric, board: Candidate) -> Candidate:
    """The board by a metric; its bare names mean requests, as everywhere."""
    bare = (*board.aliases, board.key, board.label) if metric is Metric.REQUESTS else ()
    return Candidate(f"{board.key}/{metric}", f"{board.label}, by {metric}", bare)
