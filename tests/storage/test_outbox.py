"""The outbox, on every kind of database; `tests/autopost/test_fakes.py` runs the same tests on the fake in memory."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.autopost.codes import Problem, ProblemCode
from bot.autopost.delivery import POSTED
from bot.autopost.plans import Plan, PlanRequest, Post, nonce_of
from bot.autopost.schedule import OPEN_FOR, Schedule
from bot.autopost.setbacks import Setbacks
from bot.autopost.transitions import PostEvent, PostState
from bot.market.boards import Board, Metric
from bot.storage.database import Database, open_database
from bot.storage.outbox import OutboxStore
from bot.storage.plan_store import PlanStore
from bot.storage.schema import posts
from tests.autopost.fakes import FakeOutbox, FakePlans

NOON = datetime(2026, 9, 1, 12, 0, 0, 123456, tzinfo=UTC)
MIDNIGHT = datetime(2026, 9, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
AS_OF = date(2026, 8, 31)
GUILD = 10**18 + 1
REQUEST = PlanRequest(guild_id=GUILD, channel_id=7, board=Board.parse("code"), schedule=Schedule(None))


@dataclass(frozen=True)
class Autoposts:
    """A plan and the stores."""

    plans: PlanStore | FakePlans
    outbox: OutboxStore | FakeOutbox
    plan: Plan

    async def claim(self, as_of: date = AS_OF, *, now: datetime = NOON, by_hand: bool = False) -> Post | None:
        """Claim the plan's post for a day of data."""
        return await self.outbox.claim(self.plan, as_of, instant=MIDNIGHT, now=now, by_hand=by_hand)

    async def claimed(self) -> Post:
        """Claim the plan's post; it must succeed."""
        post = await self.claim()
        assert post is not None
        return post

    async def plan_now(self) -> Plan:
        """Load the plan as it is now."""
        (plan,) = await self.plans.load_guild(GUILD)
        return plan


@pytest.fixture
async def autoposts(database: Database) -> Autoposts:
    """A plan without posts."""
    plans = PlanStore(database)
    return Autoposts(plans, OutboxStore(database), await plans.add(REQUEST, now=NOON))


class TestClaim:
    async def test_claimed_post_is_written_with_its_nonce(self, autoposts: Autoposts) -> None:
        """All of it comes back, to the microsecond, and the post is found as unfinished."""
        post = Post(
            id=1,
            plan_id=autoposts.plan.id,
            content=REQUEST.content,
            as_of=AS_OF,
            instant=MIDNIGHT,
            closes_at=MIDNIGHT + OPEN_FOR,
            nonce=nonce_of(autoposts.plan, AS_OF),
            state=PostState.CLAIMED,
            attempts=1,
            first_claimed_at=NOON,
            claimed_at=NOON,
            attempted_at=NOON,
        )

        assert post == await autoposts.claim()
        assert post == await autoposts.outbox.load_unfinished(autoposts.plan.id)

    @pytest.mark.parametrize("by_hand", [False, True])
    async def test_post_is_claimed_once(self, autoposts: Autoposts, *, by_hand: bool) -> None:
        """It cannot be claimed while it is in progress or after it was sent; other data is another post."""
        post = await autoposts.claimed()
        assert await autoposts.claim(by_hand=by_hand) is None
        await autoposts.outbox.mark_sent(post, message_id=1, now=NOON, result=POSTED)
        assert await autoposts.claim(by_hand=by_hand) is None

        assert await autoposts.claim(date(2026, 9, 1)) is not None

    async def test_failed_post_can_be_claimed_again(self, autoposts: Autoposts) -> None:
        """It is the same post with the same nonce, and one more attempt."""
        post = await autoposts.claimed()
        await autoposts.outbox.mark(post, PostEvent.FAIL)
        assert await autoposts.outbox.load_unfinished(autoposts.plan.id) is None
        again = await autoposts.claim(now=NOON + MINUTE)

        assert replace(post, attempts=2, claimed_at=NOON + MINUTE, attempted_at=NOON + MINUTE) == again

    async def test_unsure_post_can_only_be_claimed_by_hand(self, autoposts: Autoposts) -> None:
        """A moderator decides whether to post it."""
        assert [] == list(await autoposts.outbox.load_unsure_days(autoposts.plan.id))
        await autoposts.outbox.mark(await autoposts.claimed(), PostEvent.LOSE_TRACK)
        assert [AS_OF] == list(await autoposts.outbox.load_unsure_days(autoposts.plan.id))

        assert await autoposts.outbox.load_unfinished(autoposts.plan.id) is None
        assert await autoposts.claim() is None
        assert await autoposts.claim(by_hand=True) is not None

    async def test_paused_plan_can_only_be_posted_by_hand(self, autoposts: Autoposts) -> None:
        """It posts nothing by itself."""
        await autoposts.plans.pause(autoposts.plan.id, guild_id=GUILD)

        assert await autoposts.claim() is None
        assert await autoposts.claim(by_hand=True) is not None

    @pytest.mark.parametrize("by_hand", [False, True])
    async def test_plan_that_is_gone_posts_nothing(self, autoposts: Autoposts, *, by_hand: bool) -> None:
        """It may have ended or been removed since it was read."""
        await autoposts.plans.end(autoposts.plan.id, problem=Problem(ProblemCode.CHANNEL_GONE), now=NOON)
        assert await autoposts.claim(by_hand=by_hand) is None
        await autoposts.plans.remove(autoposts.plan.id, guild_id=GUILD, now=NOON)
        assert await autoposts.claim(by_hand=by_hand) is None


