"""Each answer that Discord may give, or may not give, to a post: it is in its channel once, and the database knows."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from tests.faults.mishaps import LOOK_FAULTS, PATIENCE, POST_FAULTS, REFUSALS
from tests.faults.plays import POSTS, Life, live
from tests.faults.stage import LONG_AGO, WITHOUT_HISTORY, Stage, open_stage
from tests.faults.verdict import FINE, LOST, UNSURE, judge
from tests.wire.faults import Fault
from tests.wire.values import CROSSPOSTED
from tests.wire.world import EVERYDAY


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path / "stage") as opened:
        yield opened


async def test_each_mishap_to_a_post(stage: Stage) -> None:
    """Two of the same in a row, each in a channel of its own, with the history open and closed."""
    for name, mishap in POST_FAULTS.items():
        for permissions in (EVERYDAY, WITHOUT_HISTORY):
            (part,) = await stage.add_parts(1, permissions=permissions)
            stage.discord.arm(
                "POST", f"/channels/{part.channel.id}/messages", mishap(stage.time), count=1 + ("429" not in name)
            )
    await live(stage, Life())

    verdict = await judge(stage)
    assert [] == verdict.complaints
    assert {FINE: 2 * len(POST_FAULTS)} == dict(verdict.counts)


async def test_each_mishap_to_a_look(stage: Stage) -> None:
    """Nothing is sent while it is not known whether it is there."""
    for mishap in LOOK_FAULTS.values():
        for _ in range(2):
            (part,) = await stage.add_parts(1, schedule=LONG_AGO)
            stage.discord.arm("GET", f"/channels/{part.channel.id}/messages", mishap(stage.time))
    await live(stage, Life("after request", 2))
    stage.time.let_pass(timedelta(minutes=10))
    await live(stage, Life())

    assert {FINE: 2 * len(LOOK_FAULTS)} == dict((await judge(stage)).counts)


BEFORE_A_REFUSAL = ("answer lost", "500 after acceptance", "502 after acceptance", "late", "hang after acceptance")


async def test_refusal_of_what_was_taken_before(stage: Stage) -> None:
    """The first request is taken without an answer that says so, and the second refused: the post is found."""
    await add_refused_parts(stage, EVERYDAY)
    await live(stage, Life())

    verdict = await judge(stage)
    assert [] == verdict.complaints
    assert {FINE: len(stage.parts)} == dict(verdict.counts)


async def test_refusal_of_what_was_taken_before_where_nobody_can_look(stage: Stage) -> None:
    """It is not called failed, and not sent again."""
    await add_refused_parts(stage, WITHOUT_HISTORY)
    await live(stage, Life())

    assert {UNSURE: len(stage.parts)} == dict((await judge(stage)).counts)


async def add_refused_parts(stage: Stage, permissions: int) -> None:
    """For each of these mishaps and each refusal a plan whose post meets first the one, and then always the other."""
    for name, refusal in product(BEFORE_A_REFUSAL, REFUSALS):
        (part,) = await stage.add_parts(1, permissions=permissions)
        path = f"/channels/{part.channel.id}/messages"
        stage.discord.arm("POST", path, POST_FAULTS[name](stage.time))
        stage.discord.arm("POST", path, REFUSALS[refusal](stage.time), count=None)


async def test_refusal_is_no_loss_of_the_others(stage: Stage) -> None:
    """A refused plan says why; all others are posted."""
    refused, *_ = await stage.add_parts(5)
    stage.discord.arm(
        "POST", f"/channels/{refused.channel.id}/messages", REFUSALS["no permission"](stage.time), count=None
    )
    await live(stage, Life())

    assert {FINE: 4, LOST: 1} == dict((await judge(stage)).counts)
    entry = (await stage.entries())[refused.plan_id]
    assert ("failed", True) == (entry.state, "give me Send Messages" in (entry.problem or ""))


async def test_each_mishap_to_publishing(stage: Stage) -> None:
    """It is published once, also if the process dies of it; where the history is closed too."""
    for name, permissions in product(("503", "500 after acceptance", "reset", "hang"), (EVERYDAY, WITHOUT_HISTORY)):
        (part,) = await stage.add_parts(1, permissions=permissions, publish=True)
        path = f"/channels/{part.channel.id}/messages/*/crosspost"
        stage.discord.arm("POST", path, POST_FAULTS[name](stage.time), count=2)
    await live(stage, Life("after commit", 12))
    await live(stage, Life())

    assert 1 == stage.crashes
    assert {FINE: len(stage.parts)} == dict((await judge(stage)).counts)
    assert {CROSSPOSTED} == {message.flags for part in stage.parts for message in stage.posts_of(part)}


async def test_rate_limit_for_all_that_lasts_longer_than_one_post_waits(stage: Stage) -> None:
    """Whoever gives up while it lasts does not leave everybody else waiting for ever."""
    await stage.add_parts(4)
    stage.discord.arm("POST", POSTS, Fault.rate_limited(PATIENCE + 1, everywhere=True))
    await live(stage, Life())

    assert {FINE: 4} == dict((await judge(stage)).counts)
