"""Converts plans to database rows and back."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from bot.autopost.codes import Problem, ProblemCode, Result, ResultCode, Unreadable, UnreadableCode
from bot.autopost.plans import Plan, PlanRequest, UnreadablePlan
from bot.autopost.schedule import Days, Progress, Schedule, zone_named
from bot.autopost.setbacks import Setbacks
from bot.autopost.transitions import PLANS, PlanEvent, PlanState
from bot.market.boards import Board
from bot.storage.database import Database
from bot.storage.schema import plans

PlanRow = sa.Row[tuple[object, ...]]

MALFORMED = (ValueError, TypeError)
"""What SQLAlchemy raises if a stored value does not have its column's type."""

NO_SETBACK_COLUMNS = {"refusals": 0, "refused_since": None, "refused_at": None, "missing": 0, "missing_at": None}
"""The columns of a plan that was not refused since its last post."""

NO_PROBLEM = {"problem_code": None, "problem_parameters": None, **NO_SETBACK_COLUMNS}
"""The columns of a plan without a problem."""


def columns_of(request: PlanRequest, now: datetime) -> dict[str, object]:
    """The columns of a new plan."""
    return {
        "guild_id": request.guild_id,
        "channel_id": request.channel_id,
        "board": str(request.board),
        "time": request.schedule.time,
        "timezone": request.schedule.timezone,
        "days": request.schedule.days.value,
        "mention_role_id": request.mention_role_id,
        "silent": request.silent,
        "publish": request.publish,
        "state": PLANS.state_after(None, PlanEvent.ADD),
        "since": now,
        "look_at": now,
        "waits_for_data": False,
    }


def columns_of_setbacks(setbacks: Setbacks, now: datetime) -> dict[str, object]:
    """The setback columns of a plan that was refused at `now` (aware UTC)."""
    return {
        "refusals": setbacks.refusals,
        "refused_since": setbacks.since,
        "refused_at": now,
        "missing": setbacks.missing,
        "missing_at": setbacks.missing_at,
    }


def columns_of_problem(problem: Problem | None) -> dict[str, object]:
    """The problem columns of a plan."""
    if problem is None:
        return {"problem_code": None, "problem_parameters": None}
    return {"problem_code": problem.code, "problem_parameters": dict(problem.parameters)}


def columns_of_result(result: Result | None) -> dict[str, object]:
    """The result columns of a plan or a post."""
    if result is None:
        return {"result_code": None, "result_parameters": None}
    return {"result_code": result.code, "result_parameters": dict(result.parameters)}


def read_result(row: sa.Row[tuple[object, ...]]) -> Result | None:
    """Read the result columns of a plan or a post."""
    return None if row.result_code is None else Result(ResultCode(row.result_code), row.result_parameters or {})


async def load_plans(
    database: Database, query: sa.Select[tuple[object, ...]]
) -> tuple[list[Plan], list[UnreadablePlan]]:
    """Load the plans of a query, separated into those that this version can read and those that it cannot."""
    try:
        async with database.reading() as connection:
            return read_plans((await connection.execute(query)).all())
    except MALFORMED:
        return await _load_one_by_one(database, query)


async def _load_one_by_one(
    database: Database, query: sa.Select[tuple[object, ...]]
) -> tuple[list[Plan], list[UnreadablePlan]]:
    """Find the rows with a value that does not fit its column, which SQLite allows, and load the others."""
    keys = query.with_only_columns(plans.c.id, plans.c.channel_id, plans.c.board, maintain_column_froms=True)
    readable: list[Plan] = []
    unreadable: list[UnreadablePlan] = []
    async with database.reading() as connection:
        found = (await connection.execute(keys)).all()
    for key in found:
        try:
            async with database.reading() as connection:
                row = (await connection.execute(sa.select(plans).where(plans.c.id == key.id))).all()
        except MALFORMED:
            why = Unreadable(UnreadableCode.TIMES)
            unreadable.append(UnreadablePlan(id=key.id, channel_id=key.channel_id, board=str(key.board), why=why))
        else:
            one, other = read_plans(row)
            readable, unreadable = [*readable, *one], [*unreadable, *other]
    return readable, unreadable


def read_plans(rows: Iterable[PlanRow]) -> tuple[list[Plan], list[UnreadablePlan]]:
    """Read rows, separated into plans that this version can read and those that it cannot."""
    readable, unreadable = [], []
    for row in rows:
        try:
            readable.append(_read(row))
        except _CannotRead as failed:
            text, why = str(row.board), failed.why
            unreadable.append(UnreadablePlan(id=row.id, channel_id=row.channel_id, board=text, why=why))
    return readable, unreadable


class _CannotRead(Exception):  # noqa: N818 - it never leaves this module
    def __init__(self, code: UnreadableCode, text: str = "") -> None:
        self.why = Unreadable(code, text)
        super().__init__(code)


def _read(row: PlanRow) -> Plan:
    return Plan(
        id=row.id,
        request=PlanRequest(
            guild_id=row.guild_id,
            channel_id=row.channel_id,
            board=_board(row),
            schedule=_schedule(row),
            mention_role_id=row.mention_role_id,
            silent=row.silent,
            publish=row.publish,
        ),
        state=_state(row),
        progress=Progress(since=row.since, settled=row.settled, posted=row.posted),
        problem=_problem(row),
        setbacks=Setbacks(
            refusals=row.refusals, since=row.refused_since, missing=row.missing, missing_at=row.missing_at
        ),
        last_result=read_result(row),
        last_message_id=row.last_message_id,
        last_channel_id=row.last_channel_id,
    )


def _problem(row: PlanRow) -> Problem | None:
    return None if row.problem_code is None else Problem(ProblemCode(row.problem_code), row.problem_parameters or {})


def _board(row: PlanRow) -> Board:
    board = Board.parse(row.board)
    if not board.is_known:
        raise _CannotRead(UnreadableCode.BOARD)
    return board


def _schedule(row: PlanRow) -> Schedule:
    try:
        days = Days(row.days)
    except ValueError:
        raise _CannotRead(UnreadableCode.DAYS, row.days) from None
    try:
        zone_named(row.timezone)
    except ValueError:
        raise _CannotRead(UnreadableCode.TIMEZONE, row.timezone) from None
    return Schedule(row.time, row.timezone, days)


def _state(row: PlanRow) -> PlanState:
    try:
        return PlanState(row.state)
    except ValueError:
        raise _CannotRead(UnreadableCode.STATE, row.state) from None
