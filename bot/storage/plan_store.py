"""The plans of the daily posts, kept in the database."""

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.autopost.plans import MOST_PLANS, Plan, PlanRequest, PlanState, PostState, ScheduleBasis, UnreadablePlan
from bot.autopost.setbacks import Setbacks
from bot.errors import ErrorCode, PlanError
from bot.storage.database import Database
from bot.storage.plan_rows import UNHINDERED, columns_of, columns_of_setbacks, load_plans, sort_out
from bot.storage.schema import plans, posts, reckonings, removed_posts

ENDED_KEPT_FOR = timedelta(days=30)
REMOVED_POSTS_KEPT_FOR = timedelta(days=3)
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
            posted = await _load_posted(connection, request.channel_id, board, since=now - REMOVED_POSTS_KEPT_FOR)
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
            await _note_posts(connection, plan_id, guild_id=guild_id, now=now)
            return (await connection.execute(sa.delete(plans).where(*_owned(plan_id, guild_id)))).rowcount > 0

    async def pause(self, plan_id: int, *, guild_id: int) -> bool:
        """Let a plan rest; tell whether the server has it."""
        paused = sa.update(plans).values(state=PlanState.PAUSED)
        return await self._change(paused.where(*_owned(plan_id, guild_id), plans.c.state != PlanState.ENDED))

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
            resumed = {"state": PlanState.ACTIVE, "problem": None, "ended_at": None, "since": now, "look_at": now}
            await connection.execute(sa.update(plans).where(plans.c.id == plan_id).values(**resumed, **UNHINDERED))
            return True

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
            plans.c.problem.is_not(None),
            plans.c.refused_at <= now - LEFT_ALONE_FOR,
            plans.c.look_at > now,
        ]
        await self._change(sa.update(plans).where(*where).values(look_at=now))

    async def load_schedule_basis(self) -> ScheduleBasis | None:
        """Load by what the next looks were reckoned."""
        async with self._database.reading() as connection:
            row = (await connection.execute(sa.select(reckonings))).one_or_none()
        return None if row is None else ScheduleBasis(zone_rules=row.zone_rules, clock=row.clock)

    async def save_schedule_basis(self, reckoning: ScheduleBasis) -> None:
        """Keep by what the next looks are reckoned."""
        async with self._database.transaction(alone_in=reckonings) as connection:
            await connection.execute(sa.delete(reckonings))
            values = {"id": ONLY_ROW, "zone_rules": reckoning.zone_rules, "clock": reckoning.clock}
            await connection.execute(sa.insert(reckonings).values(**values))

    async def forget_old(self, now: datetime) -> None:
        """Forget the plans that ended 30 days ago, and what removed plans posted 3 days ago."""
        async with self._database.transaction() as connection:
            await connection.execute(sa.delete(plans).where(plans.c.ended_at < now - ENDED_KEPT_FOR))
            forgotten = removed_posts.c.removed_at < now - REMOVED_POSTS_KEPT_FOR
            await connection.execute(sa.delete(removed_posts).where(forgotten))

    async def settle(self, plan_id: int, instant: datetime, *, result: str, now: datetime) -> None:
        """Close an instant (aware UTC) that brought no post, with what is to be said of it."""
        settled = sa.update(plans).values(
            settled=instant, last_result=result, refusals=0, look_at=now, waits_for_data=False
        )
        not_older = sa.or_(plans.c.settled.is_(None), plans.c.settled <= instant)
        await self._change(settled.where(plans.c.id == plan_id, not_older))

    async def end(self, plan_id: int, *, sentence: str, now: datetime) -> None:
        """Let a plan post no more; it is kept for a while, so that the list can say why."""
        ended = sa.update(plans).values(state=PlanState.ENDED, problem=sentence, ended_at=now, **UNHINDERED)
        await self._change(ended.where(plans.c.id == plan_id))

    async def report(self, plan_id: int, problem: str, *, setbacks: Setbacks, now: datetime, look_at: datetime) -> None:
        """Keep the sentence that says what hinders a plan since `now`, and when to try again (both aware UTC)."""
        hindered = sa.update(plans).values(problem=problem, look_at=look_at, **columns_of_setbacks(setbacks, now))
        await self._change(hindered.where(plans.c.id == plan_id))

    async def clear(self, plan_id: int) -> None:
        """Forget what hindered a plan."""
        await self._change(sa.update(plans).where(plans.c.id == plan_id).values(problem=None, **UNHINDERED))

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
                log.error("Plan %d is left alone: %s. Use the version that made it.", plan.id, plan.why)
        self._unreadable.update(plan.id for plan in unreadable)
        return readable

    async def _change(self, statement: sa.Update | sa.Delete) -> bool:
        async with self._database.transaction() as connection:
            return (await connection.execute(statement)).rowcount > 0


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


async def _load_posted(connection: AsyncConnection, channel_id: int, board: str, *, since: datetime) -> date | None:
    """The newest data of a board that removed or ended plans have posted to a channel."""
    removed = sa.select(removed_posts.c.as_of).where(
        removed_posts.c.channel_id == channel_id, removed_posts.c.board == board, removed_posts.c.removed_at > since
    )
    ended = sa.select(plans.c.posted).where(
        plans.c.channel_id == channel_id, plans.c.board == board, plans.c.state == PlanState.ENDED
    )
    found = [*(await connection.execute(removed)).scalars(), *(await connection.execute(ended)).scalars()]
    return max((as_of for as_of in found if as_of is not None), default=None)


async def _note_posts(connection: AsyncConnection, plan_id: int, *, guild_id: int, now: datetime) -> None:
    """Keep what a plan that is removed has posted lately, or may have."""
    lately = sa.select(plans.c.channel_id, plans.c.board, posts.c.as_of).where(
        *_owned(plan_id, guild_id),
        posts.c.plan_id == plans.c.id,
        posts.c.state != PostState.FAILED,
        posts.c.claimed_at > now - REMOVED_POSTS_KEPT_FOR,
    )
    rows = (await connection.execute(lately)).all()
    if rows:
        noted = [
            {"channel_id": row.channel_id, "board": row.board, "as_of": row.as_of, "removed_at": now} for row in rows
        ]
        await connection.execute(sa.insert(removed_posts), noted)
