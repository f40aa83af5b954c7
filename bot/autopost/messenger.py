"""What delivery needs from Discord, as a protocol."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.autopost.outcome import Answer, Place
from bot.autopost.plans import Plan, Post, PostContent
from bot.autopost.schedule import next_instant

SEARCH_MARGIN = timedelta(hours=6)
"""How much earlier than its first instant a post is searched for: clocks differ and jump."""


@dataclass(frozen=True)
class NotThere:
    """The channel's history was read, and it does not hold the post."""


@dataclass(frozen=True)
class CannotTell:
    """The bot may not read the history, or the history is too long to read."""


SearchResult = NotThere | CannotTell | Answer
"""The result of a search for a post: an Answer holds the message that was found, or Discord's error."""


class Messenger(Protocol):
    """Discord, as delivery sees it. The caller has waited for the rate limit before the first request of each call."""

    async def send(self, post: Post) -> Answer | None:
        """Send a post with its nonce; send nothing and return None if its data is no longer available."""

    async def find(self, post: Post, *, since: datetime) -> SearchResult:
        """Search for the post in its channel, from `since` (aware UTC) on."""

    async def may_post(self, content: PostContent) -> bool:
        """Return whether the bot's permissions allow posting to the channel."""

    async def look_for(self, content: PostContent, place: Place) -> Answer:
        """Fetch the channel or the server; the status is 200 if it exists."""

    async def check_token(self) -> Answer:
        """Fetch the bot's own user; the status is 200 if Discord accepts the token."""

    async def publish(self, content: PostContent, message_id: int) -> Answer:
        """Publish a message to the channels that follow an announcement channel; repeating this is harmless."""


def search_start(plan: Plan, post: Post, *, now: datetime) -> datetime:
    """The earliest instant (aware UTC) at which a post may have been sent, minus a margin for wrong clocks.

    This is the first instant of the plan after the day of the data, or earlier if the post or the clock says so.
    """
    day_after = datetime(post.as_of.year, post.as_of.month, post.as_of.day, tzinfo=UTC) + timedelta(days=1)
    first = next_instant(plan.request.schedule, after=max(day_after - timedelta(seconds=1), plan.progress.since))
    return min(first, post.instant, post.first_claimed_at, now) - SEARCH_MARGIN
