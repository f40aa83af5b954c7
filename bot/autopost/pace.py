"""The rate limiter for the bot's requests to Discord."""

import asyncio
from collections.abc import Awaitable, Callable

REQUESTS_A_SECOND = 40
"""Discord allows a bot 50 requests a second; the rest is left for the bot's other requests."""


class Pace:
    """Spaces requests evenly; after a late request the next ones are delayed too, so that there is never a burst."""

    def __init__(
        self,
        per_second: float = REQUESTS_A_SECOND,
        *,
        monotonic: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Allow `per_second` requests a second; `monotonic` returns seconds."""
        self._gap = 1 / per_second
        self._monotonic = monotonic
        self._sleep = sleep
        self._next = 0.0
        self._waiting = asyncio.Lock()

    async def turn(self) -> None:
        """Wait until the next request may be made."""
        monotonic = self._monotonic or asyncio.get_running_loop().time
        async with self._waiting:
            while (early := self._next - monotonic()) > 0:
                await self._sleep(early)
            self._next = monotonic() + self._gap
