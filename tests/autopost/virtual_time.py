"""Virtual time: when all tasks sleep, the clock jumps to the next timer, so that every sleep ends on time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec

BEGIN = datetime(2026, 9, 1, 12, tzinfo=UTC)
"""Noon on the day after the sample's `as_of`."""

Parameters = ParamSpec("Parameters")


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that never waits: when nothing is left to do, its clock jumps to the next timer."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._look = self._selector.select  # type: ignore[attr-defined]  # asyncio's own selector
        self._selector.select = self._skip  # type: ignore[attr-defined]  # as above

    def time(self) -> float:
        return self._now

    def _skip(self, timeout: float | None) -> Any:
        if timeout is None:
            raise AssertionError("all tasks wait, and no timer is set")
        self._now += timeout
        return self._look(0)


def virtual_clock() -> datetime:
    """The present by the running loop's clock."""
    return BEGIN + timedelta(seconds=round(asyncio.get_running_loop().time(), 6))


def in_virtual_time(test: Callable[Parameters, Awaitable[None]]) -> Callable[Parameters, None]:
    """Run a test in its own virtual time."""

    @wraps(test)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        async def run_test() -> None:
            await test(*args, **kwargs)

        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(run_test())

    return run
