"""The page of a board of movers: of all tasks, of a category's tasks, of all models, or of a task's models."""

from collections.abc import Iterator, Sequence

from bot.market.boards import ALL_MODELS, Board, BoardKind
from bot.market.editions import WEEK, Edition
from bot.market.models import Snapshot
from bot.market.movements import model_movements, placement_movements, task_movements
from bot.market.queries import category_label, find_task
from bot.presentation.changes import first_day_with_changes
from bot.presentation.figures import FigureKind, meaning
from bot.presentation.movement_rows import (
    UNMOVED,
    dated,
    is_still,
    model_rows_of,
    new_and_gone,
    new_and_gone_models,
    new_leaders,
    newest_tasks,
    news_of,
    rises_and_falls,
    task_rows_of,
)
from bot.presentation.pages import IMPORT, Page, Ranking
from bot.presentation.sheets import Subject
from bot.presentation.text import plural

MOST_MOVES = 5
MOST_LEADERS = 5
MOST_NAMED = 10
LISTED = "Each task lists only the models with the most requests."


def movers_page(board: Board, edition: Edition) -> Page:
    """Say what moved since the earlier snapshot, or from when on there will be one."""
    about = next(iter(board.subjects), None)
    is_of_task = about is not None and about.kind is BoardKind.TASK
    whole = "this task's" if is_of_task else "each task's"
    is_of_models = is_of_task or board.subject == ALL_MODELS
    kind = FigureKind.TASK if is_of_models else FigureKind.ALL
    lead = meaning(kind, metric=board.metric, whole=whole).replace("all ", "").capitalize()
    absent = _absent(about, edition)
    rankings = () if absent or edition.earlier is None else _rankings(board, about, edition)
    notes = [
        *absent,
        *_too_near(board, edition),
        *(_explained(rankings, is_of_models=is_of_models) if rankings else ()),
    ]
    return Page(
        lead=dated(lead, edition),
        scale=UNMOVED if rankings and is_still(rankings) else LISTED if is_of_models else "",
        rankings=rankings,
        notes=tuple(notes),
        macro_category=_category_of(about, edition),
        id=about.subject if about and is_of_task else None,
        has_dates=edition.earlier is not None,
        has_changes=edition.earlier is not None,
        news=news_of(rankings) if rankings else None,
    )


def _rankings(board: Board, about: Board | None, edition: Edition) -> tuple[Ranking, ...]:
    if about is not None and about.kind is BoardKind.TASK:
        return _of_task(about.subject, edition, board)
    return _of_models(board, edition) if board.subject == ALL_MODELS else _of_tasks(about, edition, board)


def _of_tasks(category: Board | None, edition: Edition, board: Board) -> tuple[Ranking, ...]:
    earlier, data = _both(edition)
    key = category.subject if category else None
    moved, make_row = task_movements(earlier.data, data.data, board.metric, category=key), task_rows_of(edition)
    return (
        *rises_and_falls(moved, make_row, most=MOST_MOVES),
        new_leaders(edition, board.metric, most=MOST_LEADERS, among={each.key for each in moved}),
        *new_and_gone(moved, make_row, most=MOST_NAMED),
    )


def _of_models(board: Board, edition: Edition) -> tuple[Ranking, ...]:
    earlier, data = _both(edition)
    moved = placement_movements(earlier.data, data.data, board.metric)
    return (
        *rises_and_falls(moved, model_rows_of(edition), most=MOST_MOVES, subject=Subject.MODEL),
        new_leaders(edition, board.metric, most=MOST_LEADERS),
        *new_and_gone_models(edition, most=MOST_NAMED),
    )


def _of_task(tag: str, edition: Edition, board: Board) -> tuple[Ranking, ...]:
    before, task = (find_task(each.data, tag) for each in _both(edition))
    if task is None:
        return ()
    moved, make_row = model_movements(before, task, board.metric), model_rows_of(edition)
    return (
        *rises_and_falls(moved, make_row, most=MOST_MOVES, subject=Subject.MODEL),
        new_leaders(edition, board.metric, most=1, among={tag}),
        *new_and_gone(moved, make_row, most=MOST_NAMED, subject=Subject.MODEL),
    )


def _both(edition: Edition) -> tuple[Snapshot, Snapshot]:
    """The earlier snapshot, if there is one, and the newer one."""
    return edition.earlier or edition.snapshot, edition.snapshot


def _category_of(about: Board | None, edition: Edition) -> str | None:
    if about is None:
        return None
    task = newest_tasks(edition).get(about.subject) if about.kind is BoardKind.TASK else None
    return task.macro_category if task else about.subject


def _explained(rankings: Sequence[Ranking], *, is_of_models: bool) -> Iterator[str]:
    if is_still(rankings):
        yield UNMOVED
    if is_of_models:
        yield LISTED


def _absent(about: Board | None, edition: Edition) -> list[str]:
    """Say that the data does not have the subject."""
    if about is None:
        return []
    if about.kind is BoardKind.TASK:
        is_there = find_task(edition.snapshot.data, about.subject) is not None
        return [] if is_there else ["This data has no such task. It may have been renamed or removed."]
    is_there = about.subject in {task.macro_category for task in newest_tasks(edition).values()}
    return [] if is_there else [f"This data has no task in {category_label(edition.snapshot.data, about.subject)}."]


def _too_near(board: Board, edition: Edition) -> list[str]:
    """If the archive does not reach back as far as the board does, say how far, and from when on it will."""
    period = board.days or WEEK
    if edition.reaches_back(period):
        return []
    day = edition.compared_from.isoformat() if edition.compared_from else first_day_with_changes(edition)
    later = [f"Changes over {period} days will show from {day} on."] if day else []
    if edition.earlier is None:
        return [" ".join([f"There is no data from about {period} days before to compare with.", *later, IMPORT])]
    shown = (edition.snapshot.as_of - edition.earlier.as_of).days
    start = f"This shows {plural(shown, 'day')}: there is no data from {period} days before."
    return [" ".join([start, *later, IMPORT])]
