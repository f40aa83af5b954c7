"""The page of a comparison: models over the tasks that list them, or tasks over their models, side by side."""

from collections.abc import Sequence
from dataclasses import replace

from bot.market.boards import FEWEST_COMPARED, Board, BoardKind, Metric
from bot.market.comparisons import Beside, SideBySide, compare_models, compare_tasks
from bot.market.editions import Edition
from bot.market.queries import find_task
from bot.presentation.board_rows import find_leader, task_row
from bot.presentation.compared import Cell, Compared
from bot.presentation.pages import Page, Ranking
from bot.presentation.row_texts import OTHERS_MAY_HAVE_MORE, leader_in_words
from bot.presentation.sheets import Leader, Row, Subject
from bot.presentation.text import clip_apart, in_a_row, plural
from bot.presentation.titles import board_title

MOST_ROWS = {2: 10, 3: 7, 4: 6}
"""Rows of a card by the number of what it compares: more than two need two lines each in a picture."""

LONGEST_NAME = 40
"""The most cells of a name in a sentence."""

ORDER = "Largest share first"


def comparison_page(board: Board, edition: Edition) -> Page:
    """Put models or tasks side by side."""
    make = _models if board.subjects[0].kind is BoardKind.MODEL else _tasks
    return make(board, edition)


def _models(board: Board, edition: Edition) -> Page:
    data, metric = edition.snapshot.data, board.metric
    names = [board_title(about, edition) for about in board.subjects]
    rows = compare_models(data, [about.subject for about in board.subjects], metric)
    won = [sum(row.ahead == {place} for row in rows) for place in range(len(names))]
    known = _known_in_words(rows, metric, among=len(names))
    compared = tuple(
        Compared(name, about.subject, "", f"ahead in {count} of {known}")
        for name, about, count in zip(names, board.subjects, won, strict=True)
    )
    news = _who_is_ahead(_names(board, edition), won, rows=rows, metric=metric)
    return Page(
        lead=f"Share of each task's {metric}",
        scale=ORDER,
        rankings=(Ranking("Tasks", _task_rows(rows, edition), MOST_ROWS[len(names)], Subject.TASK, compared),),
        notes=(f"{news}.", *(_models_notes(metric) if rows else ())),
        has_changes=False,
        news=news,
    )


def _known_in_words(rows: Sequence[SideBySide], metric: Metric, *, among: int) -> str:
    """How many tasks tell which model is ahead: by tokens, only those that list all of them."""
    known = sum(bool(row.ahead) for row in rows)
    if metric is Metric.REQUESTS:
        return plural(known, "task")
    return f"{plural(known, 'task')} that {'lists' if known == 1 else 'list'} {_all(among)}"


def _all(number: int) -> str:
    return "both" if number == FEWEST_COMPARED else "all"


def _who_is_ahead(names: Sequence[str], won: Sequence[int], *, rows: Sequence[SideBySide], metric: Metric) -> str:
    """Say in how many tasks each model is ahead, the one with the most tasks first."""
    if not rows:
        return "No task lists any of these models"
    if not any(row.ahead for row in rows):
        return f"No task lists {_all(len(names))} of these models, so none can be called ahead by {metric}"
    (most, first), *others = sorted(zip(won, names, strict=True), key=lambda pair: -pair[0])
    said = [f"{first} is ahead in {most or 'none'} of {_known_in_words(rows, metric, among=len(names))}"]
    said += [f"{name} in {count or 'none'}" for count, name in others]
    ties = sum(len(row.ahead) > 1 for row in rows)
    return ", ".join([*said, *([f"with {plural(ties, 'tie')}"] if ties else [])])


def _models_notes(metric: Metric) -> Sequence[str]:
    share = f"Each model's share of the task's {metric}; a task lists only the models with the most requests."
    return (share,) if metric is Metric.REQUESTS else (share, OTHERS_MAY_HAVE_MORE)


