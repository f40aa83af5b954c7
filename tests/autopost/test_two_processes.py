"""Two processes with one database: while one may be sending a post, the other does not; if it dies, the other does."""

from datetime import timedelta

import pytest

from bot.app.channels import REQUEST_TIMEOUT
from bot.autopost.delivery import POSTED
from bot.autopost.leases import LEASE, NONCE_WINDOW
from bot.autopost.messenger import CannotTell
from bot.autopost.outcome import NO_ANSWER, Answer
from bot.autopost.plans import Post
from bot.autopost.transitions import PostState
from tests.autopost.virtual_time import BEGIN, in_virtual_time
from tests.autopost.world import FIRST_DATA, World

ONE_PM = BEGIN.replace(hour=13)
A_SECOND = timedelta(seconds=1)
LONG_AFTER = ONE_PM + NONCE_WINDOW
"""Whoever starts then looks before it sends."""


@pytest.fixture
def world() -> World:
    """No plan yet, and yesterday's data; each `posting()` is a process of its own."""
    return World()


async def claim_elsewhere(world: World, *, ahead: timedelta = timedelta(0)) -> Post:
    """Have another process claim the post of one o'clock, by a clock that is ahead, and say nothing more."""
    plan = await world.plan()
    await world.until(ONE_PM)
    post = await world.outbox.claim(plan, FIRST_DATA, instant=ONE_PM, now=world.clock() + ahead)
    assert post is not None
    return post


class TestNobodyElseSends:
    @in_virtual_time
    async def test_process_that_starts_while_another_sends(self, world: World) -> None:
        """It did not see the claim being made, and heeds it all the same."""
        await world.plan()
        world.messenger.takes = timedelta(seconds=10)
        async with world.posting():
            await world.until(ONE_PM + A_SECOND)
            async with world.posting():
                await world.after(hours=1)

        assert [(1, ONE_PM)] == world.messenger.requests

    @in_virtual_time
    async def test_process_that_had_the_post_before(self, world: World) -> None:
        """A post that another process took over meanwhile is that one's, until its lease is over."""
        await world.plan()
        world.messenger.script = lambda _, attempt: (
            Answer(status=429, retry_after=timedelta(minutes=1)) if attempt == 1 else None
        )
        async with world.posting():
            await world.until(ONE_PM + timedelta(seconds=50))
            (post,) = world.outbox.posts
            await world.outbox.take_over(post, now=world.clock())
            await world.after(hours=1)

        (_, (_, second)) = world.messenger.requests
        assert timedelta(0) <= second - (ONE_PM + timedelta(seconds=50) + LEASE) < A_SECOND

    @in_virtual_time
    async def test_process_whose_clock_is_a_little_behind(self, world: World) -> None:
        """A claim that seems to be of the future is no old one."""
        await claim_elsewhere(world, ahead=A_SECOND)
        async with world.posting():
            await world.until(ONE_PM + LEASE)
            assert [] == world.messenger.requests
            await world.after(minutes=1)

        assert 1 == len(world.messenger.requests)

    @in_virtual_time
    async def test_process_that_waits_while_another_looks_and_then_sends(self, world: World) -> None:
        """Together that outlasts a lease, which is renewed between the two."""
        await world.plan()
        world.messenger.takes = timedelta(seconds=20)
        await world.until(LONG_AFTER)
        async with world.posting(), world.posting():
            await world.after(hours=1)

        assert 1 == len(world.messenger.requests)

    @in_virtual_time
    async def test_process_that_was_held_up_before_its_request(self, world: World) -> None:
        """Whoever comes back to a post that another process has taken over does not send it."""
        await world.plan()
        world.messenger.takes = timedelta(seconds=40)
        await world.until(LONG_AFTER)
        async with world.posting():
            await world.after(seconds=35)
            (post,) = world.outbox.posts
            await world.outbox.take_over(post, now=world.clock())
            await world.after(seconds=25)

        assert [] == world.messenger.requests

    def test_lease_that_was_just_renewed_outlasts_a_request(self) -> None:
        """A third of it may have passed; after it the nonce still helps."""
        assert REQUEST_TIMEOUT <= LEASE * 2 / 3
        assert 2 * LEASE <= NONCE_WINDOW - LEASE


