"""What Discord has refused a plan since its last post, how patiently it is tried again, and when it ends."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

TRY_AGAIN_AFTER = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
"""The waits after the refusals of one instant; then the plan waits for its next instant, or for a moderator."""

JITTER = 0.2
"""The largest part of a wait that is added to it at random, so that plans refused together are not tried together."""

ENDS_AFTER = 3
"""How often in a row a place must be found missing before its plan ends."""

APART = timedelta(hours=1)
"""How far two such findings must lie apart to count twice, if Discord says by itself that the place is missing."""

KICKED_AFTER = timedelta(days=30)
"""How long a plan is refused access before it is asked whether the bot is still in the server."""

APART_WHEN_KICKED = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Setbacks:
    """The refusals of a plan since its last post; instants are aware UTC."""

    refusals: int = 0
    """Of the instant that is open."""
    since: datetime | None = None
    """When the first one came."""
    missing: int = 0
    """How often in a row the plan's channel or server was found missing."""
    missing_at: datetime | None = None
    """When that was counted last."""

    def refused(self, now: datetime) -> "Setbacks":
        """Count one more refusal."""
        return replace(self, refusals=self.refusals + 1, since=self.since or now)

    def found_missing(self, now: datetime, *, apart: timedelta) -> "Setbacks":
        """Count one more finding that the place is missing, if the last one is long enough ago."""
        if self.was_found_missing(now, within=apart):
            return self
        return replace(self, missing=self.missing + 1, missing_at=now)

    def found_there(self) -> "Setbacks":
        """Forget that the place was ever missing."""
        return replace(self, missing=0, missing_at=None)

    @property
    def is_gone(self) -> bool:
        """Whether the place was found missing so often that the plan ends."""
        return self.missing >= ENDS_AFTER

    def lasts_long(self, now: datetime) -> bool:
        """Whether it has been refused for so long that the bot may have been kicked."""
        return self.since is not None and now - self.since >= KICKED_AFTER

    def was_found_missing(self, now: datetime, *, within: timedelta) -> bool:
        """Whether the place was counted as missing lately."""
        return self.missing_at is not None and now - self.missing_at < within

    def next_try(self, now: datetime, *, closes_at: datetime, jitter: float) -> datetime:
        """When to try again (aware UTC) after the last refusal, with a random `jitter` of 0 to 1."""
        if self.refusals > len(TRY_AGAIN_AFTER):
            return closes_at
        wait: timedelta = TRY_AGAIN_AFTER[max(self.refusals, 1) - 1] * (1 + JITTER * jitter)
        return min(now + wait, closes_at)


NO_SETBACKS = Setbacks()
