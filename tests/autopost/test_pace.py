"""The pace: never more than 40 requests in any second, evenly, whoever asks and however late a turn is taken."""

import asyncio
import random
from itertools import pairwise

import pytest

from bot.autopost.pace import REQUESTS_A_SECOND, Pace
from tests.autopost.virtual_time import in_virtual_time

GAP = 1 / REQUESTS_A_SECOND


def busiest_second(turns: list[float]) -> int:
    """How many turns fell into the busiest second, wherever that begins."""
    return max(sum(start <= turn < start + 1 - 1e-6 for turn in turns) for start in turns)


async def take_turns(pace: Pace, count: int) -> list[float]:
    """When so many who ask at once have their turns."""
    turns: list[float] = []

    async def take() -> None:
        await pace.turn()
        turns.append(asyncio.get_running_loop().time())

    await asyncio.gather(*(take() for _ in range(count)))
    return turns


@in_virtual_time
async def test_turns_are_even() -> None:
    """A thousand who ask at once follow each other at 25 ms, the first at once."""
    turns = await take_turns(Pace(), 1000)

    assert turns[0] == pytest.approx(0)
    assert [GAP] * 999 == pytest.approx([later - earlier for earlier, later in pairwise(turns)])
    assert REQUESTS_A_SECOND == busiest_second(turns)


@in_virtual_time
async def test_nobody_waits_after_a_rest_and_a_rest_saves_nothing_up() -> None:
    """After an hour the first has their turn at once, and the next 25 ms later as ever."""
    pace = Pace()
    await take_turns(pace, 50)
    await asyncio.sleep(3600)
    begun = asyncio.get_running_loop().time()
    turns = await take_turns(pace, 100)

    assert turns[0] == pytest.approx(begun)
    assert turns[-1] == pytest.approx(begun + 99 * GAP)


@in_virtual_time
async def test_late_turns_are_not_caught_up() -> None:
    """A machine that is busy wakes sleepers late, now and then by a second: still never more than 40 in a second."""
    late = random.Random(7)

    async def sleep_badly(seconds: float) -> None:
        await asyncio.sleep(seconds + late.choice([0, 0, 0.001, 0.004, 0.05, 1.0]))

    turns = await take_turns(Pace(sleep=sleep_badly), 500)

    assert busiest_second(turns) <= REQUESTS_A_SECOND


@in_virtual_time
async def test_sleeper_who_wakes_early_waits_on() -> None:
    """A timer may fire a moment too soon."""

    async def sleep_too_little(seconds: float) -> None:
        await asyncio.sleep(seconds * 0.9)

    turns = await take_turns(Pace(sleep=sleep_too_little), 100)

    assert busiest_second(turns) <= REQUESTS_A_SECOND


@in_virtual_time
async def test_who_gives_up_costs_the_others_nothing() -> None:
    """A turn that is cancelled while it waits is nobody's."""
    pace = Pace()
    given_up = [asyncio.create_task(pace.turn()) for _ in range(400)]
    await asyncio.sleep(0)
    for waiting in given_up[1:]:
        waiting.cancel()
    await asyncio.gather(*given_up, return_exceptions=True)
    turns = await take_turns(pace, 2)

    assert [GAP, 2 * GAP] == pytest.approx(turns)


@in_virtual_time
async def test_other_paces_can_be_set() -> None:
    """Ten a second are a tenth of a second apart."""
    assert [0, 0.1, 0.2] == pytest.approx(await take_turns(Pace(10), 3))
