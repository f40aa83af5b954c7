"""Background jobs that outlive their failures and end cleanly."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

from bot.errors import RankingsBotError

Job = Callable[[], Awaitable[None]]

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0
"""Seconds."""

log = logging.getLogger(__name__)


@asynccontextmanager
async def supervising(jobs: Mapping[str, Job]) -> AsyncIterator[None]:
    """Run the jobs beside the block; when the block is left they are cancelled and waited for."""
    tasks = [asyncio.create_task(keep_running(job, name=name), name=name) for name, job in jobs.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def contain(job: Awaitable[None], *, name: str) -> bool:
    """Await one job among many; tell whether it succeeded, and log how it failed."""
    try:
        await job
    except RankingsBotError as error:
        log.warning("%s failed: %s", name, error.operator_sentence)
    except Exception:
        log.exception("%s broke", name)
    else:
        return True
    return False


@contextmanager
def passing_over(name: str) -> Iterator[None]:
    """Do one thing among many that others sent; one that cannot be read is logged in one line and passed over."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is, the next one may be read
        log.warning("%s cannot be read (%s): it is passed over", name, type(error).__name__)


def growing_pauses(longest: float = LONGEST_PAUSE) -> Iterator[float]:
    """Give the seconds to wait before each further try: each about twice the one before, with jitter."""
    ceiling = FIRST_PAUSE
    while True:
        yield random.uniform(ceiling / 2, ceiling)  # noqa: S311 - jitter
        ceiling = min(longest, ceiling * 2)


async def keep_running(
    job: Job,
    *,
    name: str,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Run a job to its end; one that fails is logged and started again after a pause, which grows if it fails soon."""
    pauses = growing_pauses()
    while True:
        began = monotonic()
        if await contain(job(), name=name):
            return
        if monotonic() - began > LONGEST_PAUSE:
            pauses = growing_pauses()
        await sleep(next(pauses))
