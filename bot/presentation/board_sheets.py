"""Writing the sheet of a board: one function a kind says what there is to say."""

from dataclasses import dataclass

from bot.market.boards import Board, BoardKind, Metric
from bot.market.editions import Edition
from bot.market.models import TaskClassificationItem
from bot.market.queries import (
    Ranked,
    category_label,
    category_share,
    find_category,
    find_task,
    leading_model,
    placements,
    tag_share,
    task_label,
    top_categories,
    top_models,
    top_tasks,
    traffic_share,
)
from bot.presentation.sheets import Leader, Row, Section, Sheet
from bot.presentation.text import clip_apart, percent, plural

TOP_TASKS_OVERALL = 10
MOST_ROWS = 15
MOST_PLACEMENTS = 30
LONGEST_CATEGORY = 24
"""Cells of a category's label inside of a sentence, which has more to say."""


def board_title(board: Board, edition: Edition) -> str:
    """What stands above a board: its subject as people call it, or as the source does where it is gone."""
    data, subject = edition.snapshot.data, board.subject
    if board.kind is BoardKind.OVERVIEW:
        return "What models are used for"
    if board.kind is BoardKind.CATEGORY:
        return category_label(data, subject)
    if board.kind is BoardKind.MODEL:
        return edition.model_names.get(subject, subject)
    task = find_task(data, subject)
    return task_label(task) if task else subject


def make_sheet(board: Board, edition: Edition, *, age: str | None) -> Sheet:
    """Answer a board from an edition; a subject that the snapshot does not have gives a sheet that says so.

    Raise UnknownBoardError.
    """
    writers = {
        BoardKind.OVERVIEW: _overview,
        BoardKind.CATEGORY: _category,
        BoardKind.TASK: _task,
        BoardKind.MODEL: _model,
    }
    page = writers[board.ensure_known().kind](board, edition)
    data = edition.snapshot.data
    return Sheet(
        board=board,
        title=board_title(board, edition),
        lead=f"{page.lead}, last {plural(data.window_days, 'day')}",
        scale=page.scale,
        sections=tuple(section for section in page.sections if section.rows),
        notes=page.notes,
        macro_category=page.macro_category,
        category_labels=edition.category_labels,
        id=page.id,
        as_of=data.as_of.isoformat(),
        window_days=data.window_days,
        citation=edition.snapshot.citation,
        age=age,
    )


@dataclass(frozen=True)
class _Page:
    """What differs from one kind of board to the next."""

    lead: str
    scale: str
    sections: tuple[Section, ...] = ()
    notes: tuple[str, ...] = ()
    macro_category: str | None = None
    id: str | None = None


def _overview(board: Board, edition: Edition) -> _Page:
    data, metric = edition.snapshot.data, board.metric
    categories = tuple(
        Row(ranked.rank, category_label(data, ranked.entry.key), ranked.entry.key, ranked.share, ranked.entry.key)
        for ranked in top_categories(data, metric)
    )
    tasks = tuple(
        Row(ranked.rank, task_label(ranked.entry), ranked.entry.tag, ranked.share, ranked.entry.macro_category)
        for ranked in top_tasks(data, metric)
    )
    return _Page(
        lead=f"Share of classified {metric}",
        scale="",
        sections=(_section("Categories", categories, MOST_ROWS), _section("Tasks", tasks, TOP_TASKS_OVERALL)),
    )


def _category(board: Board, edition: Edition) -> _Page:
    data, metric, key = edition.snapshot.data, board.metric, board.subject
    category = find_category(data, key)
    label = category_label(data, key)
    tasks = tuple(_task_row(ranked, metric, edition) for ranked in top_tasks(data, metric, category=key))
    lead = f"Share of classified {metric}"
    if category is not None:
        lead = f"{percent(traffic_share(category, metric))} of classified {metric}"
    explained = (
        f"Share of all classified {metric}, and within {label}. "
        f"Below each task stands the model with the most requests, with its share of the task's {metric}."
    )
    return _Page(
        lead=lead,
        scale=f"Bars: share of all classified {metric}",
        sections=(_section("Tasks", tasks, MOST_ROWS),),
        notes=(explained if tasks else f"This snapshot has no task in {label}.",),
        macro_category=key,
    )


def _task(board: Board, edition: Edition) -> _Page:
    data, metric = edition.snapshot.data, board.metric
    task = find_task(data, board.subject)
    if task is None:
        gone = ("This snapshot has no such task; it may be renamed or gone.",)
        return _Page(f"Share of classified {metric}", scale="", notes=gone, id=board.subject)
    models = tuple(
        Row(ranked.rank, edition.model_names[ranked.entry.id], ranked.entry.id, ranked.share, task.macro_category)
        for ranked in top_models(task, metric)
    )
    label = clip_apart([category_label(data, task.macro_category)], LONGEST_CATEGORY)[0]
    within = f"{percent(category_share(task, metric))} of {label}"
    return _Page(
        lead=f"{percent(traffic_share(task, metric))} of classified {metric} ({within})",
        scale=f"Bars: share of this task's {metric}",
        sections=(_section("Models", models, MOST_ROWS),),
        notes=_task_notes(metric, bool(models)),
        macro_category=task.macro_category,
        id=task.tag,
    )


def _task_notes(metric: Metric, has_models: bool) -> tuple[str, ...]:  # noqa: FBT001 - said by the caller's word
    if not has_models:
        return ("OpenRouter lists no model for this task.",)
    if metric is Metric.REQUESTS:
        return ("Each model's share of this task's requests.",)
    return ("The models with the most requests, by share of this task's tokens. Others may have more tokens.",)


def _model(board: Board, edition: Edition) -> _Page:
    data, metric, model_id = edition.snapshot.data, board.metric, board.subject
    found = placements(data, model_id, metric)
    rows = tuple(
        Row(place.rank, task_label(place.task), place.task.tag, place.share, place.task.macro_category)
        for place in found
    )
    notes = (f"Rank by requests among the task's models, and share of the task's {metric}.",)
    if not rows:
        notes = ("This model is not among the listed models of any task. Each task lists only its top models.",)
    return _Page(
        lead=f"Its share of {metric} in {len(rows)} of {plural(len(data.classifications), 'task')}",
        scale=f"Bars: share of each task's {metric}",
        sections=(_section("Tasks", rows, MOST_PLACEMENTS),),
        notes=notes,
        id=model_id,
    )


def _task_row(ranked: Ranked[TaskClassificationItem], metric: Metric, edition: Edition) -> Row:
    task = ranked.entry
    model = leading_model(task)
    leader = Leader(edition.model_names[model.id], model.id, tag_share(model, metric)) if model else None
    return Row(
        rank=ranked.rank,
        label=task_label(task),
        key=task.tag,
        share=ranked.share,
        macro_category=task.macro_category,
        share_within=category_share(task, metric),
        leader=leader,
    )


def _section(heading: str, rows: tuple[Row, ...], most: int) -> Section:
    return Section(heading, rows[:most], left_out=max(0, len(rows) - most))
