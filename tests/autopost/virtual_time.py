"""A time that passes at once: whoever sleeps is woken when everybody does, at the very instant that was meant."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec

BEGIN = datetime(2026, 9, 1, 12, tzinfo=UTC)
"""The day after the sample's `as_of`, at noon."""

Parameters = ParamSpec("Parameters")


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that never waits: when nothing is left to do, it is the time of the next timer at once."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._look = self._selector.select  # type: ignore[attr-defined]  # the selector that asyncio made for itself
        self._selector.select = self._skip  # type: ignore[attr-defined]  # as above

    def time(self) -> float:
        return self._now

    def _skip(self, timeout: float | None) -> Any:
        if timeout is None:
            raise AssertionError("everybody waits, and nothing will ever happen")
        self._now += timeout
        return self._look(0)


def virtual_clock() -> datetime:
    """Tell the present of the running loop."""
    return BEGIN + timedelta(seconds=round(asyncio.get_running_loop().time(), 6))


def in_virtual_time(test: Callable[Parameters, Awaitable[None]]) -> Callable[Parameters, None]:
    """Run a test in a time of its own."""

    @wraps(test)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        async def all_of_it() -> None:
            await test(*args, **kwargs)

        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(all_of_it())

    return run