def _task_rows(rows: Sequence[SideBySide], edition: Edition) -> tuple[Row, ...]:
    tasks = {task.tag: task for task in edition.snapshot.data.classifications}
    return tuple(replace(task_row(tasks[row.key]), compared=_cells(row)) for row in rows)


def _tasks(board: Board, edition: Edition) -> Page:
    data, metric = edition.snapshot.data, board.metric
    rows = compare_tasks(data, [about.subject for about in board.subjects], metric)
    leaders = _leaders(board, edition)
    compared = tuple(_task(about, leader, edition) for about, leader in zip(board.subjects, leaders, strict=True))
    listed = tuple(Row(None, edition.model_names[row.key], row.key, (), "", compared=_cells(row)) for row in rows)
    news = _who_leads(_names(board, edition), leaders, metric)
    return Page(
        lead=f"Each model's share of the tasks' {metric}",
        scale=ORDER,
        rankings=(Ranking("Models", listed, MOST_ROWS[len(compared)], Subject.MODEL, compared),),
        notes=(f"{news}.", *(_tasks_notes(rows, metric) if rows else ())),
        has_changes=False,
        news=news,
    )


def _task(about: Board, leader: Leader | None, edition: Edition) -> Compared:
    """A task with the model that leads it."""
    name, task = board_title(about, edition), find_task(edition.snapshot.data, about.subject)
    if task is None:
        return Compared(name, about.subject, "", "not in this data")
    said = leader_in_words(leader, leader.name, metric=about.metric) if leader else "no models are listed"
    return Compared(name, task.tag, task.macro_category, said)


def _leaders(board: Board, edition: Edition) -> list[Leader | None]:
    """The model that leads each task, if any, with a name of a usual length."""
    tasks = [find_task(edition.snapshot.data, about.subject) for about in board.subjects]
    found = [find_leader(task, board.metric, edition, is_new=False) if task else None for task in tasks]
    names = clip_apart([leader.name if leader else "" for leader in found], LONGEST_NAME)
    return [leader and replace(leader, name=name) for leader, name in zip(found, names, strict=True)]


def _who_leads(names: Sequence[str], leaders: Sequence[Leader | None], metric: Metric) -> str:
    """Say which model leads which of the tasks."""
    led: dict[str, list[str]] = {}
    for name, leader in zip(names, leaders, strict=True):
        if leader:
            share = leader.figure.text
            said = f"{name} with {share}" if metric is Metric.REQUESTS else f"{share} of {name}"
            led.setdefault(leader.name, []).append(said)
    verb = "leads" if metric is Metric.REQUESTS else "has"
    said_of_all = [f"{leader} {verb} {in_a_row(tasks)}" for leader, tasks in led.items()]
    return "; ".join(said_of_all) or "None of these tasks lists a model"


def _names(board: Board, edition: Edition) -> list[str]:
    """The names of what is compared for a sentence, none longer than usual."""
    return clip_apart([board_title(about, edition) for about in board.subjects], LONGEST_NAME)


def _tasks_notes(rows: Sequence[SideBySide], metric: Metric) -> Sequence[str]:
    everywhere = sum(all(side.share is not None for side in row.sides) for row in rows)
    common = f"{everywhere} of {plural(len(rows), 'model')} {'is' if everywhere == 1 else 'are'} listed in {_all(len(rows[0].sides))}."
    share = f"Each model's share of the task's {metric}; a task lists only the models with the most requests."
    return (common, share) if metric is Metric.REQUESTS else (common, share, OTHERS_MAY_HAVE_MORE)


def _cells(row: SideBySide) -> tuple[Cell, ...]:
    return tuple(
        Cell(side.share, absence="" if side.share is not None else _absence(side), is_ahead=place in row.ahead)
        for place, side in enumerate(row.sides)
    )


def _absence(side: Beside) -> str:
    """Say that a model is not listed: its share is unknown, not zero."""
    return f"not in the top {side.listed}" if side.listed > 1 else "not listed"
