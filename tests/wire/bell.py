"""Waiting for something to become true, without polling."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds after which a test calls missing what must come: no machine is so busy that it comes any later."""


class Bell:
    """Wakes whoever waits, each time something may have changed."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Let every waiter look again."""
        self._rung.set()
        self._rung = asyncio.Event()

    async def until(self, look: Callable[[], T | None], *, within: float, what: str) -> T:
        """The first thing that `look` finds, or a time-out that says what was missing."""
        try:
            async with asyncio.timeout(within):
                while (found := look()) is None:
                    await self._rung.wait()
        except TimeoutError as exc:
            raise TimeoutError(f"{what}: not within {within} s") from exc
        return found
