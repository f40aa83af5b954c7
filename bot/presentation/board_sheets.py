"""Make the sheet of a board: one function for each kind of board."""

from collections.abc import Callable, Mapping

from bot.market.boards import Board, BoardKind, Metric
from bot.market.editions import Edition
from bot.market.models import RANKINGS_URL, SYNTHETIC
from bot.market.queries import (
    category_label,
    category_share,
    find_category,
    find_task,
    leading_model,
    placements,
    top_models,
    traffic_share,
)
from bot.presentation.board_rows import category_rows, task_row, task_rows
from bot.presentation.changes import (
    changes_in_task,
    changes_of_model,
    first_day_with_changes,
    tasks_with_new_leaders,
    with_change,
)
from bot.presentation.compare_sheets import comparison_page
from bot.presentation.digest_sheets import digest_page
from bot.presentation.figures import Figure, FigureKind, meaning
from bot.presentation.history_sheets import history_page
from bot.presentation.movers_sheets import movers_page
from bot.presentation.pages import Page, Ranking
from bot.presentation.sheets import Row, Sheet, Subject
from bot.presentation.text import clip_apart, percent, plural
from bot.presentation.titles import board_title

TOP_TASKS_OVERALL = 10
MOST_ROWS = 15
MOST_PLACEMENTS = 30
LONGEST_CATEGORY = 24
"""The most cells of a category's label in a sentence."""


def make_sheet(board: Board, edition: Edition, *, age: int | None, is_whole: bool = False) -> Sheet:
    """Make the sheet of a board from an edition; `age` is in days, None for new data. Raise UnknownBoardError.

    If the snapshot does not have the subject, the sheet says so. A whole sheet has all rows, even if a card has no room.
    """
    page = WRITERS[board.ensure_known().kind](board, edition)
    data = edition.snapshot.data
    compared_with, changes_from = _comparison(page, edition)
    return Sheet(
        board=board,
        title=board_title(board, edition),
        lead=page.lead if page.has_dates else f"{page.lead}, last {plural(data.window_days, 'day')}",
        scale=page.scale,
        sections=tuple(ranking.section(is_whole=is_whole) for ranking in page.rankings if ranking.rows),
        notes=page.notes,
        macro_category=page.macro_category,
        category_labels=edition.category_labels,
        id=page.id,
        as_of=data.as_of.isoformat(),
        window_days=data.window_days,
        citation=SYNTHETIC if page.is_synthetic else edition.snapshot.citation,
        compared_with=compared_with,
        changes_from=changes_from,
        age_days=age,
        is_revised=edition.is_revised,
        news=page.news,
        url=None if page.is_synthetic else RANKINGS_URL,
        chart=page.chart,
        is_synthetic=page.is_synthetic,
    )


def _comparison(page: Page, edition: Edition) -> tuple[str | None, str | None]:
    """The days since which changes are measured, and from which on there will be any; None if that is not said."""
    if not page.has_changes:
        return None, None
    if page.chart is not None:
        return page.chart.since.isoformat(), None
    return (edition.earlier.as_of.isoformat() if edition.earlier else None), first_day_with_changes(edition)


def _overview(board: Board, edition: Edition) -> Page:
    metric = board.metric
    return Page(
        lead=f"Share of classified {metric}",
        scale="",
        rankings=(
            Ranking("Categories", category_rows(edition, metric), MOST_ROWS, Subject.CATEGORY, is_inline=True),
            Ranking("Tasks", task_rows(edition, metric), TOP_TASKS_OVERALL),
        ),
        notes=(_explained(metric),),
    )


def _category(board: Board, edition: Edition) -> Page:
    data, metric, key = edition.snapshot.data, board.metric, board.subject
    category = find_category(data, key)
    tasks = task_rows(edition, metric, category=key)
    lead = f"Share of classified {metric}"
    if category is not None:
        lead = f"{percent(traffic_share(category, metric))} of classified {metric}"
    return Page(
        lead=lead,
        scale=f"Bars: {meaning(FigureKind.ALL, metric=metric)}",
        rankings=(Ranking("Tasks", tasks, MOST_ROWS),),
        notes=(_explained(metric) if tasks else f"This data has no task in {category_label(data, key)}.",),
        macro_category=key,
    )


