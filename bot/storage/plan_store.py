"""Stores plans in the database."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.autopost.codes import Problem, Result
from bot.autopost.plans import MOST_PLANS, Plan, PlanRequest, ScheduleBasis, UnreadablePlan
from bot.autopost.setbacks import Setbacks
from bot.autopost.transitions import PLANS, PlanEvent, PlanState
from bot.errors import ErrorCode, PlanError
from bot.storage.database import Database
from bot.storage.plan_rows import (
    NO_PROBLEM,
    NO_SETBACK_COLUMNS,
    columns_of,
    columns_of_problem,
    columns_of_result,
    columns_of_setbacks,
    load_plans,
    read_plans,
)
from bot.storage.removed_posts import forget_old_posted, load_posted, save_posted
from bot.storage.schema import plans, schedule_basis

ENDED_KEPT_FOR = timedelta(days=30)
RETRY_COOLDOWN = timedelta(seconds=10)
"""How long after a refusal a moderator's command does not retry the plan."""

ONLY_ROW = 1

log = logging.getLogger(__name__)


class PlanStore:
    """Plans in the database. Implements `bot.autopost.plans.Plans`."""

    def __init__(self, database: Database) -> None:
        """Use an open database."""
        self._database = database
        self._unreadable: set[int] = set()

    async def add(self, request: PlanRequest, *, now: datetime) -> Plan:
        """Add a plan; raise PlanError if the server has too many, or one for the same board and channel.

        The new plan does not repeat what a removed or ended plan of the same board has lately posted to that channel.
        """
        board = str(request.board)
        async with self._database.transaction(locking=plans) as connection:
            await _refuse_if_full(connection, request.guild_id, channel_id=request.channel_id, board=board)
            posted = await load_posted(connection, request.channel_id, board, now=now)
            inserted = sa.insert(plans).values(**columns_of(request, now), posted=posted).returning(*plans.c)
            (plan,), _ = read_plans([(await connection.execute(inserted)).one()])
            return plan

    async def load(self, plan_id: int) -> Plan | None:
        """Load a plan; return None if it is gone, or if this version cannot read it."""
        return next(iter(await self._load(plans.c.id == plan_id)), None)

    async def load_guild(self, guild_id: int) -> Sequence[Plan]:
        """Load a server's plans that this version can read, oldest first."""
        return await self._load(plans.c.guild_id == guild_id)

    async def load_unreadable(self, guild_id: int) -> Sequence[UnreadablePlan]:
        """Load a server's plans that this version cannot read, oldest first."""
        return (await load_plans(self._database, _select(plans.c.guild_id == guild_id)))[1]

    async def remove(self, plan_id: int, *, guild_id: int, now: datetime) -> bool:
        """Delete a plan and its posts, but remember what it posted in the last 3 days; return whether the server had it.

        A plan in a state of a later version can be removed too.
        """
        async with self._database.transaction() as connection:
            await save_posted(connection, plan_id, guild_id=guild_id, now=now)
            return (await connection.execute(sa.delete(plans).where(*_of_guild(plan_id, guild_id)))).rowcount > 0

    async def pause(self, plan_id: int, *, guild_id: int) -> bool:
        """Pause a plan; return False if the server does not have it or it has ended."""
        return await self._change(_transition(PlanEvent.PAUSE).where(*_of_guild(plan_id, guild_id)))

    async def resume(self, plan_id: int, *, guild_id: int, now: datetime) -> bool:
        """Let a paused or ended plan post again, from `now` on (aware UTC); return whether the server has it.

        Raise PlanError if an ended plan has been replaced, or if the server has too many other plans.
        """
        async with self._database.transaction(locking=plans) as connection:
            found = sa.select(plans).where(*_of_guild(plan_id, guild_id))
            row = (await connection.execute(found)).one_or_none()
            if row is None:
                return False
            if row.state == PlanState.ENDED:
                await _refuse_if_full(connection, guild_id, channel_id=row.channel_id, board=row.board)
            resumed = _transition(PlanEvent.RESUME).values(ended_at=None, since=now, look_at=now, **NO_PROBLEM)
            return (await connection.execute(resumed.where(plans.c.id == plan_id))).rowcount > 0

    async def load_due(self, now: datetime, *, limit: int) -> Sequence[Plan]:
        """Load the active plans whose next look is due at `now` (aware UTC), longest due first, at most `limit`.

        Plans that are due at the same instant are ordered by board, so that each card is made once for all of them.
        """
        known = len(self._unreadable)
        due = sa.select(plans).where(*self._active(), plans.c.look_at <= now)
        found = await self._load_readable(due.order_by(plans.c.look_at, plans.c.board, plans.c.id).limit(limit))
        found_unreadable = len(self._unreadable) > known  # they counted towards the limit
        return await self.load_due(now, limit=limit) if found_unreadable else found

    async def load_next_look(self, *, after: datetime | None = None) -> datetime | None:
        """Load when the next look at an active plan is due, or the first one after an instant (aware UTC)."""
        later = [] if after is None else [plans.c.look_at > after]
        earliest = sa.select(plans.c.look_at).where(*self._active(), *later)
        async with self._database.reading() as connection:
            return (await connection.execute(earliest.order_by(plans.c.look_at).limit(1))).scalar_one_or_none()

    async def look_again(self, plan_id: int, at: datetime, *, waits_for_data: bool = False) -> None:
        """Schedule the next look at a plan (aware UTC); with `waits_for_data`, new data brings it forward."""
        again = sa.update(plans).values(look_at=at, waits_for_data=waits_for_data)
        await self._change(again.where(plans.c.id == plan_id))

    async def look_at_all(self, now: datetime, *, waiting_only: bool) -> None:
        """Make the next look at all active plans due at `now`, or only at those that wait for data."""
        waiting = [plans.c.waits_for_data] if waiting_only else []
        if not waiting_only:
            await self._load_readable(sa.select(plans).where(plans.c.state == PlanState.ACTIVE))
        where = [*self._active(), *waiting, plans.c.look_at > now]
        await self._change(sa.update(plans).where(*where).values(look_at=now))

    async def look_at_refused(self, guild_id: int, now: datetime) -> None:
        """Make the next look due at `now` for a server's plans that Discord refused at least ten seconds ago."""
        where = [
            *self._active(),
            plans.c.guild_id == guild_id,
            plans.c.problem_code.is_not(None),
            plans.c.refused_at <= now - RETRY_COOLDOWN,
            plans.c.look_at > now,
        ]
        await self._change(sa.update(plans).where(*where).values(look_at=now))

    async def load_schedule_basis(self) -> ScheduleBasis | None:
        """Load what the next looks were computed from; None if nothing was saved yet."""
        async with self._database.reading() as connection:
            row = (await connection.execute(sa.select(schedule_basis))).one_or_none()
        return None if row is None else ScheduleBasis(zone_rules=row.zone_rules, clock=row.clock)

    async def save_schedule_basis(self, basis: ScheduleBasis) -> None:
        """Save what the next looks are computed from, in place of what was saved before."""
        async with self._database.transaction(locking=schedule_basis) as connection:
            await connection.execute(sa.delete(schedule_basis))
            values = {"id": ONLY_ROW, "zone_rules": basis.zone_rules, "clock": basis.clock}
            await connection.execute(sa.insert(schedule_basis).values(**values))

    async def forget_old(self, now: datetime) -> None:
        """Delete plans that ended over 30 days ago, and the posts of plans that were removed over 3 days ago."""
        async with self._database.transaction() as connection:
            ended = plans.c.state.in_(PLANS.states_before(PlanEvent.FORGET)), plans.c.ended_at < now - ENDED_KEPT_FOR
            await connection.execute(sa.delete(plans).where(*ended))
            await forget_old_posted(connection, now)

    async def settle(self, plan_id: int, instant: datetime, *, result: Result, now: datetime) -> None:
        """Finish an instant (aware UTC) without a post and store the result, unless a newer one is finished already."""
        settled = sa.update(plans).values(
            settled=instant, refusals=0, look_at=now, waits_for_data=False, **columns_of_result(result)
        )
        not_older = sa.or_(plans.c.settled.is_(None), plans.c.settled <= instant)
        await self._change(settled.where(plans.c.id == plan_id, not_older))

    async def end(self, plan_id: int, *, problem: Problem, now: datetime) -> None:
        """End a plan: it stops posting, and is kept for 30 days so that the list can show why."""
        ended = _transition(PlanEvent.LOSE_PLACE).values(
            ended_at=now, **NO_SETBACK_COLUMNS, **columns_of_problem(problem)
        )
        await self._change(ended.where(plans.c.id == plan_id))

    async def report(
        self, plan_id: int, problem: Problem, *, setbacks: Setbacks, now: datetime, look_at: datetime
    ) -> None:
        """Save the problem of a plan that was refused at `now`, and when to try again (both aware UTC)."""
        columns = columns_of_problem(problem) | columns_of_setbacks(setbacks, now)
        await self._change(sa.update(plans).values(look_at=look_at, **columns).where(plans.c.id == plan_id))

    async def clear(self, plan_id: int) -> None:
        """Clear a plan's problem and setbacks."""
        await self._change(sa.update(plans).where(plans.c.id == plan_id).values(**NO_PROBLEM))

    async def _load(self, *where: sa.ColumnElement[bool]) -> list[Plan]:
        return (await load_plans(self._database, _select(*where)))[0]

    def _active(self) -> tuple[sa.ColumnElement[bool], ...]:
        """The conditions for plans that the poster handles: active, and not known to be unreadable."""
        return plans.c.state == PlanState.ACTIVE, plans.c.id.not_in(self._unreadable)

    async def _load_readable(self, query: sa.Select[tuple[object, ...]]) -> list[Plan]:
        """Load the plans that can be read; log the others once, and skip them from now on."""
        readable, unreadable = await load_plans(self._database, query)
        for plan in unreadable:
            if plan.id not in self._unreadable:
                log.error(
                    "Plan %d is skipped: its %s cannot be read. Use the version that made it.",
                    plan.id,
                    plan.why.code,
                )
        self._unreadable.update(plan.id for plan in unreadable)
        return readable

    async def _change(self, statement: sa.Update | sa.Delete) -> bool:
        async with self._database.transaction() as connection:
            return (await connection.execute(statement)).rowcount > 0


