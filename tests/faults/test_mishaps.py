"""Whatever Discord answers to a post, or does not answer: it is in its channel once, and the database knows."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from tests.faults.mishaps import PATIENCE, POST_FAULTS, REFUSALS, SEARCH_FAULTS, proxy_page
from tests.faults.results import FINE, LOST, UNSURE, check_posts
from tests.faults.sandbox import LONG_AGO, WITHOUT_HISTORY, Sandbox, open_sandbox
from tests.faults.scenarios import FAST, POSTS, Run, run_bot
from tests.wire.faults import Fault
from tests.wire.values import CROSSPOSTED
from tests.wire.world import EVERYDAY


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with open_sandbox(tmp_path / "sandbox") as opened:
        yield opened


async def test_each_mishap_to_a_post(sandbox: Sandbox) -> None:
    """Each fault hits a post twice in a row, in a channel of its own, with readable and unreadable history."""
    for name, mishap in POST_FAULTS.items():
        for permissions in (EVERYDAY, WITHOUT_HISTORY):
            (plan,) = await sandbox.add_plans(1, permissions=permissions)
            sandbox.discord.arm(
                "POST", f"/channels/{plan.channel.id}/messages", mishap(sandbox.clock), count=1 + ("429" not in name)
            )
    await run_bot(sandbox, Run())

    results = await check_posts(sandbox)
    assert [] == results.complaints
    assert {FINE: 2 * len(POST_FAULTS)} == dict(results.counts)


async def test_each_mishap_to_a_search(sandbox: Sandbox) -> None:
    """The bot sends nothing until it knows whether the post is there."""
    for mishap in SEARCH_FAULTS.values():
        for _ in range(2):
            (plan,) = await sandbox.add_plans(1, schedule=LONG_AGO)
            sandbox.discord.arm("GET", f"/channels/{plan.channel.id}/messages", mishap(sandbox.clock))
    await run_bot(sandbox, Run("after request", 2))
    sandbox.clock.advance(timedelta(minutes=10))
    await run_bot(sandbox, Run())

    assert {FINE: 2 * len(SEARCH_FAULTS)} == dict((await check_posts(sandbox)).counts)


BEFORE_A_REFUSAL = ("answer lost", "500 after acceptance", "502 after acceptance", "late", "hang after acceptance")


async def test_refusal_of_a_post_that_was_accepted_before(sandbox: Sandbox) -> None:
    """Discord accepts the first request without saying so, and refuses the second: the bot finds the post."""
    await add_refused_plans(sandbox, EVERYDAY)
    await run_bot(sandbox, Run())

    results = await check_posts(sandbox)
    assert [] == results.complaints
    assert {FINE: len(sandbox.plans)} == dict(results.counts)


async def test_refusal_of_a_post_that_was_accepted_before_without_history(sandbox: Sandbox) -> None:
    """The post is neither marked as failed nor sent again."""
    await add_refused_plans(sandbox, WITHOUT_HISTORY)
    await run_bot(sandbox, Run())

    assert {UNSURE: len(sandbox.plans)} == dict((await check_posts(sandbox)).counts)


async def add_refused_plans(sandbox: Sandbox, permissions: int) -> None:
    """Add a plan for each mishap and each refusal; its post meets the mishap first, and then always the refusal."""
    for name, refusal in product(BEFORE_A_REFUSAL, REFUSALS):
        (plan,) = await sandbox.add_plans(1, permissions=permissions)
        path = f"/channels/{plan.channel.id}/messages"
        sandbox.discord.arm("POST", path, POST_FAULTS[name](sandbox.clock))
        sandbox.discord.arm("POST", path, REFUSALS[refusal](sandbox.clock), count=None)


async def test_refusal_does_not_affect_other_plans(sandbox: Sandbox) -> None:
    """A refused plan notes the reason; all others are posted."""
    refused, *_ = await sandbox.add_plans(5)
    sandbox.discord.arm(
        "POST", f"/channels/{refused.channel.id}/messages", REFUSALS["no permission"](sandbox.clock), count=None
    )
    await run_bot(sandbox, Run())

    assert {FINE: 4, LOST: 1} == dict((await check_posts(sandbox)).counts)
    post = (await sandbox.load_posts())[refused.id]
    assert ("failed", "no_permission") == (post.state, post.problem)


async def test_each_mishap_to_publishing(sandbox: Sandbox) -> None:
    """The post is published once, even across a crash, and even if the history is unreadable."""
    for name, permissions in product(("503", "500 after acceptance", "reset", "hang"), (EVERYDAY, WITHOUT_HISTORY)):
        (plan,) = await sandbox.add_plans(1, permissions=permissions, publish=True)
        path = f"/channels/{plan.channel.id}/messages/*/crosspost"
        sandbox.discord.arm("POST", path, POST_FAULTS[name](sandbox.clock), count=2)
    await run_bot(sandbox, Run("after commit", 12))
    await run_bot(sandbox, Run())

    assert 1 == sandbox.crashes
    assert {FINE: len(sandbox.plans)} == dict((await check_posts(sandbox)).counts)
    assert {CROSSPOSTED} == {message.flags for plan in sandbox.plans for message in sandbox.posts_of(plan)}


async def test_global_rate_limit_that_outlasts_a_request(sandbox: Sandbox) -> None:
    """A request that times out meanwhile neither lifts the limit for others, nor leaves them waiting for ever."""
    await sandbox.add_plans(4)
    limit = PATIENCE + 1
    sandbox.discord.arm("POST", POSTS, Fault.rate_limited(limit, everywhere=True))
    await run_bot(sandbox, Run())

    assert {FINE: 4} == dict((await check_posts(sandbox)).counts)
    first, *others = [request.at for request in sandbox.discord.find_requests("POST", POSTS)]
    under_way = timedelta(seconds=0.5)
    assert [] == [at for at in others if under_way < at - first < timedelta(seconds=limit)]


async def test_retry_after_of_a_proxy_page_is_respected(sandbox: Sandbox) -> None:
    """The bot waits as long as the page says, although it is not Discord's answer."""
    (plan,) = await sandbox.add_plans(1)
    sandbox.discord.arm("POST", f"/channels/{plan.channel.id}/messages", proxy_page(429, retry_after=3))
    await run_bot(sandbox, Run())

    first, second = [request.at for request in sandbox.discord.find_requests("POST", POSTS)]
    assert timedelta(seconds=3) <= second - first


