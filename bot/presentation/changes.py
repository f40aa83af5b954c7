"""What changed since an edition's earlier snapshot, for the rows of a sheet; nothing without an earlier snapshot."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.market.boards import Metric
from bot.market.editions import Edition, comparable_from
from bot.market.movements import (
    Movement,
    Status,
    category_movements,
    leads,
    model_movements,
    placement_movements,
    task_movements,
)
from bot.market.queries import find_task
from bot.presentation.figures import Figure, FigureKind
from bot.presentation.sheets import Mark, Row

Movements = Mapping[str, Movement]
"""Movements by the key of their row: a category's key, a task's tag or a model's id."""


def changes_of_categories(edition: Edition, metric: Metric) -> Movements:
    """The movements of all macro-categories, by their share of all traffic."""
    if edition.earlier is None:
        return {}
    return _by_key(category_movements(edition.earlier.data, edition.snapshot.data, metric))


def changes_of_tasks(edition: Edition, metric: Metric) -> Movements:
    """The movements of all tasks, by their share of all traffic."""
    if edition.earlier is None:
        return {}
    return _by_key(task_movements(edition.earlier.data, edition.snapshot.data, metric))


def changes_in_task(edition: Edition, metric: Metric, tag: str) -> Movements:
    """The movements of a task's models, by their share of it."""
    if edition.earlier is None:
        return {}
    earlier, task = (find_task(each.data, tag) for each in (edition.earlier, edition.snapshot))
    return _by_key(model_movements(earlier, task, metric))


def changes_of_model(edition: Edition, metric: Metric, model_id: str) -> Movements:
    """The movements of a model's shares of tasks, by the task's tag."""
    if edition.earlier is None:
        return {}
    moved = placement_movements(edition.earlier.data, edition.snapshot.data, metric)
    return {placement.tag: placement for placement in moved if placement.key == model_id}


def tasks_with_new_leaders(edition: Edition) -> frozenset[str]:
    """The tags of the tasks that another model leads than in the earlier snapshot."""
    if edition.earlier is None:
        return frozenset()
    return frozenset(lead.tag for lead in leads(edition.earlier.data, edition.snapshot.data) if lead.changed)


def with_change(row: Row, movements: Movements) -> Row:
    """Put the change of a row's share behind the share, or mark the row as new."""
    moved = movements.get(row.key)
    if moved is None:
        return row
    if moved.status is Status.NEW:
        return replace(row, mark=Mark.NEW)
    share, *others = row.figures
    changes = [] if moved.change is None else [Figure(FigureKind.CHANGE, moved.change)]
    return replace(row, figures=(share, *changes, *others))


def first_day_with_changes(edition: Edition) -> str | None:
    """The day (ISO) from which on cards will show changes, if this edition has nothing to be compared with."""
    data = edition.snapshot.data
    if edition.earlier is not None:
        return None
    day = edition.compared_from or comparable_from(data.as_of, window_days=data.window_days)
    return day.isoformat() if day else None


def _by_key(movements: Iterable[Movement]) -> Movements:
    return {movement.key: movement for movement in movements}
