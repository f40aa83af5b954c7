"""How long a snapshot is fresh."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.market.protocols import StoredSnapshot
from bot.market.quota import next_snapshot_due_at, settling_time


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """How long a snapshot is served without a request for a newer one."""

    cache_ttl: timedelta = timedelta(hours=12)
    settles_after: timedelta = field(default_factory=settling_time)

    def until(self, held: StoredSnapshot) -> datetime:
        """The instant (aware UTC) from which a newer snapshot is requested."""
        due = next_snapshot_due_at(held.snapshot, settles_after=self.settles_after)
        return min(held.checked_at + self.cache_ttl, due)
