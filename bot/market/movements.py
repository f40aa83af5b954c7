"""What changed between two snapshots: what rose, fell, came, went and took the lead.

Everything is found by its key, tag or id, because labels change. The caller chooses snapshots whose windows share no
day: `editions.comparable_days`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import TypeVar

from bot.market.boards import Metric
from bot.market.models import TaskClassificationData, TaskClassificationItem
from bot.market.queries import (
    Ranked,
    leading_model,
    model_ids,
    tag_share,
    top_categories,
    top_models,
    top_tasks,
    traffic_share,
)

RESOLUTION = Decimal("0.001")
"""The smallest change that counts: OpenRouter rounds shares to three decimals, which is 0.1 points."""

T = TypeVar("T")
M = TypeVar("M", bound="Movement")


class Status(StrEnum):
    """What happened to an entry between two snapshots."""

    ROSE = "rose"
    FELL = "fell"
    UNCHANGED = "unchanged"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True)
class Movement:
    """An entry in two snapshots: its key, its shares (fractions 0–1) and its ranks.

    A share is None if that snapshot does not list the entry; one of them lists it. A rank is None as well if the metric
    cannot rank the entry, or if the task was in another macro-category.
    """

    key: str
    earlier: float | None
    share: float | None
    earlier_rank: int | None
    rank: int | None

    @property
    def change(self) -> float | None:
        """The share minus the earlier one, in thousandths such as 0.008; None if the entry is new or gone.

        It is 0.0 if the shares differ by less than 0.001.
        """
        if self.earlier is None or self.share is None:
            return None
        exact = Decimal(str(self.share)) - Decimal(str(self.earlier))
        return 0.0 if abs(exact) < RESOLUTION else float(exact.quantize(RESOLUTION, ROUND_HALF_UP))

    @property
    def status(self) -> Status:
        """Whether the entry rose, fell, stayed, came or went."""
        if self.earlier is None:
            return Status.NEW
        if self.change is None:
            return Status.GONE
        if self.change == 0:
            return Status.UNCHANGED
        return Status.ROSE if self.change > 0 else Status.FELL


@dataclass(frozen=True)
class PlacementMovement(Movement):
    """A model in the list of one task; its shares are of that task, and `tag` is the task's."""

    tag: str


@dataclass(frozen=True)
class Lead:
    """The models, by id, that led a task in two snapshots; None if it listed no models."""

    tag: str
    earlier: str | None
    model: str | None

    @property
    def changed(self) -> bool:
        """Whether another model leads now; False if either snapshot names no leader."""
        return None not in (self.earlier, self.model) and self.earlier != self.model


def category_movements(
    earlier: TaskClassificationData, data: TaskClassificationData, metric: Metric
) -> tuple[Movement, ...]:
    """Every macro-category, by its share of all traffic: in the order of the newer data, then those that are gone."""
    before, after = (
        _standings(
            each.macro_categories,
            top_categories(each, metric),
            key=lambda category: category.key,
            share=lambda category: traffic_share(category, metric),
        )
        for each in (earlier, data)
    )
    return _movements(before, after)


def task_movements(
    earlier: TaskClassificationData, data: TaskClassificationData, metric: Metric, *, category: str | None = None
) -> tuple[Movement, ...]:
    """Every task, or those of one macro-category, by share of all traffic: in the newer order, then those gone.

    A task that moved to this macro-category is not new: it has its earlier share, but no earlier rank. One that moved
    away is not gone: it is left out.
    """
    before, after = (
        _standings(
            each.classifications,
            top_tasks(each, metric, category=category),
            key=lambda task: task.tag,
            share=lambda task: traffic_share(task, metric),
        )
        for each in (earlier, data)
    )
    newest = {**before, **after}
    return tuple(
        movement
        for movement in _movements(before, after)
        if category in (None, newest[movement.key].entry.macro_category)
    )