class TestTakingOver:
    async def test_only_the_first_process_takes_a_post_over(self, autoposts: Autoposts) -> None:
        """If two processes read the same post, the second must read it again."""
        post = await autoposts.claimed()
        taken = await autoposts.outbox.take_over(post, now=NOON + MINUTE)

        assert replace(post, attempts=2, attempted_at=NOON + MINUTE) == taken
        assert await autoposts.outbox.take_over(post, now=NOON + MINUTE) is None
        assert taken == await autoposts.outbox.load_unfinished(autoposts.plan.id)

    async def test_finished_post_is_not_taken_over(self, autoposts: Autoposts) -> None:
        """It may have been sent since it was read."""
        post = await autoposts.claimed()
        await autoposts.outbox.mark_sent(post, message_id=1, now=NOON, result=POSTED)

        assert await autoposts.outbox.take_over(post, now=NOON) is None


class TestSent:
    async def test_message_is_stored_before_the_post_is_finished(self, autoposts: Autoposts) -> None:
        """A process that continues the post finds the message, and need not send it."""
        post = await autoposts.claimed()
        await autoposts.outbox.note_message(post, message_id=10**18 + 5)

        noted = replace(post, message_id=10**18 + 5)
        assert noted == await autoposts.outbox.load_unfinished(autoposts.plan.id)
        assert replace(noted, attempts=2, attempted_at=NOON) == await autoposts.outbox.take_over(noted, now=NOON)

    @pytest.mark.parametrize("message_id", [10**18 + 5, None])
    async def test_plan_knows_what_was_posted(self, autoposts: Autoposts, message_id: int | None) -> None:
        """One step stores data, instant, message and result, and clears the problem."""
        post = await autoposts.claimed()
        await autoposts.plans.report(
            autoposts.plan.id, Problem(ProblemCode.NO_PERMISSION), setbacks=Setbacks(refusals=1), now=NOON, look_at=NOON
        )
        await autoposts.plans.look_again(autoposts.plan.id, NOON + 60 * MINUTE, waits_for_data=True)
        await autoposts.outbox.mark_sent(post, message_id=message_id, now=NOON + MINUTE, result=POSTED)
        plan = await autoposts.plan_now()

        assert (AS_OF, MIDNIGHT) == (plan.progress.posted, plan.progress.settled)
        assert (None, POSTED, message_id) == (plan.problem, plan.last_result, plan.last_message_id)
        assert NOON + MINUTE == await autoposts.plans.load_next_look()

    async def test_post_that_is_found_late_does_not_reset_its_plan(self, autoposts: Autoposts) -> None:
        """The plan keeps the newer post that was sent meanwhile."""
        old = await autoposts.claimed()
        newer = await autoposts.outbox.claim(autoposts.plan, AS_OF + DAY, instant=MIDNIGHT + DAY, now=NOON + DAY)
        assert newer is not None
        await autoposts.outbox.mark_sent(newer, message_id=2, now=NOON + DAY, result=POSTED)
        await autoposts.outbox.mark_sent(old, message_id=1, now=NOON + DAY, result=POSTED)

        plan = await autoposts.plan_now()
        assert (AS_OF + DAY, MIDNIGHT + DAY, 2) == (plan.progress.posted, plan.progress.settled, plan.last_message_id)
        assert await autoposts.outbox.load_unfinished(autoposts.plan.id) is None

    async def test_post_of_a_removed_plan_is_ignored(self, autoposts: Autoposts) -> None:
        """A moderator may remove the plan before Discord answers."""
        post = await autoposts.claimed()
        await autoposts.plans.remove(autoposts.plan.id, guild_id=GUILD, now=NOON)
        await autoposts.outbox.mark_sent(post, message_id=1, now=NOON, result=POSTED)

        assert await autoposts.outbox.load_unfinished(autoposts.plan.id) is None


