"""A clock that the test moves; its `sleep` takes no real time."""

import asyncio
from datetime import UTC, datetime, timedelta


class EndOfTimeError(Exception):
    """The clock has passed the end of the test."""


class FakeClock:
    """Returns the time that was set; `sleep` moves it and lets other tasks run."""

    def __init__(self, now: datetime, *, until: datetime | None = None) -> None:
        """Start at `now` (aware UTC); a sleep past `until` raises EndOfTimeError."""
        self.now = now
        self.until = until or datetime.max.replace(tzinfo=UTC)
        self.naps: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        """Move forward or back."""
        self.now += by

    async def sleep(self, seconds: float) -> None:
        """Move forward by these seconds."""
        self.naps.append(seconds)
        self.advance(timedelta(seconds=seconds))
        if self.now >= self.until:
            raise EndOfTimeError
        await asyncio.sleep(0)
