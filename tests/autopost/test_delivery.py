"""Delivery, whatever Discord answers: the post is in its channel once, or its plan says why not."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from bot.autopost.codes import Problem, ProblemCode, Result, ResultCode
from bot.autopost.delivery import LATE_REQUEST_WINDOW, NOT_PUBLISHED, POSTED, UNSURE
from bot.autopost.messenger import CannotTell, NotThere, SearchResult
from bot.autopost.outcome import NO_ANSWER, Answer, Place
from bot.autopost.plans import Plan, Post
from bot.autopost.transitions import PlanState, PostState
from bot.market.boards import Board, BoardKind
from tests.autopost.virtual_time import BEGIN, in_virtual_time
from tests.autopost.world import FIRST_DATA, World

ONE_PM = BEGIN.replace(hour=13)
DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    """A world with yesterday's data and no plan."""
    return World()


def answering(*answers: Answer) -> Callable[[Post, int], Answer | None]:
    """A script that gives these answers, one for each attempt, and then accepts the post."""
    return lambda _, attempt: answers[attempt - 1] if attempt <= len(answers) else None


class TestRefusal:
    @in_virtual_time
    async def test_fault_of_our_own_is_logged_and_not_repeated(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A malformed request would be refused again: the next attempt follows at the next instant."""
        plan = await world.plan()
        world.messenger.script = lambda _, __: (
            Answer(status=400, code=50035) if world.clock() < ONE_PM + DAY / 2 else None
        )
        async with world.posting():
            await world.after(hours=12)
            assert 1 == len(world.messenger.requests)
            malformed = Result(ResultCode.MALFORMED, {"status": 400, "code": 50035})
            assert malformed == (await world.current(plan)).last_result
            await world.pass_days(1)

        assert 1 == len(world.messenger.messages)
        assert "refused a post as malformed" in caplog.text


class TestRefusalInDoubt:
    """A request that may have been accepted, followed by a refusal."""

    REFUSED = Answer(status=403, code=50013)
    IN_DOUBT = replace(REFUSED, in_doubt=True)

    @pytest.mark.parametrize("answers", [(NO_ANSWER, REFUSED), (IN_DOUBT,)], ids=["repeated by us", "by discord.py"])
    @pytest.mark.parametrize("found_after", [timedelta(0), LATE_REQUEST_WINDOW - timedelta(seconds=10)], ids=str)
    @in_virtual_time
    async def test_post_that_is_there_is_found(
        self, world: World, answers: tuple[Answer, ...], found_after: timedelta
    ) -> None:
        """Even if it arrives a little later, the post is not marked as failed."""
        plan = await world.plan()
        world.messenger.script = answering(*answers)
        async with world.posting():
            await world.until(ONE_PM + found_after)
            world.messenger.found = Answer(status=200, message_id=77)
            await world.after(hours=2)

        found = await world.current(plan)
        assert (POSTED, 77, None) == (found.last_result, found.last_message_id, found.problem)
        assert len(answers) == len(world.messenger.requests)

    @pytest.mark.parametrize(
        ("found", "state"), [(NotThere(), PostState.FAILED), (CannotTell(), PostState.UNSURE)], ids=str
    )
    @in_virtual_time
    async def test_state_and_problem_are_stored(self, world: World, found: SearchResult, state: PostState) -> None:
        """The post is failed only if the history says so; the refusal is stored in either case."""
        plan = await world.plan()
        world.messenger.found, world.messenger.script = found, answering(self.IN_DOUBT)
        async with world.posting():
            await world.after(hours=1, minutes=9)

        assert [state] == [post.state for post in world.outbox.posts]
        assert Problem(ProblemCode.NO_PERMISSION) == (await world.current(plan)).problem
        assert 1 == len(world.messenger.requests)

    @in_virtual_time
    async def test_failed_search_is_repeated(self, world: World) -> None:
        """The bot concludes nothing from it."""
        plan = await world.plan()
        world.messenger.found, world.messenger.script = Answer(status=503), answering(*[self.IN_DOUBT] * 20)
        async with world.posting():
            await world.until(ONE_PM + timedelta(seconds=10))
            assert [PostState.CLAIMED] == [post.state for post in world.outbox.posts]
            world.messenger.found = Answer(status=200, message_id=77)
            await world.after(hours=2)

        assert 77 == (await world.current(plan)).last_message_id

    @pytest.mark.parametrize("refusal", [Answer(status=403, code=50001), Answer(status=404, code=10003)], ids=str)
    @in_virtual_time
    async def test_refused_search_is_repeated(self, world: World, refusal: Answer) -> None:
        """One refused search says nothing about the post: it is found later, and is not marked as unsure."""
        plan = await world.plan()
        world.messenger.found, world.messenger.script = refusal, answering(*[self.IN_DOUBT] * 20)
        async with world.posting():
            await world.until(ONE_PM + timedelta(minutes=30))
            assert [PostState.CLAIMED] == [post.state for post in world.outbox.posts]
            world.messenger.found = Answer(status=200, message_id=77)
            await world.after(hours=2)

        found = await world.current(plan)
        assert (77, None, POSTED) == (found.last_message_id, found.problem, found.last_result)

    @in_virtual_time
    async def test_wrong_answer_in_doubt_is_checked_too(self, world: World) -> None:
        """The channel exists when it is fetched: the post is sent again, although the bot cannot search for it."""
        missing = Answer(status=404, code=10003, in_doubt=True)
        await world.plan()
        world.messenger.found, world.messenger.script = CannotTell(), answering(missing, missing)
        async with world.posting():
            await world.until(ONE_PM + timedelta(minutes=1))

        assert (1, [PostState.SENT]) == (len(world.messenger.messages), [post.state for post in world.outbox.posts])

    @in_virtual_time
    async def test_search_that_is_refused_all_day_leaves_the_post_unsure(self, world: World) -> None:
        """A missing post is better than two; the next day is posted."""
        plan = await world.plan()
        world.messenger.found = Answer(status=403, code=50001)
        world.messenger.script = lambda _, __: self.IN_DOUBT if world.clock() < ONE_PM + DAY / 2 else None
        async with world.posting():
            await world.until(ONE_PM + timedelta(hours=23))
            assert [PostState.UNSURE] == [post.state for post in world.outbox.posts]
            assert Problem(ProblemCode.NO_ACCESS) == (await world.current(plan)).problem
            await world.pass_days(1)

        assert 2 == len(world.messenger.requests)
        assert POSTED == (await world.current(plan)).last_result

    @in_virtual_time
    async def test_posts_in_doubt_delay_no_other(self, world: World) -> None:
        """While hundreds of posts wait for late requests, another is sent as soon as the rate limit allows."""
        for number in range(300):
            await world.plan(channel=number)
        world.messenger.script = lambda plan, _: self.IN_DOUBT if plan.channel_id < 299 else None
        async with world.posting():
            await world.until(ONE_PM + LATE_REQUEST_WINDOW - timedelta(seconds=5))

        assert [299] == [message.channel_id for message in world.messenger.messages]

    @in_virtual_time
    async def test_refusal_without_doubt_needs_no_search(self, world: World) -> None:
        """An ordinary refusal takes one request."""
        await world.plan()
        world.messenger.script = answering(self.REFUSED)
        async with world.posting():
            await world.after(hours=1, minutes=9)

        assert ([], 1) == (world.messenger.looked, len(world.messenger.requests))


class TestOnce:
    @pytest.mark.parametrize(
        "lost", [NO_ANSWER, Answer(status=500), Answer(status=503), Answer(status=200), Answer(status=429)]
    )
    @in_virtual_time
    async def test_post_whose_answer_was_lost_is_not_doubled(self, world: World, lost: Answer) -> None:
        """Discord accepted it without a useful answer: it is sent again with its nonce, and is there once."""
        plan = await world.plan()
        world.lost, world.messenger.script = lost, world.accepting_without_answer
        async with world.posting():
            await world.after(hours=2)

        assert (2, 1) == (len(world.messenger.requests), len(world.messenger.messages))
        assert (POSTED, 1000) == ((await world.current(plan)).last_result, (await world.current(plan)).last_message_id)

    @in_virtual_time
    async def test_post_in_doubt_stays_what_it_was_when_its_plan_changes(self, world: World) -> None:
        """It is repeated where it was sent, with the same nonce and flags; the next one follows the plan."""
        plan = await world.plan()
        world.messenger.script = world.accepting_without_answer
        async with world.posting():
            await world.until(ONE_PM + timedelta(milliseconds=200))
            changed = replace(plan.request, channel_id=9, publish=True, board=Board(BoardKind.CATEGORY, "code"))
            world.plans.kept[plan.id].plan = replace(await world.current(plan), request=changed)
            await world.after(hours=2)
            assert [1, 1] == [channel for channel, _ in world.messenger.requests]
            assert [] == world.messenger.published
            (post,) = world.outbox.posts
            assert (PostState.SENT, plan.request.content) == (post.state, post.content)
            world.messenger.script = lambda *_: None
            await world.pass_days(1)

        assert [1, 9] == [message.channel_id for message in world.messenger.messages]
        assert [1001] == world.messenger.published

    @in_virtual_time
    async def test_refusal_of_the_old_channel_says_nothing_about_the_new_one(self, world: World) -> None:
        """A plan that was moved away from a deleted channel goes on in its new channel."""
        plan = await world.plan()
        world.messenger.script = lambda post, _: (
            (NO_ANSWER if world.clock() < ONE_PM + timedelta(seconds=1) else Answer(status=404, code=10003))
            if post.channel_id == 1
            else None
        )
        world.messenger.missing = {1}
        async with world.posting():
            await world.until(ONE_PM + timedelta(milliseconds=200))
            moved = replace(plan.request, channel_id=9)
            world.plans.kept[plan.id].plan = replace(await world.current(plan), request=moved)
            await world.pass_days(1)

        assert (PlanState.ACTIVE, None) == ((now := await world.current(plan)).state, now.problem)
        assert [9, 9] == [message.channel_id for message in world.messenger.messages]

    @in_virtual_time
    async def test_post_of_a_moved_plan_waits_for_its_old_channel(self, world: World) -> None:
        """There are never two requests at once into one channel."""
        plan, other = await world.plan(), await world.plan(time(13, 1), channel=2)
        world.messenger.script = world.accepting_without_answer
        async with world.posting():
            await world.until(ONE_PM + timedelta(milliseconds=200))
            moved = replace(plan.request, channel_id=9)
            world.plans.kept[plan.id].plan = replace(await world.current(plan), request=moved)
            here = replace(other.request, channel_id=1)
            world.plans.kept[other.id].plan = replace(await world.current(other), request=here)
            world.messenger.takes = timedelta(seconds=90)
            await world.pass_days(1)
            await world.after(hours=1)

        assert 1 == max(world.messenger.most_at_once.values())
        assert {1, 9} == {message.channel_id for message in world.messenger.messages}

    @in_virtual_time
    async def test_post_that_was_deleted_meanwhile_counts_as_sent(self, world: World) -> None:
        """Discord knows the nonce but the message is gone: a moderator deleted it."""
        plan = await world.plan()
        world.messenger.script = answering(NO_ANSWER, Answer(status=404, code=10008))
        async with world.posting():
            await world.after(hours=5)

        assert (POSTED, None) == ((await world.current(plan)).last_result, (await world.current(plan)).last_message_id)
        assert 2 == len(world.messenger.requests)

    @in_virtual_time
    async def test_retry_after_is_respected(self, world: World) -> None:
        """The second attempt comes no earlier than Discord allows."""
        await world.plan()
        world.messenger.script = answering(Answer(status=429, retry_after=timedelta(seconds=40)))
        async with world.posting():
            await world.after(hours=2)

        (_, first), (_, second) = world.messenger.requests
        assert timedelta(seconds=40) <= second - first <= timedelta(seconds=45)

    @in_virtual_time
    async def test_newer_data_is_posted_when_a_posts_data_is_gone(self, world: World) -> None:
        """A post cannot be sent without its data: the plan posts only the newer data."""
        await world.plan()
        world.messenger.script = lambda _, attempt: NO_ANSWER if world.newest == FIRST_DATA else None
        async with world.posting():
            await world.after(hours=3)
            world.newest = date(2026, 9, 1)
            await world.after(hours=3)

        assert [date(2026, 9, 1)] == [message.as_of for message in world.messenger.messages]

    @in_virtual_time
    async def test_post_keeps_its_day_when_newer_data_comes(self, world: World) -> None:
        """While its instant is open, it is sent with the data that it was claimed for."""
        await world.plan()
        world.messenger.script = lambda _, __: NO_ANSWER if world.newest == FIRST_DATA else None
        async with world.posting():
            await world.pass_days(1)
            await world.after(hours=2)

        assert [FIRST_DATA, date(2026, 9, 1)] == [message.as_of for message in world.messenger.messages]

    @in_virtual_time
    async def test_plan_that_is_paused_or_removed_at_the_last_moment_is_not_posted(self, world: World) -> None:
        """A moderator may act between the look at a plan and its claim."""
        paused, removed = await world.plan(channel=1), await world.plan(channel=2)
        load_due = world.plans.load_due

        async def load_then_lose(now: object, *, limit: int) -> object:
            due = await load_due(now, limit=limit)  # type: ignore[arg-type]  # an instant
            if world.clock() >= ONE_PM:
                await world.plans.pause(paused.id, guild_id=paused.request.guild_id)
                await world.plans.remove(removed.id, guild_id=removed.request.guild_id, now=world.clock())
            return due

        world.plans.load_due = load_then_lose  # type: ignore[method-assign,assignment]  # a quick moderator
        async with world.posting():
            await world.after(hours=3)

        assert [] == world.messenger.requests

    @in_virtual_time
    async def test_published_post_is_published_once(self, world: World) -> None:
        """Only the message of the plan that publishes."""
        await world.plan(publish=True)
        await world.plan(channel=2)
        async with world.posting():
            await world.after(hours=3)

        (message,) = [message for message in world.messenger.messages if message.channel_id == 1]
        assert [1000 + world.messenger.messages.index(message)] == world.messenger.published


class TestPublishing:
    @in_virtual_time
    async def test_temporary_failure_is_retried(self, world: World) -> None:
        """The next process retries too, without sending the post again."""
        plan = await world.plan(publish=True)
        world.messenger.unpublished = [NO_ANSWER, Answer(status=429, retry_after=timedelta(hours=1))]
        async with world.posting():
            await world.until(ONE_PM + timedelta(minutes=30))
        assert None is (await world.current(plan)).last_result
        world.messenger.found = CannotTell()
        async with world.posting():
            await world.after(hours=2)

        assert (POSTED, 1000) == ((await world.current(plan)).last_result, (await world.current(plan)).last_message_id)
        assert (1, [1000] * 3) == (len(world.messenger.requests), world.messenger.published)

    @pytest.mark.parametrize("code", [50001, 50013, 50024])
    @in_virtual_time
    async def test_refusal_is_stored(self, world: World, code: int) -> None:
        """The post itself is in its channel, and the next day is posted."""
        plan = await world.plan(publish=True)
        world.messenger.unpublished = [Answer(status=403, code=code)]
        async with world.posting():
            await world.after(hours=2)
            stored = await world.current(plan)
            assert (NOT_PUBLISHED, 1000, None) == (stored.last_result, stored.last_message_id, stored.problem)
            await world.pass_days(1)

        assert POSTED == (await world.current(plan)).last_result
        assert [1000, 1001] == world.messenger.published

    @in_virtual_time
    async def test_retries_end_with_the_instant(self, world: World) -> None:
        """After a day of failures the post is marked as not published."""
        plan = await world.plan(publish=True)
        world.messenger.unpublished = [NO_ANSWER] * 10_000
        async with world.posting():
            await world.after(hours=24)

        assert NOT_PUBLISHED == (await world.current(plan)).last_result
        assert 1 == len(world.messenger.messages)

    @in_virtual_time
    async def test_deleted_message_is_not_published(self, world: World) -> None:
        """A moderator deleted it, so it counts as done."""
        plan = await world.plan(publish=True)
        world.messenger.unpublished = [Answer(status=404, code=10008)]
        async with world.posting():
            await world.after(hours=2)

        assert POSTED == (await world.current(plan)).last_result


class TestUnsure:
    @pytest.fixture
    def blind(self, world: World) -> World:
        """A world without readable history."""
        world.messenger.found = CannotTell()
        return world

    async def leave_unsure(self, world: World) -> Plan:
        """Leave a post for which the next process cannot tell whether it was sent."""
        plan = await world.plan()
        await world.until(ONE_PM)
        await world.outbox.claim(plan, FIRST_DATA, instant=ONE_PM, now=world.clock())
        await world.after(hours=1)
        return plan

    @in_virtual_time
    async def test_unsure_post_is_not_sent_again(self, blind: World) -> None:
        """A missing post is better than two; the result is stored, and the next day is posted."""
        plan = await self.leave_unsure(blind)
        async with blind.posting():
            await blind.after(hours=1)
            assert ([], UNSURE) == (blind.messenger.messages, (await blind.current(plan)).last_result)
            await blind.pass_days(1)

        assert [date(2026, 9, 1)] == [message.as_of for message in blind.messenger.messages]

    @in_virtual_time
    async def test_restored_backup_that_lost_a_post_does_not_send_it_again(self, blind: World) -> None:
        """It is not sent even if the first search fails and the post is claimed by the time of the second."""
        plan = await blind.plan()
        await blind.until(ONE_PM + timedelta(hours=1))
        blind.messenger.found = Answer(status=503)
        async with blind.posting():
            await blind.after(milliseconds=500)
            blind.messenger.found = CannotTell()
            await blind.after(hours=1)

        assert ([], UNSURE) == (blind.messenger.requests, (await blind.current(plan)).last_result)

    @in_virtual_time
    async def test_moderator_can_post_it(self, blind: World) -> None:
        """The button "Post now" sends it, and then it counts as sent."""
        plan = await self.leave_unsure(blind)
        async with blind.posting():
            await blind.after(hours=1)
            assert await blind.poster.post_now(await blind.current(plan))
            await blind.after(hours=1)

        assert 1 == len(blind.messenger.messages)
        assert {PostState.SENT} == {post.state for post in blind.outbox.posts}

    @in_virtual_time
    async def test_post_that_is_found_counts_as_sent(self, world: World) -> None:
        """If the history is readable, the post is found, linked, and not sent again."""
        plan = await self.leave_unsure(world)
        world.messenger.found = Answer(status=200, message_id=77)
        async with world.posting():
            await world.after(hours=1)

        assert ([], 77) == (world.messenger.requests, (await world.current(plan)).last_message_id)


class TestPostNow:
    @in_virtual_time
    async def test_it_posts_at_once_and_never_twice(self, world: World) -> None:
        """However many moderators click, at once or one after the other."""
        plan = await world.plan()
        async with world.posting():
            await world.after(seconds=1)
            said = await asyncio.gather(*(world.poster.post_now(plan) for _ in range(5)))
            later = [await world.poster.post_now(of) for of in (plan, await world.current(plan))]
            await world.after(hours=3)

        assert [True, False, False, False, False] == sorted(said, reverse=True)
        assert [False, False] == later
        assert 1 == len(world.messenger.messages)

    @in_virtual_time
    async def test_it_does_not_skip_the_next_instant(self, world: World) -> None:
        """Newer data is posted at the plan's own time, even if that is a minute later."""
        plan = await world.plan()
        async with world.posting():
            await world.until(ONE_PM - timedelta(minutes=1))
            assert await world.poster.post_now(plan)
            world.newest = date(2026, 9, 1)
            await world.after(minutes=2)

        assert [ONE_PM - timedelta(minutes=1), ONE_PM] == world.posted_at

    @in_virtual_time
    async def test_it_posts_the_newest(self, world: World) -> None:
        """Even if older data that was not posted is available too."""
        plan = await world.plan()
        world.archived = {date(2026, 8, 29), date(2026, 8, 30)}
        async with world.posting():
            assert await world.poster.post_now(plan)

        assert [FIRST_DATA] == [message.as_of for message in world.messenger.messages]

    @in_virtual_time
    async def test_it_does_nothing_while_a_post_is_in_progress(self, world: World) -> None:
        """A click while the poster is posting adds nothing."""
        plan = await world.plan()
        world.messenger.takes = timedelta(seconds=10)
        async with world.posting():
            await world.until(ONE_PM + timedelta(seconds=5))
            assert not await world.poster.post_now(plan)
            await world.after(hours=1)

        assert ([1], {1: 1}) == ([m.channel_id for m in world.messenger.messages], dict(world.messenger.most_at_once))

    @in_virtual_time
    async def test_it_waits_while_the_poster_is_looking_at_the_channel(self, world: World) -> None:
        """A moderator who has just added the plan gets the post, not an excuse."""
        plan = await world.plan(None)
        load_unfinished = world.outbox.load_unfinished

        async def load_slowly(plan_id: int) -> Post | None:
            await asyncio.sleep(0.5)
            return await load_unfinished(plan_id)

        world.outbox.load_unfinished = load_slowly  # type: ignore[method-assign]  # a slow database
        async with world.posting():
            await world.after(milliseconds=10)
            assert await world.poster.post_now(plan)

        assert 1 == len(world.messenger.messages)

    @in_virtual_time
    async def test_it_works_for_a_paused_plan_and_not_for_an_ended_one(self, world: World) -> None:
        """A moderator may post a paused plan by hand; an ended plan has no channel."""
        paused, ended = await world.plan(channel=1), await world.plan(channel=2)
        await world.plans.pause(paused.id, guild_id=paused.request.guild_id)
        await world.plans.end(ended.id, problem=Place.CHANNEL.gone, now=world.clock())
        async with world.posting():
            await world.after(seconds=1)
            said = [await world.poster.post_now(await world.current(plan)) for plan in (paused, ended)]

        assert [True, False] == said

    @in_virtual_time
    async def test_without_data_there_is_nothing_to_post(self, world: World) -> None:
        """It returns False instead of waiting."""
        plan, world.newest = await world.plan(), None
        async with world.posting():
            assert not await world.poster.post_now(plan)

    @in_virtual_time
    async def test_lost_answer_is_recovered(self, world: World) -> None:
        """The bot finds out later whether the post was sent, as for any post, even if its instant is long past."""
        plan = await world.plan()
        world.messenger.script = world.accepting_without_answer
        world.messenger.found = Answer(status=200, message_id=1000)
        async with world.posting():
            await world.after(seconds=1)
            assert not await world.poster.post_now(plan)
            await world.after(minutes=1)

        assert (POSTED, 1000) == ((await world.current(plan)).last_result, (await world.current(plan)).last_message_id)
        assert 1 == len(world.messenger.messages)

    @in_virtual_time
    async def test_unfinished_post_is_finished_first(self, world: World) -> None:
        """A click first searches for an unfinished post, so that the old post cannot follow the new one."""
        plan = await world.plan()
        world.messenger.script = lambda _, __: NO_ANSWER if world.newest == FIRST_DATA else None
        async with world.posting():
            await world.until(ONE_PM + timedelta(minutes=30))
            world.newest = date(2026, 9, 1)
            world.messenger.found = Answer(status=200, message_id=77)
            assert await world.poster.post_now(await world.current(plan))
            await world.pass_days(2)

        stored = await world.current(plan)
        assert [date(2026, 9, 1), date(2026, 9, 2)] == [message.as_of for message in world.messenger.messages]
        assert {PostState.SENT} == {post.state for post in world.outbox.posts}
        assert (POSTED, date(2026, 9, 2)) == (stored.last_result, stored.progress.posted)

    @in_virtual_time
    async def test_post_that_cannot_be_finished_is_left_to_the_poster(self, world: World) -> None:
        """While Discord does not answer, a click sends nothing new."""
        plan = await world.plan()
        world.messenger.script = lambda _, __: NO_ANSWER
        async with world.posting():
            await world.until(ONE_PM + timedelta(minutes=30))
            assert not await world.poster.post_now(await world.current(plan))

        assert [PostState.CLAIMED] == [post.state for post in world.outbox.posts]
