"""Whether a request to Discord may have been taken although no answer said so: discord.py repeats some by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from types import SimpleNamespace

import aiohttp


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


def make_trace() -> aiohttp.TraceConfig:
    """Make what tells of each request of a session to whoever watches."""
    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(_note_end)
    trace.on_request_exception.append(_note_exception)
    return trace


async def _note_end(_: aiohttp.ClientSession, __: SimpleNamespace, ended: aiohttp.TraceRequestEndParams) -> None:
    if ended.response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _doubt()


async def _note_exception(*_: object) -> None:
    _doubt()


def _doubt() -> None:
    watch = _watch.get()
    if watch is not None:
        watch.in_doubt = True
