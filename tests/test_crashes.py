"""Whatever breaks on the way, each post is in its channel once: the real process, killed, misled and set back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.postgres import IS_INSTALLED, PostgresServer
from tests.faults.plays import POSTS, Life, copy, live, race, restore, start
from tests.faults.stage import IN_TWO_HOURS, LONG_AGO, WITHOUT_HISTORY, Stage, open_stage
from tests.faults.verdict import FINE, UNSURE, judge
from tests.wire.bell import PATIENCE
from tests.wire.faults import Fault

AFTER_THE_NONCE = timedelta(minutes=10)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path / "stage") as opened:
        yield opened


@pytest.fixture
async def company(stage: Stage) -> Stage:
    """Plans that are due now and plans that were, with the history open."""
    await stage.add_parts(5)
    await stage.add_parts(5, schedule=LONG_AGO)
    return stage


async def outcome_of(stage: Stage) -> dict[str, int]:
    """How often the posts of a stage came out how, each process having ended well or been killed."""
    verdict = await judge(stage)
    assert [] == stage.complaints, verdict.complaints
    return dict(verdict.counts)


async def test_post_that_nothing_hinders(stage: Stage) -> None:
    """One message with its picture and its nonce, of which the database knows; OpenRouter is not asked."""
    (part,) = await stage.add_parts(1)
    async with stage.bot() as process:
        await stage.settle(process)
        await process.terminate()

    (message,) = stage.posts_of(part)
    (sent,) = stage.discord.find_requests("POST", POSTS)
    assert [b"\x89PNG"] == [one.data[:4] for one in message.attachments]
    assert (True, 24) == (sent.json["enforce_nonce"], len(sent.json["nonce"]))
    assert {FINE: 1} == await outcome_of(stage)
    assert "Traceback" not in process.stderr


class TestCrash:
    @pytest.mark.parametrize("death", ["before commit", "before request", "at request", "at look"])
    async def test_next_process_finishes_what_the_last_began(self, company: Stage, death: str) -> None:
        """`kill -9` while ten posts are under way, each at another stage."""
        await live(company, Life(death, 16 if "commit" in death else 4))
        crashes = company.crashes
        await live(company, Life())

        assert 1 == crashes
        assert {FINE: 10} == await outcome_of(company)

    @pytest.mark.parametrize("moment", ["before", "after"])
    async def test_crash_at_each_commit_in_turn(self, stage: Stage, moment: str) -> None:
        """One plan; process after process dies, one commit later each, until one has done its work."""
        await stage.add_parts(1)
        lives = 0
        while stage.crashes == lives:
            lives += 1
            await live(stage, Life(f"{moment} commit", lives))

        assert lives >= 3
        assert {FINE: 1} == await outcome_of(stage)

    async def test_nonce_helps_where_the_history_is_closed(self, stage: Stage) -> None:
        """A process that comes soon sends again, with the same nonces."""
        await stage.add_parts(6, permissions=WITHOUT_HISTORY)
        await live(stage, Life("after request", 3))
        await live(stage, Life())

        assert {FINE: 6} == await outcome_of(stage)

    async def test_nothing_is_sent_again_where_nobody_can_tell(self, stage: Stage) -> None:
        """The history is closed and the nonce forgotten: the list says so, and no post is doubled."""
        await stage.add_parts(6, permissions=WITHOUT_HISTORY)
        await live(stage, Life("after request", 3))
        stage.time.let_pass(AFTER_THE_NONCE)
        await live(stage, Life())

        outcome = await outcome_of(stage)
        assert outcome[UNSURE] >= 1
        assert {FINE, UNSURE} >= outcome.keys()
        told = {entry.result for entry in (await stage.entries()).values() if entry.state == "unsure"}
        assert ["unsure"] == list(told)

    async def test_deleted_by_a_moderator_is_not_posted_again(self, company: Stage) -> None:
        """Discord's “Unknown Message” to a nonce that it knows counts as sent."""
        await live(company, Life("after request", 6))
        for part in company.parts:
            for message in company.posts_of(part):
                company.delete(message)
        await live(company, Life())

        assert {FINE: 10} == await outcome_of(company)

    async def test_login_that_takes_its_time(self, company: Stage) -> None:
        """Before the bot knows who it is, it does not look for its posts, nor send any."""
        await live(company, Life("after request", 6))
        company.time.let_pass(AFTER_THE_NONCE)
        company.discord.arm("GET", "/users/@me", Fault.slow(1))
        await live(company, Life())

        assert {FINE: 10} == await outcome_of(company)


