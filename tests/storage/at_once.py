"""Several processes that do the same at the same moment, each with a connection of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TypeVar

from bot.storage.database import Database, open_database

PROCESSES = 8

T = TypeVar("T")


async def all_at_once(url: str, act: Callable[[Database], Awaitable[T]]) -> list[T]:
    """What each of them got."""
    async with AsyncExitStack() as stack:
        databases = [await stack.enter_async_context(open_database(url)) for _ in range(PROCESSES)]
        return await asyncio.gather(*map(act, databases))
