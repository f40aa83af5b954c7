"""What `/autopost` replies after it has done what a moderator asked."""

from datetime import datetime

import discord

from bot.autopost.plans import Plan
from bot.market.editions import Edition
from bot.presentation.plan_texts import confirmation

POST_NOW = "Post now"


def added(plan: Plan, edition: Edition | None, *, now: datetime) -> str:
    """Confirm a new plan; a preview of its posts stands below."""
    return f"{confirmation(plan, edition, now=now)}\nIt will look like this:"


def removed(channel_id: int) -> str:
    """Confirm that a plan is removed."""
    return f"Removed the autopost to <#{channel_id}>."


def paused(channel_id: int) -> str:
    """Confirm that a plan is paused."""
    return f"Paused the autopost to <#{channel_id}>. Use `/autopost resume` to resume it."


def resumed(channel_id: int, *, upcoming: datetime) -> str:
    """Confirm that a plan posts again, with its next time (aware UTC)."""
    return f"Resumed the autopost to <#{channel_id}>. Next post: {discord.utils.format_dt(upcoming, 'F')}."


def posted(channel_id: int) -> str:
    """Confirm a post that a moderator asked for."""
    return f"Posted to <#{channel_id}>."


def not_posted() -> str:
    """Explain why there is no post although a moderator asked for one."""
    return (
        "Nothing was posted: this data is already posted or being posted, or Discord refused it. See `/autopost list`."
    )
