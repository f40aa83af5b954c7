"""Reading what a moderator asks for into a request; wrong input is refused with one sentence."""

import contextlib
from dataclasses import dataclass
from datetime import datetime

from bot.autopost.plans import LONGEST_BOARD
from bot.autopost.schedule import Schedule
from bot.autopost.spoken import parse_days, parse_time, parse_timezone
from bot.errors import PlanError, UnknownSubjectError
from bot.market.boards import Board, BoardKind, Metric
from bot.market.editions import Edition
from bot.market.search import Candidate, resolve


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was typed, as it was typed."""

    board: str
    time: str | None = None
    timezone: str | None = None
    days: str | None = None


def postable_boards(edition: Edition) -> list[Candidate]:
    """All boards of an edition that can be posted, by both metrics, the broadest first."""
    overview = [Candidate(BoardKind.OVERVIEW, "Overview")]
    categories = [
        Candidate(Board(BoardKind.CATEGORY, key).name, label) for key, label in edition.category_labels.items()
    ]
    tasks = [
        Candidate(Board(BoardKind.TASK, task.key).name, task.label, (task.key, task.aliases[0]))
        for task in edition.tasks
    ]
    models = [Candidate(Board(BoardKind.MODEL, model.key).name, model.label, (model.key,)) for model in edition.models]
    return [
        _by(metric, board)
        for board in (*overview, *categories, *tasks, *models)
        for metric in Metric
        if len(board.key) + 1 + len(metric) <= LONGEST_BOARD
    ]


def read_board(typed: str, edition: Edition) -> Board:
    """Find the board that was meant, by requests unless the text says otherwise; raise UnknownSubjectError."""
    boards = postable_boards(edition)
    by_requests = [board for board in boards if board.key.endswith(f"/{Metric.REQUESTS}")]
    with contextlib.suppress(UnknownSubjectError):
        return Board.parse(resolve(by_requests, typed, kind="board").key)
    return Board.parse(resolve(boards, typed, kind="board").key)


def _by(metric: Metric, board: Candidate) -> Candidate:
    """The board by a metric; its bare names mean requests, as everywhere."""
    bare = (*board.aliases, board.key, board.label) if metric is Metric.REQUESTS else ()
    return Candidate(f"{board.key}/{metric}", f"{board.label}, by {metric}", bare)


def read_schedule(asked: Asked, *, now: datetime) -> Schedule:
    """Read when to post; raise PlanError with a sentence that says what to type."""
    try:
        return Schedule(
            parse_time(asked.time) if asked.time else None,
            parse_timezone(asked.timezone, now=now) if asked.timezone else "UTC",
            parse_days(asked.days or "every day"),
        )
    except ValueError as wrong:
        raise PlanError(str(wrong)) from None