class TestClock:
    async def test_jumps_across_crashes(self, company: Stage) -> None:
        """Process after process has another time, hours earlier or minutes later."""
        for minutes in (-180, 2, 0):
            await live(company, Life("before commit", 7))
            company.time.let_pass(AFTER_THE_NONCE)
            company.time.be_wrong_by(timedelta(minutes=minutes))
        await live(company, Life())

        assert 3 == company.crashes
        assert {FINE: 10} == await outcome_of(company)

    async def test_posted_too_early_by_a_clock_that_was_ahead(self, stage: Stage) -> None:
        """The post of two o'clock came at noon, and the crash after it; at two o'clock it is not posted again."""
        await stage.add_parts(5, schedule=IN_TWO_HOURS)
        stage.time.be_wrong_by(timedelta(hours=3))
        await live(stage, Life("after request", 3))
        stage.time.be_wrong_by(timedelta(0))
        stage.time.let_pass(timedelta(hours=2))
        await live(stage, Life())

        assert {FINE: 5} == await outcome_of(stage)

    async def test_set_back_while_a_post_is_to_be_tried_again(self, stage: Stage) -> None:
        """What was put off by the old time is not waited for by the new one."""
        await stage.add_parts(1, schedule=LONG_AGO)
        stage.discord.arm("POST", POSTS, Fault.before_accept(503))
        stage.discord.arm("POST", POSTS, Fault.on_request(lambda _: stage.time.be_wrong_by(timedelta(0))))
        stage.time.be_wrong_by(timedelta(hours=3))
        await live(stage, Life())

        assert {FINE: 1} == await outcome_of(stage)


class TestBackup:
    async def test_restored_backup_doubles_nothing(self, company: Stage) -> None:
        """Made by SQLite's own online backup in the middle of posting; it knows nothing of what was posted since."""
        backup = company.directory / "backup.db"
        company.discord.arm("POST", POSTS, Fault.on_accepted(lambda _: copy(company.file, backup)), after=4)
        await live(company, Life())
        company.time.let_pass(AFTER_THE_NONCE)
        restore(company.file, backup)
        company.discord.arm("GET", POSTS, Fault.before_accept(503), count=5)
        await live(company, Life())

        assert {FINE: 10} == await outcome_of(company)
        assert 10 == len(company.discord.find_requests("POST", POSTS))


class TestRace:
    async def test_two_processes_on_one_file(self, company: Stage) -> None:
        """Each post is sent by exactly one of them, with as much time as in production."""
        await race(company, company.bot(), company.bot())

        assert {FINE: 10} == await outcome_of(company)
        assert 10 == len(company.discord.find_requests("POST", POSTS))

    async def test_process_that_starts_while_another_waits_for_its_answer(self, stage: Stage) -> None:
        """It finds a post of which it cannot know that anybody is at it, and leaves it alone."""
        (part,) = await stage.add_parts(1)
        answer = asyncio.Event()
        stage.discord.arm("POST", POSTS, Fault.hang(answer))
        async with stage.bot() as one:
            await stage.discord.wait_for_request("POST", POSTS)
            async with stage.bot() as other:
                await stage.discord.bell.until(
                    lambda: other.stdout.count("committed") >= 2 or None, within=PATIENCE, what="a look at the plan"
                )
                assert 1 == (await stage.entries())[part.plan_id].attempts
                answer.set()
                await stage.settle(one, other)
                await asyncio.gather(one.terminate(), other.terminate())

        assert {FINE: 1} == await outcome_of(stage)
        assert 1 == len(stage.discord.find_requests("POST", POSTS))

    async def test_one_of_two_crashes(self, company: Stage) -> None:
        """The other one takes over, once a live process would have settled."""
        await race(company, start(company, Life("after request", 3)), start(company, Life()))

        assert 1 == company.crashes
        assert {FINE: 10} == await outcome_of(company)

    @pytest.mark.skipif(not IS_INSTALLED, reason="there is no PostgreSQL on this machine")
    async def test_two_processes_on_one_server(self, tmp_path: Path, postgres: PostgresServer) -> None:
        """PostgreSQL holds them apart as well, and one takes over from the other."""
        async with open_stage(tmp_path / "stage", url=postgres.empty_database()) as stage:
            await stage.add_parts(10)
            await race(stage, start(stage, Life("before commit", 27)), start(stage, Life()))

            assert {FINE: 10} == await outcome_of(stage)
