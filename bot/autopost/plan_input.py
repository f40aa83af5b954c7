"""Reading what a moderator asks for into a request; wrong input is refused with one sentence."""

import contextlib
from dataclasses import dataclass
from datetime import datetime

from bot.autopost.schedule import Schedule
from bot.autopost.time_input import parse_days, parse_time
from bot.autopost.timezone_input import parse_timezone
from bot.errors import PlanError, UnknownSubjectError
from bot.market.boards import Board, Metric
from bot.market.editions import Edition
from bot.market.search import resolve


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was typed, as it was typed."""

    board: str
    time: str | None = None
    timezone: str | None = None
    days: str | None = None


def read_board(typed: str, edition: Edition) -> Board:
    """Find the board that was meant, by requests unless the text says otherwise; raise UnknownSubjectError."""
    by_requests = [board for board in edition.boards if board.key.endswith(f"/{Metric.REQUESTS}")]
    with contextlib.suppress(UnknownSubjectError):
        return Board.parse(resolve(by_requests, typed, kind="board").key)
    return Board.parse(resolve(edition.boards, typed, kind="board").key)


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
