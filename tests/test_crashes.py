"""Each post is in its channel once, although the real process crashes, has a wrong clock or gets an old backup."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.postgres import IS_INSTALLED, PostgresServer
from tests.faults.results import FINE, UNSURE, check_posts
from tests.faults.sandbox import IN_TWO_HOURS, LONG_AGO, WITHOUT_HISTORY, Sandbox, open_sandbox
from tests.faults.scenarios import POSTS, Run, copy, make_process, restore, run_bot, run_side_by_side
from tests.wire.bell import PATIENCE
from tests.wire.faults import Fault

AFTER_THE_NONCE = timedelta(minutes=10)


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with open_sandbox(tmp_path / "sandbox") as opened:
        yield opened


@pytest.fixture
async def ten_plans(sandbox: Sandbox) -> Sandbox:
    """A sandbox with five plans that are due now and five that were due earlier, all with readable history."""
    await sandbox.add_plans(5)
    await sandbox.add_plans(5, schedule=LONG_AGO)
    return sandbox


async def outcome_of(sandbox: Sandbox) -> dict[str, int]:
    """How many posts had each result; each process must have exited with 0 or been killed."""
    results = await check_posts(sandbox)
    assert [] == sandbox.complaints, results.complaints
    return dict(results.counts)


async def test_post_without_any_fault(sandbox: Sandbox) -> None:
    """One message with its picture and nonce, recorded in the database, without a request to OpenRouter."""
    (plan,) = await sandbox.add_plans(1)
    async with sandbox.bot() as process:
        await sandbox.wait_settled(process)
        await process.terminate()

    (message,) = sandbox.posts_of(plan)
    (sent,) = sandbox.discord.find_requests("POST", POSTS)
    assert [b"\x89PNG"] == [one.data[:4] for one in message.attachments]
    assert (True, 24) == (sent.json["enforce_nonce"], len(sent.json["nonce"]))
    assert {FINE: 1} == await outcome_of(sandbox)
    assert "Traceback" not in process.stderr


class TestCrash:
    @pytest.mark.parametrize("crash_at", ["before commit", "before request", "at request", "at search"])
    async def test_next_process_finishes_what_the_last_began(self, ten_plans: Sandbox, crash_at: str) -> None:
        """`kill -9` hits while ten posts are in progress, each at a different point."""
        await run_bot(ten_plans, Run(crash_at, 16 if "commit" in crash_at else 4))
        crashes = ten_plans.crashes
        await run_bot(ten_plans, Run())

        assert 1 == crashes
        assert {FINE: 10} == await outcome_of(ten_plans)

    @pytest.mark.parametrize("moment", ["before", "after"])
    async def test_crash_at_each_commit_in_turn(self, sandbox: Sandbox, moment: str) -> None:
        """Each process crashes one commit later than the last, until one finishes."""
        await sandbox.add_plans(1)
        runs = 0
        while sandbox.crashes == runs:
            runs += 1
            await run_bot(sandbox, Run(f"{moment} commit", runs))

        assert runs >= 3
        assert {FINE: 1} == await outcome_of(sandbox)

    async def test_nonce_helps_where_the_history_is_unreadable(self, sandbox: Sandbox) -> None:
        """A process that starts soon after sends again with the same nonces."""
        await sandbox.add_plans(6, permissions=WITHOUT_HISTORY)
        await run_bot(sandbox, Run("after request", 3))
        await run_bot(sandbox, Run())

        assert {FINE: 6} == await outcome_of(sandbox)

    async def test_nothing_is_sent_again_without_history_and_nonce(self, sandbox: Sandbox) -> None:
        """If the history is unreadable and Discord has forgotten the nonce, the post becomes unsure, and is never doubled."""
        await sandbox.add_plans(6, permissions=WITHOUT_HISTORY)
        await run_bot(sandbox, Run("after request", 3))
        sandbox.clock.advance(AFTER_THE_NONCE)
        await run_bot(sandbox, Run())

        outcome = await outcome_of(sandbox)
        assert outcome[UNSURE] >= 1
        assert {FINE, UNSURE} >= outcome.keys()
        results = {post.result for post in (await sandbox.load_posts()).values() if post.state == "unsure"}
        assert ["unsure"] == list(results)

    async def test_post_that_a_moderator_deleted_is_not_posted_again(self, ten_plans: Sandbox) -> None:
        """“Unknown Message” in answer to a known nonce counts as sent."""
        await run_bot(ten_plans, Run("after request", 6))
        for plan in ten_plans.plans:
            for message in ten_plans.posts_of(plan):
                ten_plans.delete(message)
        await run_bot(ten_plans, Run())

        assert {FINE: 10} == await outcome_of(ten_plans)

    async def test_slow_login(self, ten_plans: Sandbox) -> None:
        """Until the bot knows its own id, it neither searches for posts nor sends any."""
        await run_bot(ten_plans, Run("after request", 6))
        ten_plans.clock.advance(AFTER_THE_NONCE)
        ten_plans.discord.arm("GET", "/users/@me", Fault.slow(1))
        await run_bot(ten_plans, Run())

        assert {FINE: 10} == await outcome_of(ten_plans)


class TestClock:
    async def test_jumps_across_crashes(self, ten_plans: Sandbox) -> None:
        """Each process has another time, hours earlier or minutes later."""
        for minutes in (-180, 2, 0):
            await run_bot(ten_plans, Run("before commit", 7))
            ten_plans.clock.advance(AFTER_THE_NONCE)
            ten_plans.clock.set_error(timedelta(minutes=minutes))
        await run_bot(ten_plans, Run())

        assert 3 == ten_plans.crashes
        assert {FINE: 10} == await outcome_of(ten_plans)

    async def test_posted_too_early_by_a_clock_that_was_ahead(self, sandbox: Sandbox) -> None:
        """The two o'clock post was sent at noon, before a crash; at two o'clock it is not sent again."""
        await sandbox.add_plans(5, schedule=IN_TWO_HOURS)
        sandbox.clock.set_error(timedelta(hours=3))
        await run_bot(sandbox, Run("after request", 3))
        sandbox.clock.set_error(timedelta(0))
        sandbox.clock.advance(timedelta(hours=2))
        await run_bot(sandbox, Run())

        assert {FINE: 5} == await outcome_of(sandbox)

    async def test_clock_set_back_before_a_retry(self, sandbox: Sandbox) -> None:
        """A retry that was scheduled by the old clock is not delayed by the new one."""
        await sandbox.add_plans(1, schedule=LONG_AGO)
        sandbox.discord.arm("POST", POSTS, Fault.before_accept(503))
        sandbox.discord.arm("POST", POSTS, Fault.on_request(lambda _: sandbox.clock.set_error(timedelta(0))))
        sandbox.clock.set_error(timedelta(hours=3))
        await run_bot(sandbox, Run())

        assert {FINE: 1} == await outcome_of(sandbox)


class TestBackup:
    async def test_restored_backup_doubles_nothing(self, ten_plans: Sandbox) -> None:
        """An online backup, made in the middle of posting, does not know what was posted since."""
        backup = ten_plans.directory / "backup.db"
        ten_plans.discord.arm("POST", POSTS, Fault.on_accepted(lambda _: copy(ten_plans.file, backup)), after=4)
        await run_bot(ten_plans, Run())
        ten_plans.clock.advance(AFTER_THE_NONCE)
        restore(ten_plans.file, backup)
        ten_plans.discord.arm("GET", POSTS, Fault.before_accept(503), count=5)
        await run_bot(ten_plans, Run())

        assert {FINE: 10} == await outcome_of(ten_plans)
        assert 10 == len(ten_plans.discord.find_requests("POST", POSTS))


class TestRace:
    async def test_two_processes_on_one_file(self, ten_plans: Sandbox) -> None:
        """Exactly one of them sends each post, with the time-outs of production."""
        await run_side_by_side(ten_plans, ten_plans.bot(), ten_plans.bot())

        assert {FINE: 10} == await outcome_of(ten_plans)
        assert 10 == len(ten_plans.discord.find_requests("POST", POSTS))

    async def test_process_that_starts_while_another_waits_for_an_answer(self, sandbox: Sandbox) -> None:
        """It finds an unfinished post whose lease is not over, and leaves it alone."""
        (plan,) = await sandbox.add_plans(1)
        answer = asyncio.Event()
        sandbox.discord.arm("POST", POSTS, Fault.hang(answer))
        async with sandbox.bot() as one:
            await sandbox.discord.wait_for_request("POST", POSTS)
            async with sandbox.bot() as other:
                await sandbox.discord.bell.until(
                    lambda: other.stdout.count("committed") >= 2 or None, within=PATIENCE, what="a look at the plan"
                )
                assert 1 == (await sandbox.load_posts())[plan.id].attempts
                answer.set()
                await sandbox.wait_settled(one, other)
                await asyncio.gather(one.terminate(), other.terminate())

        assert {FINE: 1} == await outcome_of(sandbox)
        assert 1 == len(sandbox.discord.find_requests("POST", POSTS))

    async def test_one_of_two_crashes(self, ten_plans: Sandbox) -> None:
        """The other one takes over once the lease is over."""
        await run_side_by_side(
            ten_plans, make_process(ten_plans, Run("after request", 3)), make_process(ten_plans, Run())
        )

        assert 1 == ten_plans.crashes
        assert {FINE: 10} == await outcome_of(ten_plans)

    @pytest.mark.skipif(not IS_INSTALLED, reason="there is no PostgreSQL on this machine")
    async def test_two_processes_on_one_server(self, tmp_path: Path, postgres: PostgresServer) -> None:
        """On PostgreSQL too, only one of them sends each post, and one takes over from the other."""
        async with open_sandbox(tmp_path / "sandbox", url=postgres.empty_database()) as sandbox:
            await sandbox.add_plans(10)
            await run_side_by_side(
                sandbox, make_process(sandbox, Run("before commit", 27)), make_process(sandbox, Run())
            )

            assert {FINE: 10} == await outcome_of(sandbox)
