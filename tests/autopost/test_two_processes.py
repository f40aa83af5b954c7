"""Two processes with one database: while one may be sending a post, the other waits; if it dies, the other sends."""

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
ONE_SECOND = timedelta(seconds=1)
LATE_START = ONE_PM + NONCE_WINDOW
"""A process that starts this late searches before it sends."""


@pytest.fixture
def world() -> World:
    """A world with yesterday's data and no plan; each `posting()` is a separate process."""
    return World()


async def claim_elsewhere(world: World, *, ahead: timedelta = timedelta(0)) -> Post:
    """Claim the one o'clock post as another process whose clock is ahead, and which then dies."""
    plan = await world.plan()
    await world.until(ONE_PM)
    post = await world.outbox.claim(plan, FIRST_DATA, instant=ONE_PM, now=world.clock() + ahead)
    assert post is not None
    return post


class TestLease:
    @in_virtual_time
    async def test_process_that_starts_while_another_sends(self, world: World) -> None:
        """It respects the lease, although it did not see the claim being made."""
        await world.plan()
        world.messenger.takes = timedelta(seconds=10)
        async with world.posting():
            await world.until(ONE_PM + ONE_SECOND)
            async with world.posting():
                await world.after(hours=1)

        assert [(1, ONE_PM)] == world.messenger.requests

    @in_virtual_time
    async def test_process_that_held_the_post_before(self, world: World) -> None:
        """After another process has taken a post over, the first waits for the end of that lease."""
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
        assert timedelta(0) <= second - (ONE_PM + timedelta(seconds=50) + LEASE) < ONE_SECOND

    @in_virtual_time
    async def test_process_whose_clock_is_a_little_behind(self, world: World) -> None:
        """A claim slightly in the future still holds its lease."""
        await claim_elsewhere(world, ahead=ONE_SECOND)
        async with world.posting():
            await world.until(ONE_PM + LEASE)
            assert [] == world.messenger.requests
            await world.after(minutes=1)

        assert 1 == len(world.messenger.requests)

    @in_virtual_time
    async def test_process_that_waits_while_another_searches_and_sends(self, world: World) -> None:
        """Search and request together take longer than a lease, which is renewed between them."""
        await world.plan()
        world.messenger.takes = timedelta(seconds=20)
        await world.until(LATE_START)
        async with world.posting(), world.posting():
            await world.after(hours=1)

        assert 1 == len(world.messenger.requests)

    @in_virtual_time
    async def test_process_that_was_delayed_before_its_request(self, world: World) -> None:
        """It does not send a post that another process has taken over meanwhile."""
        await world.plan()
        world.messenger.takes = timedelta(seconds=40)
        await world.until(LATE_START)
        async with world.posting():
            await world.after(seconds=35)
            (post,) = world.outbox.posts
            await world.outbox.take_over(post, now=world.clock())
            await world.after(seconds=25)

        assert [] == world.messenger.requests

    def test_renewed_lease_outlasts_a_request(self) -> None:
        """A request fits into two thirds of a lease, and two leases fit into the nonce's lifetime."""
        assert REQUEST_TIMEOUT <= LEASE * 2 / 3
        assert 2 * LEASE <= NONCE_WINDOW - LEASE


class TestTakingOver:
    @pytest.mark.parametrize("downtime", [ONE_SECOND, LEASE - ONE_SECOND, timedelta(hours=1)], ids=str)
    @in_virtual_time
    async def test_next_process_takes_over_once_the_lease_is_over(self, world: World, downtime: timedelta) -> None:
        """It cannot know that the last process died, so it waits for the end of the lease, and no longer."""
        await claim_elsewhere(world)
        await world.until(ONE_PM + downtime)
        async with world.posting():
            await world.after(hours=1)

        ((_, sent),) = world.messenger.requests
        assert timedelta(0) <= sent - (ONE_PM + max(downtime, LEASE)) < ONE_SECOND
        assert [PostState.SENT] == [post.state for post in world.outbox.posts]

    @in_virtual_time
    async def test_claim_before_the_clock_was_set_back(self, world: World) -> None:
        """A claim that is hours in the future delays nothing."""
        await claim_elsewhere(world, ahead=timedelta(hours=3))
        async with world.posting():
            await world.after(seconds=1)

        assert 1 == len(world.messenger.requests)

    @in_virtual_time
    async def test_process_that_took_over_has_the_last_word(self, world: World) -> None:
        """The first process does not overwrite the result of the second with what it learned earlier."""
        plan = await world.plan()
        refused = Answer(status=403, code=50013, in_doubt=True)
        world.messenger.script = lambda _, attempt: refused if attempt == 1 else None
        async with world.posting(), world.posting():
            await world.after(hours=2)

        posted = await world.current(plan)
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
    async def test_post_is_forgotten_whatever_its_result(self, world: World, answers: list[Answer]) -> None:
        """After a while only the latest post is remembered."""
        await world.plan()
        world.messenger.script = lambda plan, attempt: (
            answers[attempt - 1] if plan.channel_id == 1 and attempt <= len(answers) else None
        )
        async with world.posting():
            await world.after(hours=23, minutes=30)
            await self.assert_only_latest_is_remembered(world)

    @in_virtual_time
    async def test_unsure_post_is_forgotten(self, world: World) -> None:
        """It is left to the moderators."""
        await claim_elsewhere(world)
        world.messenger.found = CannotTell()
        await world.until(LATE_START)
        async with world.posting():
            await world.after(hours=1)
            assert [PostState.UNSURE] == [post.state for post in world.outbox.posts]
            await self.assert_only_latest_is_remembered(world)

    @pytest.mark.parametrize("command", ["pause", "remove"])
    @in_virtual_time
    async def test_post_of_a_paused_or_removed_plan_is_forgotten(self, world: World, command: str) -> None:
        """It is forgotten although nothing more happens to it."""
        plan = await world.plan()
        world.messenger.script = lambda other, _: NO_ANSWER if other.id == plan.id else None
        async with world.posting():
            await world.until(ONE_PM + timedelta(milliseconds=100))
            now = {"now": world.clock()} if command == "remove" else {}
            await getattr(world.plans, command)(plan.id, guild_id=plan.request.guild_id, **now)
            await world.after(hours=1)
            await self.assert_only_latest_is_remembered(world)

    @in_virtual_time
    async def test_post_that_another_process_finished_is_forgotten(self, world: World) -> None:
        """It is forgotten although this process did not finish it."""
        await world.plan()
        world.messenger.script = lambda other, _: NO_ANSWER if other.channel_id == 1 else None
        async with world.posting():
            await world.until(ONE_PM + timedelta(milliseconds=100))
            (post,) = world.outbox.posts
            await world.outbox.mark_sent(post, message_id=1, now=world.clock(), result=POSTED)
            await world.after(hours=1)
            await self.assert_only_latest_is_remembered(world)

    async def assert_only_latest_is_remembered(self, world: World) -> None:
        """Post another plan, and assert that the process remembers only that attempt."""
        other = await world.plan(channel=2)
        assert await world.poster.post_now(other)
        assert 1 == len(world.delivery._leases._attempts)
