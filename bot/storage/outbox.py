"""The outbox: each post is stored before its request is made, and exactly one process holds it at a time."""

from collections.abc import Collection
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.autopost.codes import Result
from bot.autopost.plans import Plan, Post, PostContent, nonce_of
from bot.autopost.schedule import closes_at
from bot.autopost.transitions import PLANS, POSTS, PlanEvent, PostEvent, PostState
from bot.market.boards import Board
from bot.storage.database import Database
from bot.storage.plan_rows import NO_PROBLEM, columns_of_result, read_result
from bot.storage.schema import plans, posts


class OutboxStore:
    """Posts in the database. Implements `bot.autopost.plans.Outbox`."""

    def __init__(self, database: Database) -> None:
        """Use an open database."""
        self._database = database

    async def claim(
        self, plan: Plan, as_of: date, *, instant: datetime, now: datetime, by_hand: bool = False
    ) -> Post | None:
        """Write a post before it is sent; return None if the plan may not post or the post is taken already.

        Only a claim by hand, on a moderator's request, works for a paused plan or an unsure post.
        """
        event, plan_event = (
            (PostEvent.CLAIM_BY_HAND, PlanEvent.CLAIM_BY_HAND) if by_hand else (PostEvent.CLAIM, PlanEvent.CLAIM)
        )
        async with self._database.transaction() as connection:
            if not PLANS.allows(await _load_state(connection, plan.id), plan_event):
                return None
            earlier = (await connection.execute(_of_day(plan.id, as_of))).one_or_none()
            state = None if earlier is None else earlier.state
            if not POSTS.allows(state, event):
                return None
            claimed = _columns_of_claim(plan, as_of, instant=instant, now=now)
            claimed["state"] = POSTS.state_after(state, event)
            if earlier is None:
                claim = sa.insert(posts).values(plan_id=plan.id, attempts=1, first_claimed_at=now, **claimed)
                return _post((await connection.execute(claim.returning(posts))).one())
            again = _if_unchanged(_post(earlier)).values(attempts=earlier.attempts + 1, **claimed)
            taken = (await connection.execute(again.returning(posts))).one_or_none()
            return None if taken is None else _post(taken)

    async def load_unfinished(self, plan_id: int) -> Post | None:
        """Load the plan's post whose outcome is unknown, the oldest if there are several."""
        unfinished = sa.select(posts).where(
            posts.c.plan_id == plan_id, posts.c.state.in_(POSTS.states_before(PostEvent.ATTEMPT))
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(unfinished.order_by(posts.c.id).limit(1))).one_or_none()
        return None if row is None else _post(row)

    async def load_unsure_days(self, plan_id: int) -> Collection[date]:
        """Load the days (`as_of`) of a plan's unsure posts, which a moderator has to decide on."""
        unsure = sa.select(posts.c.as_of).where(posts.c.plan_id == plan_id, posts.c.state == PostState.UNSURE)
        async with self._database.reading() as connection:
            return (await connection.execute(unsure)).scalars().all()

    async def take_over(self, post: Post, *, now: datetime) -> Post | None:
        """Store one more attempt at a post; return None if another process was faster."""
        attempt = _if_unchanged(post).values(
            state=POSTS.state_after(post.state, PostEvent.ATTEMPT), attempts=post.attempts + 1, attempted_at=now
        )
        async with self._database.transaction() as connection:
            row = (await connection.execute(attempt.returning(posts))).one_or_none()
        return None if row is None else _post(row)

    async def note_message(self, post: Post, *, message_id: int) -> None:
        """Store the message of a post that is not finished yet, as it is still to be published."""
        unfinished = posts.c.state.in_(POSTS.states_before(PostEvent.NOTE_MESSAGE))
        noted = sa.update(posts).where(posts.c.id == post.id, unfinished).values(message_id=message_id)
        async with self._database.transaction() as connection:
            await connection.execute(noted)

    async def mark_sent(self, post: Post, *, message_id: int | None, now: datetime, result: Result) -> None:
        """Store that a post is in its channel, finish its plan's instant, and make the plan's next look due at `now`.

        If a newer post was sent before, the plan keeps showing that one.
        """
        before, columns = POSTS.states_before(PostEvent.SEND), columns_of_result(result)
        sent = sa.update(posts).where(posts.c.id == post.id, posts.c.state.in_(before))
        sent = sent.values(state=POSTS.state_after(post.state, PostEvent.SEND), message_id=message_id, **columns)
        progress = sa.select(plans.c.settled, plans.c.posted).where(plans.c.id == post.plan_id).with_for_update()
        async with self._database.transaction() as connection:
            was_sent = (await connection.execute(sent)).rowcount > 0
            plan = (await connection.execute(progress)).one_or_none()
            if plan is None or not was_sent:
                return
            changes: dict[str, object] = {"look_at": now, "waits_for_data": False}
            if plan.settled is None or plan.settled < post.instant:
                changes["settled"] = post.instant
            if plan.posted is None or plan.posted <= post.as_of:
                changes |= {"posted": post.as_of, **columns, **NO_PROBLEM}
                changes |= {"last_message_id": message_id, "last_channel_id": post.channel_id}
            await connection.execute(sa.update(plans).where(plans.c.id == post.plan_id).values(**changes))

    async def mark(self, post: Post, event: PostEvent, *, result: Result | None = None) -> None:
        """Store what happened to a post, unless another process has stored something since."""
        columns = {"state": POSTS.state_after(post.state, event), **columns_of_result(result)}
        async with self._database.transaction() as connection:
            await connection.execute(_if_unchanged(post).values(**columns))