async def test_missing_channel_delays_no_other_and_gets_its_post_when_it_is_back(sandbox: Sandbox) -> None:
    """The other plans are posted; the next process tries this one again."""
    lost, *_ = await sandbox.add_plans(3)
    away = [
        sandbox.discord.arm(method, path, Fault.before_accept(404, 10003), count=None)
        for method, path in (("POST", f"/channels/{lost.channel.id}/messages"), ("GET", f"/channels/{lost.channel.id}"))
    ]
    await run_bot(sandbox, Run())
    assert "channel_missing" == (await sandbox.load_posts())[lost.id].problem
    for fault in away:
        sandbox.discord.faults.disarm(fault)
    sandbox.clock.advance(timedelta(minutes=13))
    async with sandbox.bot(**FAST) as process:
        await sandbox.discord.bell.until(lambda: sandbox.posts_of(lost) or None, within=20, what="the late post")
        await sandbox.wait_settled(process)
        await process.terminate()

    assert {FINE: 3} == dict((await check_posts(sandbox)).counts)


async def test_refused_token_stops_all_posts_until_it_is_accepted(sandbox: Sandbox) -> None:
    """The same process resumes by itself, without a restart."""
    await sandbox.add_plans(8)
    refused = Fault.before_accept(401, 0)
    sandbox.discord.arm("POST", POSTS, refused, count=None)
    sandbox.discord.arm("GET", "/users/@me", refused, count=3, after=1)
    async with sandbox.bot(**FAST) as process:
        await process.wait_for_line("Check DISCORD_TOKEN")
        sandbox.discord.faults.disarm()
        await process.wait_for_line("posting resumes")
        await sandbox.wait_settled(process)
        await process.terminate()

    assert {FINE: 8} == dict((await check_posts(sandbox)).counts)
    assert 8 + 8 >= len(sandbox.discord.find_requests("POST", POSTS))


async def test_plan_of_another_version_affects_no_other(sandbox: Sandbox) -> None:
    """The plan stays unchanged, and the log says so once."""
    unknown, *_ = await sandbox.add_plans(3)
    with closing(sqlite3.connect(sandbox.file)) as file:
        file.execute("UPDATE plans SET board = 'movers:all:30/requests' WHERE id = ?", (unknown.id,))
        file.commit()
        before = file.execute("SELECT * FROM plans WHERE id = ?", (unknown.id,)).fetchone()
    sandbox.plans.remove(unknown)
    async with sandbox.bot(**FAST) as process:
        await sandbox.wait_settled(process)
        await process.terminate()

    assert {FINE: 2} == dict((await check_posts(sandbox)).counts)
    assert 1 == process.stderr.count("is skipped: its board cannot be read.")
    with closing(sqlite3.connect(sandbox.file)) as file:
        assert before == file.execute("SELECT * FROM plans WHERE id = ?", (unknown.id,)).fetchone()