def _explained(metric: Metric) -> str:
    """Say what the figures of tasks with their leaders are."""
    share, of_task = meaning(FigureKind.ALL, metric=metric), meaning(FigureKind.TASK, metric=metric, whole="the task's")
    leader = "its leader's" if metric is Metric.REQUESTS else "the model with the most requests, and its"
    return f"Each task's {share}; {leader} {of_task}."


def _task(board: Board, edition: Edition) -> Page:
    data, metric = edition.snapshot.data, board.metric
    task = find_task(data, board.subject)
    if task is None:
        gone = ("This data has no such task. It may have been renamed or removed.",)
        return Page(f"Share of classified {metric}", scale="", notes=gone, id=board.subject)
    moved = changes_in_task(edition, metric, task.tag)
    has_new_leader = metric is Metric.REQUESTS and task.tag in tasks_with_new_leaders(edition)
    models = tuple(
        Row(
            rank=ranked.rank,
            label=edition.model_names[ranked.entry.id],
            key=ranked.entry.id,
            figures=(Figure(FigureKind.TASK, ranked.share),),
            macro_category=task.macro_category,
            is_new_leader=has_new_leader and ranked.entry == leading_model(task),
        )
        for ranked in top_models(task, metric)
    )
    label = clip_apart([category_label(data, task.macro_category)], LONGEST_CATEGORY)[0]
    within = f"{percent(category_share(task, metric))} of {label}"
    share = meaning(FigureKind.TASK, metric=metric, whole="this task's")
    return Page(
        lead=f"{percent(traffic_share(task, metric))} of classified {metric} ({within})",
        scale=f"Bars: {share}",
        rankings=(Ranking("Models", tuple(with_change(row, moved) for row in models), MOST_ROWS, Subject.MODEL),),
        notes=(_task_note(metric, share) if models else "OpenRouter lists no models for this task.",),
        macro_category=task.macro_category,
        id=task.tag,
    )


def _task_note(metric: Metric, share: str) -> str:
    if metric is Metric.REQUESTS:
        return f"Each model's {share}."
    return f"The models with the most requests, by {share}. Others may have more tokens."


def _model(board: Board, edition: Edition) -> Page:
    data, metric, model_id = edition.snapshot.data, board.metric, board.subject
    moved = changes_of_model(edition, metric, model_id)
    rows = tuple(
        with_change(task_row(place.task, rank=place.rank, figures=(Figure(FigureKind.TASK, place.share),)), moved)
        for place in placements(data, model_id, metric)
    )
    of_task, of_each = (meaning(FigureKind.TASK, metric=metric, whole=f"{one} task's") for one in ("the", "each"))
    notes = (f"Rank by requests among the task's models, and {of_task}.",)
    if not rows:
        notes = ("No task lists this model. Each task lists only its top models.",)
    return Page(
        lead=f"Its share of {metric} in {len(rows)} of {plural(len(data.classifications), 'task')}",
        scale=f"Bars: {of_each}",
        rankings=(Ranking("Tasks", rows, MOST_PLACEMENTS),),
        notes=notes,
        id=model_id,
    )


WRITERS: Mapping[BoardKind, Callable[[Board, Edition], Page]] = {
    BoardKind.OVERVIEW: _overview,
    BoardKind.CATEGORY: _category,
    BoardKind.TASK: _task,
    BoardKind.MODEL: _model,
    BoardKind.MOVERS: movers_page,
    BoardKind.DIGEST: digest_page,
    BoardKind.COMPARE: comparison_page,
    BoardKind.HISTORY: history_page,
}
"""What writes the page of each kind of board. To add a kind of board, add its function here."""
