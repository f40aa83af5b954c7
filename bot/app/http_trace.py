"""A trace of the HTTP requests to Discord, including those that discord.py retries by itself."""

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
"""How much Discord may have rounded the header."""


@dataclass
class Watch:
    """What happened to the requests of a block."""

    in_doubt: bool = False
    """Whether a request got no answer or a 5XX, so that Discord may have carried it out."""


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch the requests that the current task makes in the block."""
    watch = Watch()
    token = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(token)


class HTTPTrace:
    """Sees every answer from Discord, including those that discord.py handles by itself."""

    def __init__(self) -> None:
        """Start without a listener."""
        self.note_status: Callable[[int], None] = lambda _: None
        """Called with the status of each answer, except for a shared rate limit's, which does not count."""
        self.global_limit_ends_at = 0.0
        """When the last global rate limit ends, in seconds of the event loop's clock."""

    def config(self) -> aiohttp.TraceConfig:
        """Make the trace configuration for aiohttp's session."""
        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(self._note_end)
        trace.on_request_exception.append(_note_exception)
        return trace

    async def _note_end(self, _: object, __: SimpleNamespace, ended: aiohttp.TraceRequestEndParams) -> None:
        status, headers = ended.response.status, ended.response.headers
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _mark_in_doubt()
        # Answers with the shared scope do not count. Source: Discord's documentation, "Invalid Request Limit".
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
