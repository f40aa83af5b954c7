"""Rows of categories, of tasks and of their leaders, which several kinds of boards show."""

from bot.market.boards import Metric
from bot.market.editions import Edition
from bot.market.models import TaskClassificationItem
from bot.market.queries import (
    category_label,
    category_share,
    leading_model,
    tag_share,
    task_label,
    top_categories,
    top_tasks,
)
from bot.presentation.changes import changes_of_categories, changes_of_tasks, tasks_with_new_leaders, with_change
from bot.presentation.figures import Figure, FigureKind
from bot.presentation.sheets import Leader, Row


def category_rows(edition: Edition, metric: Metric) -> tuple[Row, ...]:
    """All macro-categories with their shares of all traffic and their changes."""
    data, moved = edition.snapshot.data, changes_of_categories(edition, metric)
    rows = (
        Row(
            rank=ranked.rank,
            label=category_label(data, ranked.entry.key),
            key=ranked.entry.key,
            figures=(Figure(FigureKind.ALL, ranked.share),),
            macro_category=ranked.entry.key,
        )
        for ranked in top_categories(data, metric)
    )
    return tuple(with_change(row, moved) for row in rows)


def task_rows(edition: Edition, metric: Metric, *, category: str | None = None) -> tuple[Row, ...]:
    """All tasks, or those of one category with their shares of it, with their changes and leaders."""
    moved, new_leads = changes_of_tasks(edition, metric), tasks_with_new_leaders(edition)
    rows = []
    for ranked in top_tasks(edition.snapshot.data, metric, category=category):
        task = ranked.entry
        within = () if category is None else (Figure(FigureKind.WITHIN, category_share(task, metric)),)
        figures = (Figure(FigureKind.ALL, ranked.share), *within)
        leader = find_leader(task, metric, edition, is_new=task.tag in new_leads)
        rows.append(with_change(task_row(task, rank=ranked.rank, figures=figures, leader=leader), moved))
    return tuple(rows)


def find_leader(task: TaskClassificationItem, metric: Metric, edition: Edition, *, is_new: bool) -> Leader | None:
    """The model with the most requests in a task; None if the task lists no models."""
    model = leading_model(task)
    if model is None:
        return None
    share = Figure(FigureKind.TASK, tag_share(model, metric))
    return Leader(edition.model_names[model.id], model.id, share, is_new)


def task_row(
    task: TaskClassificationItem,
    *,
    rank: int | None = None,
    figures: tuple[Figure, ...] = (),
    leader: Leader | None = None,
) -> Row:
    """A task with these figures."""
    return Row(rank, task_label(task), task.tag, figures, task.macro_category, leader)
