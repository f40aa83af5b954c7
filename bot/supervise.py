"""Background jobs that are restarted after failures and end cleanly."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

from bot.errors import RankingsBotError

Job = Callable[[], Awaitable[None]]

POLL_INTERVAL = 0.05
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0
"""Seconds between restarts, before jitter."""

log = logging.getLogger(__name__)


@asynccontextmanager
async def supervising(jobs: Mapping[str, Job]) -> AsyncIterator[None]:
    """Run the jobs while the block runs, then cancel them and wait until they have ended."""
    tasks = [asyncio.create_task(keep_running(job, name=name), name=name) for name, job in jobs.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def contain(job: Awaitable[None], *, name: str) -> bool:
    """Await a job and log its failure; return whether it succeeded."""
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
def skip_unreadable(name: str) -> Iterator[None]:
    """Suppress any error in the block, because one unreadable item must not stop the others; log it in one line."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever the error is, the next item may be readable
        log.warning("%s cannot be read (%s) and is skipped", name, type(error).__name__)


def backoff_delays(longest: float = LONGEST_PAUSE) -> Iterator[float]:
    """Yield the seconds to wait before each retry: doubling from 1 up to `longest`, less a jitter of up to half."""
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
    """Run a job until it succeeds; restart it after each failure, with pauses that grow unless it ran for long."""
    pauses = backoff_delays()
    while True:
        began = monotonic()
        if await contain(job(), name=name):
            return
        if monotonic() - began > LONGEST_PAUSE:
            pauses = backoff_delays()
        await sleep(next(pauses))


async def wait_until_set(event: asyncio.Event, longest: timedelta) -> None:
    """Wait until an event is set, but no longer than `longest`."""
    try:
        async with asyncio.timeout(longest.total_seconds()):
            await event.wait()
    except TimeoutError:
        return


async def becomes(condition: Callable[[], bool], longest: timedelta) -> bool:
    """Wait until a condition holds, but no longer than `longest`; return whether it holds."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + longest.total_seconds()
    while not condition() and loop.time() < ends_at:  # noqa: ASYNC110 - what it waits for has no event
        await asyncio.sleep(POLL_INTERVAL)
    return condition()