def model_movements(
    earlier_task: TaskClassificationItem | None, task: TaskClassificationItem | None, metric: Metric
) -> tuple[Movement, ...]:
    """Every model that a task listed or lists, by its share of the task: in the newer order, then those gone.

    None stands for a snapshot without the task. By tokens, models have no rank.
    """
    before, after = (
        _standings(
            each.models,
            top_models(each, metric),
            key=lambda model: model.id,
            share=lambda model: tag_share(model, metric),
        )
        if each
        else {}
        for each in (earlier_task, task)
    )
    return _movements(before, after)


def placement_movements(
    earlier: TaskClassificationData, data: TaskClassificationData, metric: Metric
) -> tuple[PlacementMovement, ...]:
    """The models of every task: task by task in the newer order, then the tasks that are gone."""
    before, after = _tasks(earlier), _tasks(data)
    return tuple(
        PlacementMovement(model.key, model.earlier, model.share, model.earlier_rank, model.rank, tag=tag)
        for tag in {**after, **before}
        for model in model_movements(before.get(tag), after.get(tag), metric)
    )


def leads(earlier: TaskClassificationData, data: TaskClassificationData) -> tuple[Lead, ...]:
    """Who led and who leads each task that both snapshots have, in the newer order."""
    before = _tasks(earlier)
    return tuple(
        Lead(tag, _leader_id(before[tag]), _leader_id(task)) for tag, task in _tasks(data).items() if tag in before
    )


def new_models(earlier: TaskClassificationData, data: TaskClassificationData) -> tuple[str, ...]:
    """The ids of the models that a task lists now and none did before, in order of first appearance."""
    known = set(model_ids(earlier))
    return tuple(model_id for model_id in model_ids(data) if model_id not in known)


def gone_models(earlier: TaskClassificationData, data: TaskClassificationData) -> tuple[str, ...]:
    """The ids of the models that a task listed before and none does now, in order of first appearance."""
    return new_models(data, earlier)


def largest_rises(movements: Iterable[M], most: int) -> tuple[M, ...]:
    """The rises, at most `most`, the largest first; equal ones keep their order."""
    rises = (movement for movement in movements if movement.status is Status.ROSE)
    return tuple(sorted(rises, key=_size, reverse=True)[:most])


def largest_falls(movements: Iterable[M], most: int) -> tuple[M, ...]:
    """The falls, at most `most`, the largest first; equal ones keep their order."""
    falls = (movement for movement in movements if movement.status is Status.FELL)
    return tuple(sorted(falls, key=_size, reverse=True)[:most])


def _size(movement: Movement) -> float:
    return abs(movement.change or 0.0)


def _tasks(data: TaskClassificationData) -> dict[str, TaskClassificationItem]:
    """The tasks by tag, in the order of the source; of tasks with the same tag, the first counts."""
    tasks: dict[str, TaskClassificationItem] = {}
    for task in data.classifications:
        tasks.setdefault(task.tag, task)
    return tasks


def _leader_id(task: TaskClassificationItem) -> str | None:
    model = leading_model(task)
    return model.id if model else None


def _standings(
    entries: Iterable[T], ranked: Sequence[Ranked[T]], *, key: Callable[[T], str], share: Callable[[T], float]
) -> dict[str, Ranked[T]]:
    """The entries by key, in the order of the source, with their ranks; of equal keys, the first counts."""
    ranks = {row.entry: row.rank for row in reversed(ranked)}
    standings: dict[str, Ranked[T]] = {}
    for entry in entries:
        standings.setdefault(key(entry), Ranked(entry, share(entry), ranks.get(entry)))
    return standings


def _movements(before: Mapping[str, Ranked[T]], after: Mapping[str, Ranked[T]]) -> tuple[Movement, ...]:
    return tuple(_movement(key, before.get(key), after.get(key)) for key in {**after, **before})


def _movement(key: str, before: Ranked[T] | None, after: Ranked[T] | None) -> Movement:
    return Movement(
        key,
        earlier=before.share if before else None,
        share=after.share if after else None,
        earlier_rank=before.rank if before else None,
        rank=after.rank if after else None,
    )
