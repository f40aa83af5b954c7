"""A clock that a test moves; sleeping by it takes no time."""

import asyncio
from datetime import UTC, datetime, timedelta


class EndOfTimeError(Exception):
    """The sleeper's clock has come to where the test ends."""


class FakeClock:
    """Tells the instant that it was set to; `sleep` moves it on and lets others run."""

    def __init__(self, now: datetime, *, until: datetime | None = None) -> None:
        """Begin at `now` (aware UTC); a sleep that goes past `until` raises EndOfTimeError."""
        self.now = now
        self.until = until or datetime.max.replace(tzinfo=UTC)
        self.naps: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        """Move on, or back."""
        self.now += by

    async def sleep(self, seconds: float) -> None:
        """Move on by so much."""
        self.naps.append(seconds)
        self.advance(timedelta(seconds=seconds))
        if self.now >= self.until:
            raise EndOfTimeError
        await asyncio.sleep(0)
