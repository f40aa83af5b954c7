"""The rate limiter: at most 40 requests in any second, evenly spaced, even if turns are taken late."""

import asyncio
import random
from itertools import pairwise

import pytest

from bot.autopost.pace import REQUESTS_A_SECOND, Pace
from tests.autopost.virtual_time import in_virtual_time

GAP = 1 / REQUESTS_A_SECOND


def busiest_second(turns: list[float]) -> int:
    """The most turns in any second."""
    return max(sum(start <= turn < start + 1 - 1e-6 for turn in turns) for start in turns)


async def take_turns(pace: Pace, count: int) -> list[float]:
    """The times at which `count` simultaneous requests have their turns."""
    turns: list[float] = []

    async def take() -> None:
        await pace.turn()
        turns.append(asyncio.get_running_loop().time())

    await asyncio.gather(*(take() for _ in range(count)))
    return turns


@in_virtual_time
async def test_turns_are_even() -> None:
    """A thousand simultaneous requests are 25 ms apart, and the first does not wait."""
    turns = await take_turns(Pace(), 1000)

    assert turns[0] == pytest.approx(0)
    assert [GAP] * 999 == pytest.approx([later - earlier for earlier, later in pairwise(turns)])
    assert REQUESTS_A_SECOND == busiest_second(turns)


@in_virtual_time
async def test_idle_time_allows_no_burst() -> None:
    """After an idle hour the first request does not wait, and the next ones are still 25 ms apart."""
    pace = Pace()
    await take_turns(pace, 50)
    await asyncio.sleep(3600)
    begun = asyncio.get_running_loop().time()
    turns = await take_turns(pace, 100)

    assert turns[0] == pytest.approx(begun)
    assert turns[-1] == pytest.approx(begun + 99 * GAP)


@in_virtual_time
async def test_late_turns_are_not_caught_up() -> None:
    """Even if a busy machine wakes tasks up to a second late, there are never more than 40 in a second."""
    late = random.Random(7)

    async def sleep_badly(seconds: float) -> None:
        await asyncio.sleep(seconds + late.choice([0, 0, 0.001, 0.004, 0.05, 1.0]))

    turns = await take_turns(Pace(sleep=sleep_badly), 500)

    assert busiest_second(turns) <= REQUESTS_A_SECOND


@in_virtual_time
async def test_early_wake_up_waits_longer() -> None:
    """A timer may fire slightly too soon."""

    async def sleep_too_little(seconds: float) -> None:
        await asyncio.sleep(seconds * 0.9)

    turns = await take_turns(Pace(sleep=sleep_too_little), 100)

    assert busiest_second(turns) <= REQUESTS_A_SECOND


@in_virtual_time
async def test_cancelled_requests_use_no_turn() -> None:
    """A request that is cancelled while it waits does not delay the others."""
    pace = Pace()
    given_up = [asyncio.create_task(pace.turn()) for _ in range(400)]
    await asyncio.sleep(0)
    for waiting in given_up[1:]:
        waiting.cancel()
    await asyncio.gather(*given_up, return_exceptions=True)
    turns = await take_turns(pace, 2)

    assert [GAP, 2 * GAP] == pytest.approx(turns)


@in_virtual_time
async def test_another_rate_can_be_set() -> None:
    """At ten requests a second they are a tenth of a second apart."""
    assert [0, 0.1, 0.2] == pytest.approx(await take_turns(Pace(10), 3))