def _transition(event: PlanEvent) -> sa.Update:
    """An UPDATE that applies an event to the plans whose state allows it."""
    (state,) = {PLANS.state_after(before, event) for before in PLANS.states_before(event)}
    return sa.update(plans).where(plans.c.state.in_(PLANS.states_before(event))).values(state=state)


def _select(*where: sa.ColumnElement[bool]) -> sa.Select[tuple[object, ...]]:
    return sa.select(plans).where(*where).order_by(plans.c.id)


def _of_guild(plan_id: int, guild_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return plans.c.id == plan_id, plans.c.guild_id == guild_id


async def _refuse_if_full(connection: AsyncConnection, guild_id: int, *, channel_id: int, board: str) -> None:
    """Raise PlanError if a server has too many plans, or one for that board and channel; ended plans don't count."""
    kept = sa.select(plans.c.channel_id, plans.c.board).where(
        plans.c.guild_id == guild_id, plans.c.state != PlanState.ENDED
    )
    rows = (await connection.execute(kept)).all()
    if (channel_id, board) in [tuple(row) for row in rows]:
        raise PlanError(ErrorCode.PLAN_EXISTS)
    if len(rows) >= MOST_PLANS:
        raise PlanError(ErrorCode.TOO_MANY_PLANS, most_plans=MOST_PLANS)
