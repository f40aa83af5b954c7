"""What moved between the two snapshots of an edition, as rankings: rises, falls, new, no longer listed, new leaders."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from bot.market.boards import Metric
from bot.market.editions import Edition
from bot.market.models import TaskClassificationItem
from bot.market.movements import (
    Movement,
    PlacementMovement,
    Status,
    gone_models,
    largest_falls,
    largest_rises,
    leads,
    new_models,
)
from bot.market.queries import task_label, top_tasks
from bot.presentation.board_rows import find_leader, task_row
from bot.presentation.figures import Figure, FigureKind
from bot.presentation.pages import Ranking
from bot.presentation.sheets import Mark, Place, Row, Subject
from bot.presentation.text import clip_apart, plain, plural, points_in_words

RISES, FALLS, NEW, GONE = "Rises", "Falls", "New", "No longer listed"
NEW_MODELS, GONE_MODELS, NEW_LEADERS = "New models", "Models no longer listed", "New leaders"
UNMOVED = "No share moved by 0.1 points or more."
LONGEST_NAME = 60
"""The most cells of a name in a push notification."""

MARKS = {Status.NEW: Mark.NEW, Status.GONE: Mark.GONE}

M = TypeVar("M", bound=Movement)


def dated(lead: str, edition: Edition) -> str:
    """Add both dates and the unit to a lead, if there is an earlier snapshot."""
    if edition.earlier is None:
        return lead
    return f"{lead}, {edition.earlier.as_of} to {edition.snapshot.as_of}, in points"


def rises_and_falls(
    movements: Sequence[M],
    make_row: Callable[[M], Row],
    *,
    most: int,
    subject: Subject = Subject.TASK,
    is_inline: bool = False,
) -> tuple[Ranking, ...]:
    """The rises and the falls, the largest first."""
    moved = ((RISES, largest_rises(movements, len(movements))), (FALLS, largest_falls(movements, len(movements))))
    return tuple(
        Ranking(heading, tuple(map(make_row, found)), most, subject, is_inline=is_inline) for heading, found in moved
    )


def new_and_gone(
    movements: Sequence[M], make_row: Callable[[M], Row], *, most: int, subject: Subject = Subject.TASK
) -> tuple[Ranking, ...]:
    """What only one of the snapshots lists."""
    found = ((NEW, Status.NEW), (GONE, Status.GONE))
    rows = [
        (heading, tuple(make_row(each) for each in movements if each.status is status)) for heading, status in found
    ]
    return tuple(Ranking(heading, of_it, most, subject, is_inline=True) for heading, of_it in rows)


def new_and_gone_models(edition: Edition, *, most: int) -> tuple[Ranking, ...]:
    """The models in a list of a task that none of the other snapshot's lists has."""
    if edition.earlier is None:
        return ()
    earlier, data = edition.earlier.data, edition.snapshot.data
    found = (
        (NEW_MODELS, new_models(earlier, data), Mark.NEW),
        (GONE_MODELS, gone_models(earlier, data), Mark.GONE),
    )
    return tuple(
        Ranking(
            heading,
            tuple(Row(None, edition.model_names[each], each, (), "", mark=mark) for each in ids),
            most,
            Subject.MODEL,
            is_inline=True,
        )
        for heading, ids, mark in found
    )


def new_leaders(
    edition: Edition, metric: Metric, *, most: int, among: Collection[str] | None = None, is_inline: bool = False
) -> Ranking:
    """The tasks, or those with these tags, that another model leads than before: the largest tasks first."""
    data, tasks = edition.snapshot.data, newest_tasks(edition)
    changed = {
        lead.tag: lead for lead in (leads(edition.earlier.data, data) if edition.earlier else ()) if lead.changed
    }
    by_share = dict.fromkeys(ranked.entry.tag for ranked in top_tasks(data, metric))
    rows = tuple(
        _new_leader(tasks[tag], metric, edition, before=changed[tag].earlier)
        for tag in by_share
        if tag in changed and (among is None or tag in among)
    )
    return Ranking(NEW_LEADERS, rows, most, is_inline=is_inline)


def task_rows_of(edition: Edition) -> Callable[[Movement], Row]:
    """What makes the row of a task's movement."""
    tasks = newest_tasks(edition)
    return lambda movement: with_movement(task_row(tasks[movement.key]), movement, FigureKind.ALL)


def model_rows_of(edition: Edition) -> Callable[[Movement], Row]:
    """What makes the row of a model's movement in one task or in several."""
    tasks = newest_tasks(edition)

    def make_row(movement: Movement) -> Row:
        tag = movement.tag if isinstance(movement, PlacementMovement) else None
        row = Row(None, edition.model_names[movement.key], movement.key, (), tasks[tag].macro_category if tag else "")
        place = Place(task_label(tasks[tag]), tag) if tag else None
        return with_movement(replace(row, place=place), movement, FigureKind.TASK)

    return make_row


def with_movement(row: Row, movement: Movement, kind: FigureKind) -> Row:
    """Put the share, of this kind, the change and the earlier share into a row, or a mark."""
    values = {kind: movement.share, FigureKind.CHANGE: movement.change, FigureKind.EARLIER: movement.earlier}
    figures = tuple(Figure(each, value) for each, value in values.items() if value is not None)
    return replace(row, figures=figures, mark=MARKS.get(movement.status))


def newest_tasks(edition: Edition) -> Mapping[str, TaskClassificationItem]:
    """Each task of both snapshots by tag, as the newer one has it, if it has it."""
    snapshots = [*([edition.earlier] if edition.earlier else []), edition.snapshot]
    return {task.tag: task for each in snapshots for task in reversed(each.data.classifications)}


def is_still(rankings: Iterable[Ranking]) -> bool:
    """Whether nothing rose or fell."""
    return not any(ranking.rows for ranking in rankings if ranking.heading in {RISES, FALLS})


def news_of(rankings: Iterable[Ranking], *, leaders_first: bool = False) -> str:
    """The largest rise and fall, or how many leaders are new, for a push notification; `leaders_first` for both."""
    rows = {ranking.heading: ranking.rows for ranking in rankings}
    moves = [
        f"{_name(row)} {verb} most, {points_in_words(row.change.value)}"
        for heading, verb in ((RISES, "rose"), (FALLS, "fell"))
        for row in rows.get(heading, ())[:1]
        if row.change
    ]
    count = len(rows.get(NEW_LEADERS, ()))
    leaders = [f"{plural(count, 'task')} {'has' if count == 1 else 'have'} a new leader"] if count else []
    others = [
        f"{heading}: {len(rows[heading])}" for heading in (NEW, GONE, NEW_MODELS, GONE_MODELS) if rows.get(heading)
    ]
    said = [*leaders, *moves[:1]] if leaders and leaders_first else moves or leaders or others
    return "; ".join(said) or UNMOVED


def _new_leader(task: TaskClassificationItem, metric: Metric, edition: Edition, *, before: str | None) -> Row:
    leader = find_leader(task, metric, edition, is_new=True)
    if leader is not None and before is not None:
        leader = replace(leader, earlier=edition.model_names[before], earlier_id=before)
    return task_row(task, leader=leader)


def _name(row: Row) -> str:
    return clip_apart([row.name], LONGEST_NAME, sanitize=partial(plain, limit=10 * LONGEST_NAME))[0]
