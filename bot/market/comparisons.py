"""Comparisons: the shares of several models in tasks, or of several tasks' models, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.market.boards import Metric
from bot.market.models import TaskClassificationData, TaskClassificationItem
from bot.market.queries import find_task, model_ids, tag_share


@dataclass(frozen=True)
class Beside:
    """One model's share of one task (fraction 0–1), None if the task does not list the model.

    `listed` is how many models the task lists; 0 if the data does not have the task.
    """

    share: float | None
    listed: int
    most_unlisted: float
    """The share (0–1) that a model that is not listed cannot exceed."""

    @property
    def most(self) -> float:
        """The most that its share can be."""
        return self.most_unlisted if self.share is None else self.share


@dataclass(frozen=True)
class SideBySide:
    """A task or a model, and the shares of what is compared, in the given order. `key` is a tag or an id."""

    key: str
    sides: tuple[Beside, ...]

    @property
    def largest(self) -> float:
        """The largest share (0–1) that is known."""
        return max((side.share for side in self.sides if side.share is not None), default=0.0)

    @property
    def ahead(self) -> frozenset[int]:
        """The places of the largest share, several if they are equal; none if one that is not listed may have a larger one."""
        shares = [side.share for side in self.sides]
        if any(side.share is None and side.most > self.largest for side in self.sides):
            return frozenset()
        return frozenset(place for place, share in enumerate(shares) if share == self.largest)


def compare_models(data: TaskClassificationData, ids: Sequence[str], metric: Metric) -> tuple[SideBySide, ...]:
    """Every task that lists one of the models, with the share of each; the largest share first."""
    rows = [
        SideBySide(task.tag, tuple(_beside(task, model_id, metric) for model_id in ids))
        for task in data.classifications
    ]
    return _largest_first(rows)


def compare_tasks(data: TaskClassificationData, tags: Sequence[str], metric: Metric) -> tuple[SideBySide, ...]:
    """Every model that one of the tasks lists, with its share of each; the largest share first."""
    tasks = [find_task(data, tag) for tag in tags]
    rows = [
        SideBySide(model_id, tuple(_beside(task, model_id, metric) for task in tasks)) for model_id in model_ids(data)
    ]
    return _largest_first(rows)


def _largest_first(rows: Sequence[SideBySide]) -> tuple[SideBySide, ...]:
    listed = [row for row in rows if any(side.share is not None for side in row.sides)]
    return tuple(sorted(listed, key=lambda row: row.largest, reverse=True))


def _beside(task: TaskClassificationItem | None, model_id: str, metric: Metric) -> Beside:
    """A model in a task. The source lists the models with the most requests, so others have no more requests than these.

    Others may have more tokens.
    """
    models = task.models if task else ()
    shares = [tag_share(model, metric) for model in models if model.id == model_id]
    is_bounded = metric is Metric.REQUESTS and bool(models)
    bound = min(tag_share(model, metric) for model in models) if is_bounded else 1.0
    return Beside(max(shares, default=None), len(models), bound)
