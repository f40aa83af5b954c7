"""Remembers what removed plans posted recently, so that a new plan does not post it again."""

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.autopost.transitions import PlanState, PostState
from bot.storage.schema import plans, posts, removed_posts

KEPT_FOR = timedelta(days=3)


async def load_posted(connection: AsyncConnection, channel_id: int, board: str, *, now: datetime) -> date | None:
    """Load the newest `as_of` of a board that removed or ended plans have posted to a channel; None if there is none.

    Only plans that were removed in the last 3 days count.
    """
    removed = sa.select(removed_posts.c.as_of).where(
        removed_posts.c.channel_id == channel_id,
        removed_posts.c.board == board,
        removed_posts.c.removed_at > now - KEPT_FOR,
    )
    ended = sa.select(plans.c.posted).where(
        plans.c.channel_id == channel_id, plans.c.board == board, plans.c.state == PlanState.ENDED
    )
    found = [*(await connection.execute(removed)).scalars(), *(await connection.execute(ended)).scalars()]
    return max((as_of for as_of in found if as_of is not None), default=None)


async def save_posted(connection: AsyncConnection, plan_id: int, *, guild_id: int, now: datetime) -> None:
    """Save what a plan has posted, or may have posted, in the last 3 days, before the plan is removed."""
    lately = sa.select(posts.c.channel_id, posts.c.board, posts.c.as_of).where(
        plans.c.id == plan_id,
        plans.c.guild_id == guild_id,
        posts.c.plan_id == plans.c.id,
        posts.c.state != PostState.FAILED,
        posts.c.claimed_at > now - KEPT_FOR,
    )
    rows = (await connection.execute(lately)).all()
    if rows:
        noted = [
            {"channel_id": row.channel_id, "board": row.board, "as_of": row.as_of, "removed_at": now} for row in rows
        ]
        await connection.execute(sa.insert(removed_posts), noted)


async def forget_old_posted(connection: AsyncConnection, now: datetime) -> None:
    """Delete the posts of plans that were removed over 3 days ago."""
    await connection.execute(sa.delete(removed_posts).where(removed_posts.c.removed_at < now - KEPT_FOR))