class TestTakingOver:
    @pytest.mark.parametrize("downtime", [A_SECOND, LEASE - A_SECOND, timedelta(hours=1)], ids=str)
    @in_virtual_time
    async def test_next_process_takes_over_once_the_lease_is_over(self, world: World, downtime: timedelta) -> None:
        """It cannot know that the last one died, and waits no longer than that."""
        await claim_elsewhere(world)
        await world.until(ONE_PM + downtime)
        async with world.posting():
            await world.after(hours=1)

        ((_, sent),) = world.messenger.requests
        assert timedelta(0) <= sent - (ONE_PM + max(downtime, LEASE)) < A_SECOND
        assert [PostState.SENT] == [post.state for post in world.outbox.posts]

    @in_virtual_time
    async def test_claim_by_a_clock_that_was_set_back_since(self, world: World) -> None:
        """Nobody waits for an instant that is hours away."""
        await claim_elsewhere(world, ahead=timedelta(hours=3))
        async with world.posting():
            await world.after(seconds=1)

        assert 1 == len(world.messenger.requests)

    @in_virtual_time
    async def test_other_process_has_the_last_word(self, world: World) -> None:
        """What the first learned before it lost the post is not entered over what the second did."""
        plan = await world.plan()
        refused = Answer(status=403, code=50013, in_doubt=True)
        world.messenger.script = lambda _, attempt: refused if attempt == 1 else None
        async with world.posting(), world.posting():
            await world.after(hours=2)

        posted = await world.now_is(plan)
        assert (None, POSTED) == (posted.problem, posted.last_result)
        assert [PostState.SENT] == [post.state for post in world.outbox.posts]


class TestMemory:
    @pytest.mark.parametrize(
        "answers",
        [
            [],
            [NO_ANSWER],
            [Answer(status=403, code=50013)],
            [Answer(status=404, code=10003)],
            [Answer(status=400, code=50035)],
            [Answer(status=403, code=50013, in_doubt=True)],
            [Answer(status=404, code=10008)],
            [NO_ANSWER] * 1000,
        ],
        ids=["sent", "sent again", "paused", "ended", "malformed", "in doubt", "deleted", "given up"],
    )
    @in_virtual_time
    async def test_post_is_forgotten_however_it_ended(self, world: World, answers: list[Answer]) -> None:
        """After a while nothing is remembered but the latest post."""
        await world.plan()
        world.messenger.script = lambda plan, attempt: (
            answers[attempt - 1] if plan.channel_id == 1 and attempt <= len(answers) else None
        )
        async with world.posting():
            await world.after(hours=23, minutes=30)
            await self.assert_only_the_next_is_remembered(world)

    @in_virtual_time
    async def test_post_that_nobody_can_tell_of_is_forgotten(self, world: World) -> None:
        """It is the moderators' now."""
        await claim_elsewhere(world)
        world.messenger.found = CannotTell()
        await world.until(LONG_AFTER)
        async with world.posting():
            await world.after(hours=1)
            assert [PostState.UNSURE] == [post.state for post in world.outbox.posts]
            await self.assert_only_the_next_is_remembered(world)

    @pytest.mark.parametrize("command", ["pause", "remove"])
    @in_virtual_time
    async def test_post_of_a_plan_that_rests_or_is_gone_is_forgotten(self, world: World, command: str) -> None:
        """Although nobody goes on with it."""
        plan = await world.plan()
        world.messenger.script = lambda other, _: NO_ANSWER if other.id == plan.id else None
        async with world.posting():
            await world.until(ONE_PM + timedelta(milliseconds=100))
            now = {"now": world.clock()} if command == "remove" else {}
            await getattr(world.plans, command)(plan.id, guild_id=plan.request.guild_id, **now)
            await world.after(hours=1)
            await self.assert_only_the_next_is_remembered(world)

    @in_virtual_time
    async def test_post_that_another_process_has_is_forgotten(self, world: World) -> None:
        """Whatever becomes of it there."""
        await world.plan()
        world.messenger.script = lambda other, _: NO_ANSWER if other.channel_id == 1 else None
        async with world.posting():
            await world.until(ONE_PM + timedelta(milliseconds=100))
            (post,) = world.outbox.posts
            await world.outbox.mark_sent(post, message_id=1, now=world.clock(), result=POSTED)
            await world.after(hours=1)
            await self.assert_only_the_next_is_remembered(world)

    async def assert_only_the_next_is_remembered(self, world: World) -> None:
        """Have another plan post, and see what the process remembers."""
        other = await world.plan(channel=2)
        assert await world.poster.post_now(other)
        assert 1 == len(world.delivery._leases._attempts)
