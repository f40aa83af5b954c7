"""Several processes that do the same thing at once, each with its own connection."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TypeVar

from bot.storage.database import Database, open_database

PROCESSES = 8

T = TypeVar("T")


async def all_at_once(url: str, act: Callable[[Database], Awaitable[T]]) -> list[T]:
    """Run `act` in every process at once; return all results."""
    async with AsyncExitStack() as stack:
        databases = [await stack.enter_async_context(open_database(url)) for _ in range(PROCESSES)]
        return await asyncio.gather(*map(act, databases))
