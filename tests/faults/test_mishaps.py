"""Each answer that Discord may give, or may not give, to a post: it is in its channel once, and the database knows."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from tests.faults.mishaps import LOOK_FAULTS, PATIENCE, POST_FAULTS, REFUSALS, page
from tests.faults.plays import HURRY, POSTS, Life, live
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
    assert ("failed", "no_permission") == (entry.state, entry.problem)


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
    """Whoever gives up while it lasts neither lifts it for the others, nor leaves them waiting for ever."""
    await stage.add_parts(4)
    limit = PATIENCE + 1
    stage.discord.arm("POST", POSTS, Fault.rate_limited(limit, everywhere=True))
    await live(stage, Life())

    assert {FINE: 4} == dict((await judge(stage)).counts)
    first, *others = [request.at for request in stage.discord.find_requests("POST", POSTS)]
    under_way = timedelta(seconds=0.5)
    assert [] == [at for at in others if under_way < at - first < timedelta(seconds=limit)]


async def test_wait_that_a_page_asks_for_is_kept(stage: Stage) -> None:
    """Also if it is not Discord that asks."""
    (part,) = await stage.add_parts(1)
    stage.discord.arm("POST", f"/channels/{part.channel.id}/messages", page(429, retry_after=3))
    await live(stage, Life())

    first, second = [request.at for request in stage.discord.find_requests("POST", POSTS)]
    assert timedelta(seconds=3) <= second - first


async def test_lost_channel_holds_nobody_up_and_is_posted_to_when_it_is_back(stage: Stage) -> None:
    """The plan goes on by itself; the next process tries it again."""
    lost, *_ = await stage.add_parts(3)
    away = [
        stage.discord.arm(method, path, Fault.before_accept(404, 10003), count=None)
        for method, path in (("POST", f"/channels/{lost.channel.id}/messages"), ("GET", f"/channels/{lost.channel.id}"))
    ]
    await live(stage, Life())
    assert "channel_missing" == (await stage.entries())[lost.plan_id].problem
    for fault in away:
        stage.discord.faults.disarm(fault)
    stage.time.let_pass(timedelta(minutes=13))
    async with stage.bot(**HURRY) as process:
        await stage.discord.bell.until(lambda: stage.posts_of(lost) or None, within=20, what="the late post")
        await stage.settle(process)
        await process.terminate()

    assert {FINE: 3} == dict((await judge(stage)).counts)


async def test_refused_token_lets_all_posts_rest_until_it_is_accepted(stage: Stage) -> None:
    """The same process goes on, and nobody starts it anew."""
    await stage.add_parts(8)
    refused = Fault.before_accept(401, 0)
    stage.discord.arm("POST", POSTS, refused, count=None)
    stage.discord.arm("GET", "/users/@me", refused, count=3, after=1)
    async with stage.bot(**HURRY) as process:
        await process.wait_for_line("Check DISCORD_TOKEN")
        stage.discord.faults.disarm()
        await process.wait_for_line("posting goes on")
        await stage.settle(process)
        await process.terminate()

    assert {FINE: 8} == dict((await judge(stage)).counts)
    assert 8 + 8 >= len(stage.discord.find_requests("POST", POSTS))


async def test_plan_of_another_version_stops_nobody_else(stage: Stage) -> None:
    """It is left as it is, and the log says so once."""
    strange, *_ = await stage.add_parts(3)
    with closing(sqlite3.connect(stage.file)) as file:
        file.execute("UPDATE plans SET board = 'movers:7/requests' WHERE id = ?", (strange.plan_id,))
        file.commit()
        before = file.execute("SELECT * FROM plans WHERE id = ?", (strange.plan_id,)).fetchone()
    stage.parts.remove(strange)
    async with stage.bot(**HURRY) as process:
        await stage.settle(process)
        await process.terminate()

    assert {FINE: 2} == dict((await judge(stage)).counts)
    assert 1 == process.stderr.count("is left alone: its board cannot be read.")
    with closing(sqlite3.connect(stage.file)) as file:
        assert before == file.execute("SELECT * FROM plans WHERE id = ?", (strange.plan_id,)).fetchone()
