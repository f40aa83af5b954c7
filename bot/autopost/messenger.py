"""What delivering a post asks of Discord, and what comes back."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.autopost.outcome import Answer, Place
from bot.autopost.plans import Plan, Post
from bot.autopost.schedule import next_instant

LOOK_BACK = timedelta(hours=6)
"""How far before its first instant a post is looked for: clocks differ, and jump."""


@dataclass(frozen=True)
class NotThere:
    """The channel's history was read, and the post is not in it."""


@dataclass(frozen=True)
class CannotTell:
    """The history is closed to the bot, or longer than it can be read."""


SearchResult = NotThere | CannotTell | Answer
"""What became of looking for a post: an answer with the message that was found, or why nothing could be read."""


class Messenger(Protocol):
    """The Discord side: how a post is sent and looked for; the first request of each call has had its turn."""

    async def send(self, plan: Plan, post: Post) -> Answer | None:
        """Send a post with its nonce; None, with nothing sent, if its data is not there any more."""

    async def find(self, plan: Plan, post: Post, *, since: datetime) -> SearchResult:
        """Look for the bot's own message of that board and `as_of` since an instant (aware UTC)."""

    async def may_post(self, plan: Plan) -> bool:
        """Tell whether Discord would let the bot post to the plan's channel."""

    async def look_for(self, plan: Plan, place: Place) -> Answer:
        """Ask for the plan's channel or server; its status is 200 if it is there."""

    async def check_token(self) -> Answer:
        """Ask Discord who the bot is; the status is 200 if it accepts the token."""

    async def publish(self, plan: Plan, message_id: int) -> Answer:
        """Publish a message to the channels that follow an announcement channel; once more does no harm."""


def earliest(plan: Plan, post: Post, *, now: datetime) -> datetime:
    """Since when a post may be in its channel: since the plan's first instant after the day of its data."""
    day_after = datetime(post.as_of.year, post.as_of.month, post.as_of.day, tzinfo=UTC) + timedelta(days=1)
    first = next_instant(plan.request.schedule, after=max(day_after - timedelta(seconds=1), plan.progress.since))
    return min(first, post.instant, post.claimed_at, now) - LOOK_BACK
