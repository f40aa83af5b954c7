"""A weekly plan that Discord refused: tried daily, without a post on a day that is not its own."""

from datetime import time, timedelta

import pytest

from bot.autopost.outcome import Answer
from bot.autopost.plans import Plan, PlanRequest
from bot.autopost.schedule import Days, Schedule
from bot.market.boards import Board, BoardKind
from tests.autopost.virtual_time import BEGIN, in_virtual_time
from tests.autopost.world import World

CHANNEL = 1
WEEKLY = Schedule(time(13), days=tuple(Days)[2:][BEGIN.weekday()])


@pytest.fixture
def world() -> World:
    """No plan yet, and yesterday's data."""
    return World()


async def refused_on_its_first_day(world: World) -> Plan:
    """A plan of one day a week, in a channel that is closed to the bot."""
    world.messenger.closed.add(CHANNEL)
    world.messenger.script = lambda plan, _: (
        Answer(status=403, code=50013) if plan.channel_id in world.messenger.closed else None
    )
    request = PlanRequest(guild_id=1, channel_id=CHANNEL, board=Board(BoardKind.OVERVIEW), schedule=WEEKLY)
    return await world.plans.add(request, now=world.clock())


@in_virtual_time
async def test_the_channel_is_asked_about_every_day(world: World) -> None:
    """As long as it is closed, the plan says so, and nothing is sent."""
    plan = await refused_on_its_first_day(world)
    async with world.posting():
        await world.pass_days(5)

    assert 1 == len(world.messenger.requests)
    assert 5 <= len(world.messenger.asked) <= 7
    assert "I am not allowed to post" in ((await world.now_is(plan)).problem or "")


@in_virtual_time
async def test_an_opened_channel_is_noticed_within_a_day(world: World) -> None:
    """The problem is gone from the list, and the next post comes on the plan's own day."""
    plan = await refused_on_its_first_day(world)
    async with world.posting():
        await world.pass_days(2)
        world.messenger.closed.clear()
        await world.pass_days(1)
        assert None is (await world.now_is(plan)).problem
        assert [] == world.messenger.messages
        await world.pass_days(5)

    assert [BEGIN.replace(hour=13) + timedelta(days=7)] == world.posted_at