async def _load_state(connection: AsyncConnection, plan_id: int) -> str | None:
    """Load the state of a plan and lock its row until the transaction ends; None if the plan is gone."""
    state = sa.select(plans.c.state).where(plans.c.id == plan_id).with_for_update()
    return (await connection.execute(state)).scalar_one_or_none()


def _of_day(plan_id: int, as_of: date) -> sa.Select[tuple[object, ...]]:
    return sa.select(posts).where(posts.c.plan_id == plan_id, posts.c.as_of == as_of)


def _columns_of_claim(plan: Plan, as_of: date, *, instant: datetime, now: datetime) -> dict[str, object]:
    """The columns of a claimed post: its plan's content as it is now, and the claim's times."""
    content = plan.request.content
    return {
        "guild_id": content.guild_id,
        "channel_id": content.channel_id,
        "board": str(content.board),
        "mention_role_id": content.mention_role_id,
        "silent": content.silent,
        "publish": content.publish,
        "as_of": as_of,
        "instant": instant,
        "closes_at": closes_at(plan.request.schedule, instant),
        "nonce": nonce_of(plan, as_of),
        "claimed_at": now,
        "attempted_at": now,
    }


def _if_unchanged(post: Post) -> sa.Update:
    """An UPDATE of a post that has not changed since it was read: of two processes exactly one succeeds."""
    return sa.update(posts).where(posts.c.id == post.id, posts.c.state == post.state, posts.c.attempts == post.attempts)


def _post(row: "sa.Row[tuple[object, ...]]") -> Post:
    return Post(
        id=row.id,
        plan_id=row.plan_id,
        content=PostContent(
            guild_id=row.guild_id,
            channel_id=row.channel_id,
            board=Board.parse(row.board),
            mention_role_id=row.mention_role_id,
            silent=row.silent,
            publish=row.publish,
        ),
        as_of=row.as_of,
        instant=row.instant,
        closes_at=row.closes_at,
        nonce=row.nonce,
        state=PostState(row.state),
        attempts=row.attempts,
        first_claimed_at=row.first_claimed_at,
        claimed_at=row.claimed_at,
        attempted_at=row.attempted_at,
        message_id=row.message_id,
        result=read_result(row),
    )
