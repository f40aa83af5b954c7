"""The plans of the daily posts, kept in the database."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.autopost.plans import MOST_PLANS, Plan, PlanRequest, ScheduleBasis, UnreadablePlan
from bot.autopost.remarks import Problem, Result
from bot.autopost.setbacks import Setbacks
from bot.autopost.transitions import PLANS, PlanEvent, PlanState
from bot.errors import ErrorCode, PlanError
from bot.storage.database import Database
from bot.storage.plan_rows import (
    UNHINDERED,
    WITHOUT_SETBACKS,
    columns_of,
    columns_of_problem,
    columns_of_result,
    columns_of_setbacks,
    load_plans,
    sort_out,
)
from bot.storage.removed_posts import forget_old_posts, load_posted, note_posts
from bot.storage.schema import plans, schedule_basis

ENDED_KEPT_FOR = timedelta(days=30)
LEFT_ALONE_FOR = timedelta(seconds=10)
"""How long after a refusal a moderator's command does not have the plan tried again."""

ONLY_ROW = 1

log = logging.getLogger(__name__)


class PlanStore:
    """Plans, kept in the database."""

    def __init__(self, database: Database) -> None:
        """Keep them in `database`."""
        self._database = database
        self._unreadable: set[int] = set()

    async def add(self, request: PlanRequest, *, now: datetime) -> Plan:
        """Keep a new plan; raise PlanError if there are too many or the same one is there.

        It does not post again what a removed or ended plan of the same board has posted to that channel lately.
        """
        board = str(request.board)
        async with self._database.transaction(alone_in=plans) as connection:
            await _refuse_if_full(connection, request.guild_id, channel_id=request.channel_id, board=board)
            posted = await load_posted(connection, request.channel_id, board, now=now)
            inserted = sa.insert(plans).values(**columns_of(request, now), posted=posted).returning(*plans.c)
            (plan,), _ = sort_out([(await connection.execute(inserted)).one()])
            return plan

    async def load(self, plan_id: int) -> Plan | None:
        """Load one plan; none if it is gone."""
        return next(iter(await self._load(plans.c.id == plan_id)), None)

    async def load_guild(self, guild_id: int) -> Sequence[Plan]:
        """Load a server's plans, oldest first."""
        return await self._load(plans.c.guild_id == guild_id)

    async def load_unreadable(self, guild_id: int) -> Sequence[UnreadablePlan]:
        """Load those of a server's plans that this version cannot carry out."""
        return (await load_plans(self._database, _in_order(plans.c.guild_id == guild_id)))[1]

    async def remove(self, plan_id: int, *, guild_id: int, now: datetime) -> bool:
        """Forget a plan and its posts, but for what it has posted lately; tell whether the server had it."""
        async with self._database.transaction() as connection:
            await note_posts(connection, plan_id, guild_id=guild_id, now=now)
            return (await connection.execute(sa.delete(plans).where(*_owned(plan_id, guild_id)))).rowcount > 0

    async def pause(self, plan_id: int, *, guild_id: int) -> bool:
        """Let a plan rest; tell whether the server has it."""
        return await self._change(_after(PlanEvent.PAUSE).where(*_owned(plan_id, guild_id)))

    async def resume(self, plan_id: int, *, guild_id: int, now: datetime) -> bool:
        """Let a plan post again, from `now` on, also one that has ended; tell whether the server has it.

        Raise PlanError if an ended one has been replaced, or there are too many without it.
        """
        async with self._database.transaction(alone_in=plans) as connection:
            found = sa.select(plans).where(*_owned(plan_id, guild_id))
            row = (await connection.execute(found)).one_or_none()
            if row is None:
                return False
            if row.state == PlanState.ENDED:
                await _refuse_if_full(connection, guild_id, channel_id=row.channel_id, board=row.board)
            resumed = _after(PlanEvent.RESUME).values(ended_at=None, since=now, look_at=now, **UNHINDERED)
            return (await connection.execute(resumed.where(plans.c.id == plan_id))).rowcount > 0

    async def load_due(self, now: datetime, *, limit: int) -> Sequence[Plan]:
        """Load the active plans to look at by now, the longest due first."""
        known = len(self._unreadable)
        due = sa.select(plans).where(*self._lively(), plans.c.look_at <= now)
        found = await self._load_readable(due.order_by(plans.c.look_at, plans.c.id).limit(limit))
        took_places = len(self._unreadable) > known
        return await self.load_due(now, limit=limit) if took_places else found

    async def load_next_look(self, *, after: datetime | None = None) -> datetime | None:
        """Tell when the next active plan is to be looked at, or the next one after an instant (aware UTC)."""
        later = [] if after is None else [plans.c.look_at > after]
        earliest = sa.select(plans.c.look_at).where(*self._lively(), *later)
        async with self._database.reading() as connection:
            return (await connection.execute(earliest.order_by(plans.c.look_at).limit(1))).scalar_one_or_none()

    async def look_again(self, plan_id: int, at: datetime, *, waits_for_data: bool = False) -> None:
        """Look at a plan again at an instant (aware UTC), or as soon as there is new data."""
        again = sa.update(plans).values(look_at=at, waits_for_data=waits_for_data)
        await self._change(again.where(plans.c.id == plan_id))

    async def look_at_all(self, now: datetime, *, waiting_only: bool) -> None:
        """Look at all active plans now, or at those that wait for data."""
        waiting = [plans.c.waits_for_data] if waiting_only else []
        if not waiting_only:
            await self._load_readable(sa.select(plans).where(plans.c.state == PlanState.ACTIVE))
        where = [*self._lively(), *waiting, plans.c.look_at > now]
        await self._change(sa.update(plans).where(*where).values(look_at=now))

    async def look_at_refused(self, guild_id: int, now: datetime) -> None:
        """Look now at those of a server's plans that Discord refused ten seconds ago or earlier."""
        where = [
            *self._lively(),
            plans.c.guild_id == guild_id,
            plans.c.problem_code.is_not(None),
            plans.c.refused_at <= now - LEFT_ALONE_FOR,
            plans.c.look_at > now,
        ]
        await self._change(sa.update(plans).where(*where).values(look_at=now))

    async def load_schedule_basis(self) -> ScheduleBasis | None:
        """Load what the next looks were computed from."""
        async with self._database.reading() as connection:
            row = (await connection.execute(sa.select(schedule_basis))).one_or_none()
        return None if row is None else ScheduleBasis(zone_rules=row.zone_rules, clock=row.clock)

    async def save_schedule_basis(self, basis: ScheduleBasis) -> None:
        """Keep what the next looks are computed from."""
        async with self._database.transaction(alone_in=schedule_basis) as connection:
            await connection.execute(sa.delete(schedule_basis))
            values = {"id": ONLY_ROW, "zone_rules": basis.zone_rules, "clock": basis.clock}
            await connection.execute(sa.insert(schedule_basis).values(**values))

    async def forget_old(self, now: datetime) -> None:
        """Forget the plans that ended 30 days ago, and what removed plans posted 3 days ago."""
        async with self._database.transaction() as connection:
            ended = plans.c.state.in_(PLANS.states_before(PlanEvent.FORGET)), plans.c.ended_at < now - ENDED_KEPT_FOR
            await connection.execute(sa.delete(plans).where(*ended))
            await forget_old_posts(connection, now)

    async def settle(self, plan_id: int, instant: datetime, *, result: Result, now: datetime) -> None:
        """Close an instant (aware UTC) that brought no post, and keep why."""
        settled = sa.update(plans).values(
            settled=instant, refusals=0, look_at=now, waits_for_data=False, **columns_of_result(result)
        )
        not_older = sa.or_(plans.c.settled.is_(None), plans.c.settled <= instant)
        await self._change(settled.where(plans.c.id == plan_id, not_older))

    async def end(self, plan_id: int, *, problem: Problem, now: datetime) -> None:
        """Let a plan post no more; it is kept for a while, so that the list can say why."""
        ended = _after(PlanEvent.LOSE_PLACE).values(ended_at=now, **WITHOUT_SETBACKS, **columns_of_problem(problem))
        await self._change(ended.where(plans.c.id == plan_id))

    async def report(
        self, plan_id: int, problem: Problem, *, setbacks: Setbacks, now: datetime, look_at: datetime
    ) -> None:
        """Keep what hinders a plan since `now`, and when to try again (both aware UTC)."""
        columns = columns_of_problem(problem) | columns_of_setbacks(setbacks, now)
        await self._change(sa.update(plans).values(look_at=look_at, **columns).where(plans.c.id == plan_id))

    async def clear(self, plan_id: int) -> None:
        """Forget what hindered a plan."""
        await self._change(sa.update(plans).where(plans.c.id == plan_id).values(**UNHINDERED))

    async def _load(self, *where: sa.ColumnElement[bool]) -> list[Plan]:
        return (await load_plans(self._database, _in_order(*where)))[0]

    def _lively(self) -> tuple[sa.ColumnElement[bool], ...]:
        """Of which plans the poster takes care: those that are active and can be read."""
        return plans.c.state == PlanState.ACTIVE, plans.c.id.not_in(self._unreadable)

    async def _load_readable(self, query: sa.Select[tuple[object, ...]]) -> list[Plan]:
        """Load plans, and leave those alone from now on that cannot be read."""
        readable, unreadable = await load_plans(self._database, query)
        for plan in unreadable:
            if plan.id not in self._unreadable:
                log.error(
                    "Plan %d is left alone: its %s cannot be read. Use the version that made it.",
                    plan.id,
                    plan.why.code,
                )
        self._unreadable.update(plan.id for plan in unreadable)
        return readable

    async def _change(self, statement: sa.Update | sa.Delete) -> bool:
        async with self._database.transaction() as connection:
            return (await connection.execute(statement)).rowcount > 0


def _after(event: PlanEvent) -> sa.Update:
    """Change the state of the plans to which this can happen."""
    (state,) = {PLANS.state_after(before, event) for before in PLANS.states_before(event)}
    return sa.update(plans).where(plans.c.state.in_(PLANS.states_before(event))).values(state=state)


def _in_order(*where: sa.ColumnElement[bool]) -> sa.Select[tuple[object, ...]]:
    return sa.select(plans).where(*where).order_by(plans.c.id)


def _owned(plan_id: int, guild_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return plans.c.id == plan_id, plans.c.guild_id == guild_id


async def _refuse_if_full(connection: AsyncConnection, guild_id: int, *, channel_id: int, board: str) -> None:
    """Raise PlanError if a server has too many plans, or one of that board in that channel."""
    kept = sa.select(plans.c.channel_id, plans.c.board).where(
        plans.c.guild_id == guild_id, plans.c.state != PlanState.ENDED
    )
    rows = (await connection.execute(kept)).all()
    if (channel_id, board) in [tuple(row) for row in rows]:
        raise PlanError(ErrorCode.PLAN_EXISTS)
    if len(rows) >= MOST_PLANS:
        raise PlanError(ErrorCode.TOO_MANY_PLANS, most_plans=MOST_PLANS)
