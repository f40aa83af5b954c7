"""A plan's refusals since its last post: when it is tried again, and when it ends."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

RETRY_WAITS = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
"""The waits after each refusal of one instant; after the last, the plan waits for its next instant or a moderator."""

JITTER = 0.2
"""A wait is up to 20 % longer at random, so that plans that were refused together are not tried together."""

MISSING_CHECKS = 3
"""How many times in a row a place must be found missing before its plan ends."""

MISSING_CHECK_INTERVAL = timedelta(hours=1)
"""The shortest time between two findings that both count, if Discord answers a post with "unknown channel"."""

KICKED_AFTER = timedelta(days=30)
"""How long access must be refused before the bot checks whether it was kicked from the server."""

KICK_CHECK_INTERVAL = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Setbacks:
    """The refusals of a plan since its last post; instants are aware UTC."""

    refusals: int = 0
    """How many times the open instant was refused."""
    since: datetime | None = None
    """When the plan was first refused since its last post."""
    missing: int = 0
    """How many times in a row the plan's channel or server was found missing."""
    missing_at: datetime | None = None
    """When it was last found missing."""

    def refused(self, now: datetime) -> "Setbacks":
        """Count one more refusal."""
        return replace(self, refusals=self.refusals + 1, since=self.since or now)

    def found_missing(self, now: datetime, *, apart: timedelta) -> "Setbacks":
        """Count that the place was found missing, unless the last count was less than `apart` ago."""
        if self.was_found_missing(now, within=apart):
            return self
        return replace(self, missing=self.missing + 1, missing_at=now)

    def found_there(self) -> "Setbacks":
        """Reset the count, as the place exists."""
        return replace(self, missing=0, missing_at=None)

    @property
    def is_gone(self) -> bool:
        """Whether the place was found missing often enough to end the plan."""
        return self.missing >= MISSING_CHECKS

    def may_be_kicked(self, now: datetime) -> bool:
        """Whether the plan has been refused for so long (30 days) that the bot may have been kicked."""
        return self.since is not None and now - self.since >= KICKED_AFTER

    def was_found_missing(self, now: datetime, *, within: timedelta) -> bool:
        """Whether the place was last counted as missing less than `within` ago."""
        return self.missing_at is not None and now - self.missing_at < within

    def next_try(self, now: datetime, *, closes_at: datetime, jitter: float) -> datetime:
        """When to try again (aware UTC), at `closes_at` at the latest; `jitter` is random, from 0 to 1."""
        if self.refusals > len(RETRY_WAITS):
            return closes_at
        wait: timedelta = RETRY_WAITS[max(self.refusals, 1) - 1] * (1 + JITTER * jitter)
        return min(now + wait, closes_at)


NO_SETBACKS = Setbacks()
