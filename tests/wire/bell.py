"""Waiting for a condition without polling."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds after which a test fails if an expected event has not come; enough even for a busy machine."""


class Bell:
    """Wakes all waiters whenever something may have changed."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Let every waiter check its condition again."""
        self._rung.set()
        self._rung = asyncio.Event()

    async def until(self, look: Callable[[], T | None], *, within: float, what: str) -> T:
        """Return the first result of `look`, or raise TimeoutError, which says what was missing."""
        try:
            async with asyncio.timeout(within):
                while (found := look()) is None:
                    await self._rung.wait()
        except TimeoutError as exc:
            raise TimeoutError(f"{what}: not within {within} s") from exc
        return found