class TestRemoved:
    """A plan that is removed and added again, for example with another time."""

    async def made_anew(
        self, autoposts: Autoposts, *, after: timedelta = MINUTE, request: PlanRequest = REQUEST
    ) -> date | None:
        """The newest data that the new plan counts as posted."""
        await autoposts.plans.remove(autoposts.plan.id, guild_id=GUILD, now=NOON)
        await autoposts.plans.forget_old(NOON + after)
        return (await autoposts.plans.add(request, now=NOON + after)).progress.posted

    async def test_a_sent_post_is_not_repeated(self, autoposts: Autoposts) -> None:
        """The channel has it already."""
        await autoposts.outbox.mark_sent(await autoposts.claimed(), message_id=1, now=NOON, result=POSTED)

        assert AS_OF == await self.made_anew(autoposts)

    async def test_a_claimed_post_is_not_repeated(self, autoposts: Autoposts) -> None:
        """Its request may be in progress."""
        await autoposts.claimed()

        assert AS_OF == await self.made_anew(autoposts)

    async def test_a_failed_post_is_posted(self, autoposts: Autoposts) -> None:
        """It is not in the channel."""
        await autoposts.outbox.mark(await autoposts.claimed(), PostEvent.FAIL)

        assert await self.made_anew(autoposts) is None

    async def test_another_channel_or_board_is_independent(self, autoposts: Autoposts) -> None:
        """Only the same board in the same channel would be a repetition."""
        await autoposts.outbox.mark_sent(await autoposts.claimed(), message_id=1, now=NOON, result=POSTED)
        await autoposts.plans.add(replace(REQUEST, channel_id=REQUEST.channel_id + 1), now=NOON)

        assert await self.made_anew(autoposts, request=replace(REQUEST, board=REQUEST.board.by(Metric.TOKENS))) is None

    async def test_it_is_forgotten_after_three_days(self, autoposts: Autoposts) -> None:
        """Nothing is stored longer than needed."""
        await autoposts.outbox.mark_sent(await autoposts.claimed(), message_id=1, now=NOON, result=POSTED)

        assert await self.made_anew(autoposts, after=timedelta(days=3, minutes=1)) is None

    async def test_ended_plan_counts_as_well(self, autoposts: Autoposts) -> None:
        """An ended plan may be replaced without being removed."""
        await autoposts.outbox.mark_sent(await autoposts.claimed(), message_id=1, now=NOON, result=POSTED)
        await autoposts.plans.end(autoposts.plan.id, problem=Problem(ProblemCode.CHANNEL_GONE), now=NOON)

        assert AS_OF == (await autoposts.plans.add(REQUEST, now=NOON)).progress.posted


class TestTwoProcesses:
    async def race(self, database_url: str, *, take_over: bool) -> list[Post]:
        """Let two processes claim or take over one post, ten times each; return the posts that they got."""
        async with open_database(database_url) as one, open_database(database_url) as two:
            plan = await PlanStore(one).add(REQUEST, now=NOON)
            outboxes = [OutboxStore(one), OutboxStore(two)]

            def attempt(outbox: OutboxStore, post: Post | None) -> Awaitable[Post | None]:
                if post is None:
                    return outbox.claim(plan, AS_OF, instant=MIDNIGHT, now=NOON)
                return outbox.take_over(post, now=NOON)

            post = await attempt(outboxes[0], None) if take_over else None
            got = await asyncio.gather(*(attempt(outboxes[number % 2], post) for number in range(20)))
        return [post for post in got if post is not None]

    async def test_exactly_one_claims_a_post(self, database_url: str) -> None:
        """So no other process sends it."""
        assert [1] == [post.attempts for post in await self.race(database_url, take_over=False)]

    async def test_exactly_one_takes_a_post_over(self, database_url: str) -> None:
        """This holds however many processes found it unfinished."""
        assert [2] == [post.attempts for post in await self.race(database_url, take_over=True)]

    async def test_exactly_one_claims_a_failed_post_again(self, database_url: str) -> None:
        """This holds after a failed attempt too."""
        async with open_database(database_url) as one, open_database(database_url) as two:
            plan = await PlanStore(one).add(REQUEST, now=NOON)
            outboxes = [OutboxStore(one), OutboxStore(two)]
            first = await outboxes[0].claim(plan, AS_OF, instant=MIDNIGHT, now=NOON)
            assert first is not None
            await outboxes[0].mark(first, PostEvent.FAIL)
            claims = (outboxes[n % 2].claim(plan, AS_OF, instant=MIDNIGHT, now=NOON) for n in range(20))
            got = await asyncio.gather(*claims)

        assert [2] == [post.attempts for post in got if post is not None]


class TestStates:
    @pytest.mark.parametrize("event", [PostEvent.FAIL, PostEvent.LOSE_TRACK])
    async def test_message_is_noted_only_of_an_unfinished_post(self, autoposts: Autoposts, event: PostEvent) -> None:
        """A slow process does not change what another has decided."""
        post = await autoposts.claimed()
        await autoposts.outbox.mark(post, event)
        await autoposts.outbox.note_message(post, message_id=7)

        again = await autoposts.claim(by_hand=True)
        assert again is not None
        assert None is again.message_id

    async def test_post_in_a_state_of_a_later_version_is_left_alone(self, database: Database) -> None:
        """It is neither claimed nor marked, and its plan does not count it as posted."""
        plans, outbox = PlanStore(database), OutboxStore(database)
        plan = await plans.add(REQUEST, now=NOON)
        post = await outbox.claim(plan, AS_OF, instant=MIDNIGHT, now=NOON)
        assert post is not None
        async with database.transaction() as connection:
            await connection.execute(sa.update(posts).values(state="held"))

        await outbox.mark_sent(post, message_id=1, now=NOON, result=POSTED)
        assert None is await outbox.claim(plan, AS_OF, instant=MIDNIGHT, now=NOON)
        assert [None] == [plan.progress.posted for plan in await plans.load_guild(REQUEST.guild_id)]
