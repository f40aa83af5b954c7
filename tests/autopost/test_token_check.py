"""A refused token stops all posting; it is reported once it is confirmed, and posting resumes by itself."""

from datetime import time, timedelta
from itertools import pairwise

import pytest

from bot.autopost.codes import Problem, ProblemCode
from bot.autopost.outcome import NO_ANSWER, Answer
from bot.autopost.token_check import LONGEST_PAUSE
from tests.autopost.virtual_time import BEGIN, in_virtual_time
from tests.autopost.world import World

ONE_PM = BEGIN.replace(hour=13)
REFUSED = Answer(status=401, code=0)


@pytest.fixture
def world() -> World:
    """A world with yesterday's data and no plan."""
    return World()


def refuse_token(world: World, *, hours: float) -> None:
    """Make Discord refuse the token until `hours` after one o'clock."""
    until = ONE_PM + timedelta(hours=hours)
    world.messenger.script = lambda _, __: REFUSED if world.clock() < until else None
    world.messenger.check = lambda: REFUSED if world.clock() < until else Answer(status=200)


@in_virtual_time
async def test_one_wrong_answer_stops_nothing(world: World) -> None:
    """Discord accepts the token when it is checked: the posts follow within seconds."""
    world.messenger.script = lambda _, attempt: REFUSED if attempt == 1 else None
    for number in range(5):
        await world.plan(channel=number)
    async with world.posting():
        await world.until(ONE_PM + timedelta(seconds=30))
        assert world.poster.stopped_by is None

    assert 5 == len(world.messenger.messages)


@in_virtual_time
async def test_posting_stops_and_resumes_by_itself(world: World) -> None:
    """Within minutes after Discord accepts the token again, everything is posted once, without a restart."""
    refuse_token(world, hours=3)
    for number in range(70):
        await world.plan(channel=number)
    await world.plan(time(14), channel=99)
    async with world.posting():
        await world.until(ONE_PM + timedelta(hours=2.5))
        assert Problem(ProblemCode.TOKEN_REFUSED) == world.poster.stopped_by
        assert len(world.messenger.requests) <= 70
        await world.until(ONE_PM + timedelta(hours=3, minutes=21))
        assert world.poster.stopped_by is None

    assert 71 == len(world.messenger.messages)


@in_virtual_time
async def test_checks_become_rarer(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """They are from half a minute to ten minutes apart, and the log says once what to do."""
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
async def test_outage_says_nothing_about_the_token(world: World) -> None:
    """A check without an answer neither confirms nor ends a suspicion."""
    refuse_token(world, hours=10)
    await world.plan()
    async with world.posting():
        await world.until(ONE_PM + timedelta(seconds=1))
        world.messenger.check = lambda: NO_ANSWER
        await world.until(ONE_PM + timedelta(minutes=30))
        assert world.poster.stopped_by is None
        assert 1 == len(world.messenger.requests)


@in_virtual_time
async def test_post_now_is_stopped_too(world: World) -> None:
    """The button "Post now" sends nothing while posting is stopped."""
    refuse_token(world, hours=10)
    plan = await world.plan()
    async with world.posting():
        await world.until(ONE_PM + timedelta(minutes=5))
        before = len(world.messenger.requests)
        assert not await world.poster.post_now(plan)

    assert before == len(world.messenger.requests)


@in_virtual_time
async def test_clock_set_back_does_not_extend_the_pause(world: World) -> None:
    """However far the clock was set back, the token is checked again within ten minutes."""
    refuse_token(world, hours=0.5)
    await world.plan()
    async with world.posting():
        await world.until(ONE_PM + timedelta(minutes=29))
        world.set_back = timedelta(days=1)
        world.messenger.check, world.messenger.script = (lambda: Answer(status=200)), (lambda _, __: None)
        await world.after(minutes=11)
        assert world.poster.stopped_by is None
