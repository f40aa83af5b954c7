"""What is seen of the requests to Discord on their way, as discord.py repeats some of them by itself."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from types import SimpleNamespace

import aiohttp

from bot.retry_after import parse_retry_after

LONGEST_GLOBAL_LIMIT = timedelta(hours=1)
MARGIN = timedelta(seconds=1)
"""What the header may be rounded by."""


@dataclass
class Watch:
    """What was seen of the requests of a block."""

    in_doubt: bool = False
    """One of them ended without an answer, or with one that says nothing of what was done (5XX)."""


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch the requests that this task makes in the block."""
    watch = Watch()
    token = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(token)


class HTTPTrace:
    """Sees every answer of Discord's, also those that discord.py deals with by itself."""

    def __init__(self) -> None:
        """Tell nobody yet."""
        self.note_status: Callable[[int], None] = lambda _: None
        """Hears the status of each answer that counts for Discord's limits."""
        self.global_limit_ends_at = 0.0
        """When the last limit for all requests is over, in seconds of the event loop's time."""

    def config(self) -> aiohttp.TraceConfig:
        """Make what a session is to be traced with."""
        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(self._note_end)
        trace.on_request_exception.append(_note_exception)
        return trace

    async def _note_end(self, _: object, __: SimpleNamespace, ended: aiohttp.TraceRequestEndParams) -> None:
        status, headers = ended.response.status, ended.response.headers
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _mark_in_doubt()
        # A limit that others share is nobody's fault. Source: Discord's documentation, "Invalid Request Limit".
        if headers.get("X-RateLimit-Scope") != "shared":
            self.note_status(status)
        if "X-RateLimit-Global" in headers:
            wait = parse_retry_after(headers.get("Retry-After"), now=datetime.now(UTC), longest=LONGEST_GLOBAL_LIMIT)
            over_in = (wait or timedelta(0)) + MARGIN
            self.global_limit_ends_at = asyncio.get_running_loop().time() + over_in.total_seconds()


async def _note_exception(*_: object) -> None:
    _mark_in_doubt()


def _mark_in_doubt() -> None:
    watch = _watch.get()
    if watch is not None:
        watch.in_doubt = True
