"""How fast requests may follow each other."""

import asyncio
from collections.abc import Awaitable, Callable

REQUESTS_A_SECOND = 40
"""Discord allows a bot 50; the rest is left to whoever else needs it."""


class Pace:
    """Gives out turns, evenly spaced."""

    def __init__(
        self,
        per_second: float = REQUESTS_A_SECOND,
        *,
        monotonic: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Give out `per_second` turns a second; `monotonic` tells seconds."""
        self._gap = 1 / per_second
        self._monotonic = monotonic
        self._sleep = sleep
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for one's turn."""
        now = (self._monotonic or asyncio.get_running_loop().time)()
        start = max(now, self._next)
        self._next = start + self._gap
        if start > now:
            await self._sleep(start - now)
