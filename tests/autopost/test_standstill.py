"""The bot's token is refused: posting rests, nobody is told before that is certain, and it goes on by itself."""

from datetime import time, timedelta
from itertools import pairwise

import pytest

from bot.autopost.outcome import NO_ANSWER, Answer
from bot.autopost.remarks import Problem, ProblemCode
from bot.autopost.standstill import LONGEST_PAUSE
from tests.autopost.virtual_time import BEGIN, in_virtual_time
from tests.autopost.world import World

ONE_PM = BEGIN.replace(hour=13)
REFUSED = Answer(status=401, code=0)


@pytest.fixture
def world() -> World:
    """Plans in 70 channels, for one o'clock."""
    return World()


def refuse_token(world: World, *, hours: float) -> None:
    """Have Discord refuse the token until some hours after one o'clock."""
    until = ONE_PM + timedelta(hours=hours)
    world.messenger.script = lambda _, __: REFUSED if world.clock() < until else None
    world.messenger.check = lambda: REFUSED if world.clock() < until else Answer(status=200)


@in_virtual_time
async def test_one_wrong_answer_stops_nobody(world: World) -> None:
    """Discord accepts the token when it is asked: the post follows within seconds."""
    world.messenger.script = lambda _, attempt: REFUSED if attempt == 1 else None
    for number in range(5):
        await world.plan(channel=number)
    async with world.posting():
        await world.until(ONE_PM + timedelta(seconds=30))
        assert world.poster.standstill is None

    assert 5 == len(world.messenger.messages)


@in_virtual_time
async def test_posting_rests_and_goes_on_by_itself(world: World) -> None:
    """No process has to be started anew: within ten minutes of the cure everything is posted, once."""
    refuse_token(world, hours=3)
    for number in range(70):
        await world.plan(channel=number)
    await world.plan(time(14), channel=99)
    async with world.posting():
        await world.until(ONE_PM + timedelta(hours=2.5))
        assert Problem(ProblemCode.TOKEN_REFUSED) == world.poster.standstill
        assert len(world.messenger.requests) <= 70
        await world.until(ONE_PM + timedelta(hours=3, minutes=21))
        assert world.poster.standstill is None

    assert 71 == len(world.messenger.messages)


@in_virtual_time
async def test_it_is_asked_ever_more_rarely(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """From half a minute to ten minutes apart, and the log says once what to do."""
    refuse_token(world, hours=10)
    await world.plan()
    async with world.posting():
        await world.until(ONE_PM + timedelta(hours=5))

    checks = world.messenger.token_checks
    waits = [later - earlier for earlier, later in pairwise(checks)]
    assert timedelta(seconds=30) <= waits[0] <= timedelta(seconds=31)
    assert LONGEST_PAUSE <= max(waits) <= LONGEST_PAUSE + timedelta(seconds=1)
    assert 1 == caplog.text.count("Check DISCORD_TOKEN")


@in_virtual_time
async def test_silence_of_discord_says_nothing_of_the_token(world: World) -> None:
    """An outage in the middle of it neither ends nor confirms it."""
    refuse_token(world, hours=10)
    await world.plan()
    async with world.posting():
        await world.until(ONE_PM + timedelta(seconds=1))
        world.messenger.check = lambda: NO_ANSWER
        await world.until(ONE_PM + timedelta(minutes=30))
        assert world.poster.standstill is None
        assert 1 == len(world.messenger.requests)


@in_virtual_time
async def test_click_does_not_go_round_it(world: World) -> None:
    """Post now posts nothing while posting rests."""
    refuse_token(world, hours=10)
    plan = await world.plan()
    async with world.posting():
        await world.until(ONE_PM + timedelta(minutes=5))
        before = len(world.messenger.requests)
        assert not await world.poster.post_now(plan)

    assert before == len(world.messenger.requests)


@in_virtual_time
async def test_clock_that_was_set_back_does_not_lengthen_it(world: World) -> None:
    """However far: it is asked again within ten minutes."""
    refuse_token(world, hours=0.5)
    await world.plan()
    async with world.posting():
        await world.until(ONE_PM + timedelta(minutes=29))
        world.set_back = timedelta(days=1)
        world.messenger.check, world.messenger.script = (lambda: Answer(status=200)), (lambda _, __: None)
        await world.after(minutes=11)
        assert world.poster.standstill is None
