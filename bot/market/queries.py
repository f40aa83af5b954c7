"""Queries on a snapshot in memory: ranks and shares of categories, tasks and models."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from bot.market.boards import Metric
from bot.market.models import (
    TaskClassificationData,
    TaskClassificationItem,
    TaskClassificationMacroCategory,
    TaskClassificationModel,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Ranked(Generic[T]):
    """An entry with its share (fraction 0–1) and its rank; None if the metric cannot rank the entries."""

    entry: T
    share: float
    rank: int | None


@dataclass(frozen=True)
class Placement:
    """A task in which a model is listed: its rank there, by requests, and its share of the task (fraction 0–1)."""

    task: TaskClassificationItem
    rank: int
    share: float


def traffic_share(entry: TaskClassificationItem | TaskClassificationMacroCategory, metric: Metric) -> float:
    """The share of all classified traffic (fraction 0–1)."""
    return entry.usage_share if metric is Metric.REQUESTS else entry.token_share


def category_share(task: TaskClassificationItem, metric: Metric) -> float:
    """The task's share of its macro-category (fraction 0–1)."""
    return task.category_usage_share if metric is Metric.REQUESTS else task.category_token_share


def tag_share(model: TaskClassificationModel, metric: Metric) -> float:
    """The model's share of the task that lists it (fraction 0–1)."""
    return model.tag_usage_share if metric is Metric.REQUESTS else model.tag_token_share


def rank(entries: Sequence[T], share: Callable[[T], float], *, metric: Metric) -> tuple[Ranked[T], ...]:
    """Sort by share, the largest first; equal shares get the same rank unless the source's order separates them.

    The source sorts by requests before it rounds to three decimals. So by requests, the position is the rank, as long
    as the source's order agrees with the shares.
    """
    shares = [share(entry) for entry in entries]
    source_separates = metric is Metric.REQUESTS and all(a >= b for a, b in pairwise(shares))
    ordered = sorted(entries, key=share, reverse=True)
    ranked: list[Ranked[T]] = []
    for position, entry in enumerate(ordered, start=1):
        tied = not source_separates and bool(ranked) and ranked[-1].share == share(entry)
        ranked.append(Ranked(entry, share(entry), ranked[-1].rank if tied else position))
    return tuple(ranked)


def top_categories(data: TaskClassificationData, metric: Metric) -> tuple[Ranked[TaskClassificationMacroCategory], ...]:
    """All macro-categories by share; equal shares get the same rank, because the source does not sort them."""
    by_share = sorted(data.macro_categories, key=lambda category: traffic_share(category, metric), reverse=True)
    shares = [traffic_share(category, metric) for category in by_share]
    return tuple(
        Ranked(category, share, shares.index(share) + 1) for category, share in zip(by_share, shares, strict=True)
    )


def top_tasks(
    data: TaskClassificationData, metric: Metric, *, category: str | None = None
) -> tuple[Ranked[TaskClassificationItem], ...]:
    """All tasks, or those of one macro-category, by share of all classified traffic."""
    tasks = [task for task in data.classifications if category in (None, task.macro_category)]
    return rank(tasks, lambda task: traffic_share(task, metric), metric=metric)


def top_models(task: TaskClassificationItem, metric: Metric) -> tuple[Ranked[TaskClassificationModel], ...]:
    """The listed models of a task, by share. By tokens they have no rank.

    The source lists the top models by requests, so an unlisted model may have more tokens than all listed ones.
    """
    ranked = rank(task.models, lambda model: tag_share(model, metric), metric=metric)
    if metric is Metric.REQUESTS:
        return ranked
    return tuple(Ranked(row.entry, row.share, None) for row in ranked)


def leading_model(task: TaskClassificationItem) -> TaskClassificationModel | None:
    """The model with the most requests in a task; None if the task lists no model."""
    return next((row.entry for row in top_models(task, Metric.REQUESTS)), None)


def placements(data: TaskClassificationData, model_id: str, metric: Metric) -> tuple[Placement, ...]:
    """Every task that lists the model, the largest share first."""
    found = [
        Placement(task, row.rank, tag_share(row.entry, metric))
        for task in data.classifications
        for row in top_models(task, Metric.REQUESTS)
        if row.entry.id == model_id and row.rank is not None
    ]
    return tuple(sorted(found, key=lambda placement: placement.share, reverse=True))


def find_category(data: TaskClassificationData, key: str) -> TaskClassificationMacroCategory | None:
    """The macro-category with this key; None if there is none."""
    return next((category for category in data.macro_categories if category.key == key), None)


def find_task(data: TaskClassificationData, tag: str) -> TaskClassificationItem | None:
    """The task with this tag; None if there is none."""
    return next((task for task in data.classifications if task.tag == tag), None)


def category_label(data: TaskClassificationData, key: str) -> str:
    """The source's own label of a macro-category; its key if the source gives none."""
    category = find_category(data, key)
    return category.label if category and category.label.strip() else key


def task_label(task: TaskClassificationItem) -> str:
    """The source's own label of a task; its tag if the source gives none."""
    return task.display_name if task.display_name.strip() else task.tag


def category_keys(data: TaskClassificationData) -> tuple[str, ...]:
    """The keys of all macro-categories in the source's order, then those that only tasks mention."""
    named = [category.key for category in data.macro_categories]
    return tuple(dict.fromkeys([*named, *(task.macro_category for task in data.classifications)]))


def model_ids(data: TaskClassificationData) -> tuple[str, ...]:
    """The ids of all models that any task lists, in order of first appearance."""
    return tuple(dict.fromkeys(model.id for task in data.classifications for model in task.models))
