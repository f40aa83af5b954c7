"""A source that answers by a script, and records when it was asked."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from bot.clock import Clock
from bot.errors import UnreachableError
from bot.market.models import Snapshot, Window
from tests.fakes.answers import snapshot

Script = Callable[[datetime], Snapshot]
"""Returns the answer at an instant, or raises what the client would raise."""

MIDNIGHT = timedelta(0)


def arriving(after: timedelta = MIDNIGHT) -> Script:
    """Yesterday's data from this long after each UTC midnight; before that, the previous day's."""

    def script(now: datetime) -> Snapshot:
        return snapshot((now - after).date() - timedelta(days=1), fetched_at=now)

    return script


def stuck(as_of: str) -> Script:
    """Always the same data."""
    return lambda now: snapshot(as_of, fetched_at=now)


def down(now: datetime) -> Snapshot:
    """No connection."""
    raise UnreachableError("OpenRouter cannot be reached.")


class FakeSource:
    """Answers by the present script, at the clock's time."""

    def __init__(self, clock: Clock, script: Script | None = None) -> None:
        """Answer normally by default; `under_way` is set by the first request."""
        self._clock = clock
        self.script = script or arriving()
        self.names: Callable[[], Mapping[str, str]] = dict
        self.gate: asyncio.Event | None = None
        self.under_way = asyncio.Event()
        self.asked: list[datetime] = []
        self.asked_for_names: list[datetime] = []

    async def get_task_classifications(self, window: Window = "7d") -> Snapshot:
        """Answer by the script, once the gate, if there is one, is open."""
        self.asked.append(self._clock())
        self.under_way.set()
        if self.gate is not None:
            await self.gate.wait()
        return self.script(self._clock())

    async def get_models(self) -> Mapping[str, str]:
        """Return the names."""
        self.asked_for_names.append(self._clock())
        return self.names()

    @property
    def most_a_day(self) -> int:
        """The most requests in a UTC day."""
        days = [at.astimezone(UTC).date() for at in self.asked]
        return max(map(days.count, days), default=0)

    @property
    def most_a_minute(self) -> int:
        """The most requests within any minute."""
        minute = timedelta(minutes=1)
        return max((sum(start <= at < start + minute for at in self.asked) for start in self.asked), default=0)

    @property
    def gaps(self) -> list[timedelta]:
        """The times between consecutive requests."""
        return [later - earlier for earlier, later in pairwise(self.asked)]
