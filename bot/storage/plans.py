"""The plans of the daily posts, kept in the database."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.autopost.plans import MOST_PLANS, Plan, PlanRequest, PlanState
from bot.autopost.schedule import Days, Progress, Schedule
from bot.errors import PlanError
from bot.market.boards import Board
from bot.storage.database import Database
from bot.storage.schema import plans

ENDED_KEPT_FOR = timedelta(days=30)


class PlanStore:
    """Plans, kept in the database."""

    def __init__(self, database: Database) -> None:
        """Keep them in `database`."""
        self._database = database

    async def add(self, request: PlanRequest, *, now: datetime) -> Plan:
        """Keep a new plan; raise PlanError if there are too many or the same one is there."""
        async with self._database.transaction(alone_in=plans) as connection:
            kept = await _load(connection, plans.c.guild_id == request.guild_id, plans.c.state != PlanState.ENDED)
            if any(_same(plan.request, request) for plan in kept):
                raise PlanError("This board is posted to that channel already: see /autopost list.")
            if len(kept) >= MOST_PLANS:
                raise PlanError(f"This server has {MOST_PLANS} autoposts, the most there can be: remove one first.")
            inserted = sa.insert(plans).values(**_columns(request, now)).returning(plans.c.id)
            plan_id = (await connection.execute(inserted)).scalar_one()
            return (await _load(connection, plans.c.id == plan_id))[0]

    async def load_guild(self, guild_id: int) -> Sequence[Plan]:
        """Load a server's plans, oldest first."""
        async with self._database.reading() as connection:
            return await _load(connection, plans.c.guild_id == guild_id)

    async def remove(self, plan_id: int, *, guild_id: int) -> bool:
        """Forget a plan and its posts; tell whether the server had it."""
        return await self._change(sa.delete(plans).where(*_owned(plan_id, guild_id)))

    async def pause(self, plan_id: int, *, guild_id: int) -> bool:
        """Let a plan rest; tell whether the server has it."""
        paused = sa.update(plans).values(state=PlanState.PAUSED)
        return await self._change(paused.where(*_owned(plan_id, guild_id), plans.c.state != PlanState.ENDED))

    async def resume(self, plan_id: int, *, guild_id: int, now: datetime) -> bool:
        """Let a plan post again, from `now` on; tell whether the server has it."""
        resumed = sa.update(plans).values(state=PlanState.ACTIVE, problem=None, since=now, look_at=now)
        return await self._change(resumed.where(*_owned(plan_id, guild_id), plans.c.state != PlanState.ENDED))

    async def load_due(self, now: datetime, *, limit: int) -> Sequence[Plan]:
        """Load the active plans to look at by now, the longest due first."""
        due = sa.select(plans).where(plans.c.state == PlanState.ACTIVE, plans.c.look_at <= now)
        async with self._database.reading() as connection:
            rows = await connection.execute(due.order_by(plans.c.look_at, plans.c.id).limit(limit))
            return [_plan(row) for row in rows]

    async def load_next_look(self) -> datetime | None:
        """Tell when the next active plan is to be looked at (aware UTC)."""
        earliest = sa.select(plans.c.look_at).where(plans.c.state == PlanState.ACTIVE)
        async with self._database.reading() as connection:
            return (await connection.execute(earliest.order_by(plans.c.look_at).limit(1))).scalar_one_or_none()

    async def look_again(self, plan_id: int, at: datetime, *, waits_for_data: bool = False) -> None:
        """Look at a plan again at an instant (aware UTC), or as soon as there is new data."""
        again = sa.update(plans).values(look_at=at, waits_for_data=waits_for_data)
        await self._change(again.where(plans.c.id == plan_id))

    async def look_at_all(self, now: datetime, *, waiting_only: bool) -> None:
        """Look at all active plans now, or at those that wait for data."""
        where = [plans.c.state == PlanState.ACTIVE, *([plans.c.waits_for_data] if waiting_only else [])]
        await self._change(sa.update(plans).where(*where, plans.c.look_at > now).values(look_at=now))

    async def settle(self, plan_id: int, instant: datetime, *, result: str, now: datetime) -> None:
        """Close an instant (aware UTC) that brought no post, with what is to be said of it."""
        settled = sa.update(plans).values(settled=instant, last_result=result, look_at=now, waits_for_data=False)
        await self._change(settled.where(plans.c.id == plan_id))

    async def end(self, plan_id: int, *, sentence: str, now: datetime) -> None:
        """Let a plan post no more, and forget those that ended long ago."""
        ended = sa.update(plans).values(state=PlanState.ENDED, problem=sentence, ended_at=now)
        await self._change(ended.where(plans.c.id == plan_id))
        await self._change(sa.delete(plans).where(plans.c.ended_at < now - ENDED_KEPT_FOR))

    async def report(self, plan_id: int, problem: str | None) -> None:
        """Keep the sentence that says what hinders a plan, for the list."""
        await self._change(sa.update(plans).where(plans.c.id == plan_id).values(problem=problem))

    async def _change(self, statement: sa.Update | sa.Delete) -> bool:
        async with self._database.transaction() as connection:
            return (await connection.execute(statement)).rowcount > 0


async def _load(connection: AsyncConnection, *where: sa.ColumnElement[bool]) -> list[Plan]:
    rows = await connection.execute(sa.select(plans).where(*where).order_by(plans.c.id))
    return [_plan(row) for row in rows]


def _owned(plan_id: int, guild_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return plans.c.id == plan_id, plans.c.guild_id == guild_id


def _same(one: PlanRequest, other: PlanRequest) -> bool:
    return (one.channel_id, one.board) == (other.channel_id, other.board)


def _columns(request: PlanRequest, now: datetime) -> dict[str, object]:
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
        "state": PlanState.ACTIVE,
        "since": now,
        "look_at": now,
        "waits_for_data": False,
    }


def _plan(row: "sa.Row[tuple[object, ...]]") -> Plan:
    return Plan(
        id=row.id,
        request=PlanRequest(
            guild_id=row.guild_id,
            channel_id=row.channel_id,
            board=Board.parse(row.board),
            schedule=Schedule(row.time, row.timezone, Days(row.days)),
            mention_role_id=row.mention_role_id,
            silent=row.silent,
            publish=row.publish,
        ),
        state=PlanState(row.state),
        progress=Progress(since=row.since, settled=row.settled, posted=row.posted),
        problem=row.problem,
        last_result=row.last_result,
        last_message_id=row.last_message_id,
    )
