"""How fast requests may follow each other."""

import asyncio
from collections.abc import Awaitable, Callable

REQUESTS_A_SECOND = 40
"""Discord allows a bot 50; the rest is left to whoever else needs it."""


class Pace:
    """Gives out turns, evenly spaced: a turn that comes late puts off those after it, so that none ever catch up."""

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
        self._waiting = asyncio.Lock()

    async def turn(self) -> None:
        """Wait for one's turn."""
        monotonic = self._monotonic or asyncio.get_running_loop().time
        async with self._waiting:
            while (early := self._next - monotonic()) > 0:
                await self._sleep(early)
            self._next = monotonic() + self._gap
