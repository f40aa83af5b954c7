"""The poster: every plan gets its post once, at its time, without waiting for others; in virtual time."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.autopost.delivery import POSTED
from bot.autopost.outcome import NO_ANSWER, Answer, Place
from bot.autopost.pace import REQUESTS_A_SECOND
from bot.autopost.plans import Plan, Post, ScheduleBasis
from bot.autopost.poster import BATCH_SIZE, LONGEST_SLEEP, MISSED, NOTHING_NEW, RETRY_AFTER_ERROR
from bot.autopost.schedule import ZONE_RULES, Days
from bot.errors import StorageError
from tests.autopost.virtual_time import BEGIN, in_virtual_time
from tests.autopost.world import World

ONE_PM = BEGIN.replace(hour=13)
DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    """A world with yesterday's data and no plan."""
    return World()


class TestWaiting:
    @in_virtual_time
    async def test_post_is_sent_at_its_instant(self, world: World) -> None:
        """The poster sleeps until the earliest plan is due."""
        for at in (time(15), time(13), time(14)):
            await world.plan(at, channel=at.hour)
        async with world.posting():
            await world.pass_days(1)

        assert [ONE_PM, ONE_PM.replace(hour=14), ONE_PM.replace(hour=15)] == world.posted_at

    @in_virtual_time
    async def test_new_plan_wakes_the_poster(self, world: World) -> None:
        """A woken poster finds a plan for the next minute in time; without that it finds it within a minute."""
        async with world.posting():
            await world.after(seconds=1)
            await world.plan(time(12, 0, 30), channel=1)
            world.poster.wake()
            await world.after(seconds=31)
            assert [BEGIN.replace(second=30)] == world.posted_at

            await world.plan(time(12, 0, 40), channel=2)
            await world.after(seconds=LONGEST_SLEEP.total_seconds())
        assert 2 == len(world.messenger.messages)

    @in_virtual_time
    async def test_new_data_wakes_the_plans_that_wait_for_it(self, world: World) -> None:
        """A plan without a time first posts the present data, and then each new data within a minute."""
        await world.plan(None)
        async with world.posting():
            await world.pass_days(3)

        arrivals = [BEGIN.replace(day=2, hour=0), *(BEGIN.replace(day=day, hour=0, minute=20) for day in (3, 4))]
        late = [at - arrival for at, arrival in zip(world.posted_at, arrivals, strict=True)]
        assert [] == [by for by in late if not timedelta(0) <= by <= LONGEST_SLEEP]

    @in_virtual_time
    async def test_data_that_arrives_during_a_look_is_not_overlooked(self, world: World) -> None:
        """Data may arrive after a plan was looked at and before it is marked as waiting for data."""
        plan = await world.plan(None)
        look_again = world.plans.look_again

        async def look_again_late(plan_id: int, at: datetime, *, waits_for_data: bool = False) -> None:
            if waits_for_data and world.newest == date(2026, 8, 31):
                world.newest = date(2026, 9, 1)
                world.poster.wake()
                await world.after(seconds=1)
            await look_again(plan_id, at, waits_for_data=waits_for_data)

        world.plans.look_again = look_again_late  # type: ignore[method-assign]  # a slow database
        world.plans.kept[plan.id].plan = await posted_before(world, plan)
        async with world.posting():
            await world.after(hours=13)

        assert [date(2026, 9, 1)] == [message.as_of for message in world.messenger.messages]

    @in_virtual_time
    async def test_changed_clock_is_noticed(self, world: World) -> None:
        """If the clock is set forward, due posts follow within a minute; if it is set back, nothing is posted twice."""
        await world.plan(time(18))
        async with world.posting():
            await world.after(minutes=1)
            world.set_back = -timedelta(hours=7)
            await world.after(minutes=2)
            assert 1 == len(world.messenger.messages)

            world.set_back = timedelta(0)
            await world.after(hours=8)
        assert 1 == len(world.messenger.messages)


class TestStart:
    @in_virtual_time
    async def test_plans_that_are_not_due_cost_nothing_at_start(self, world: World) -> None:
        """A process does not look at them if the zone rules and the clock are as in the last run."""
        await self.start(world)
        looks = len(world.plans.looks)
        await self.start(world)

        assert looks == len(world.plans.looks)

    @pytest.mark.parametrize(
        "changed",
        [ScheduleBasis(zone_rules="1970a", clock=BEGIN), ScheduleBasis(zone_rules=ZONE_RULES, clock=BEGIN + DAY)],
    )
    @in_virtual_time
    async def test_new_rules_or_a_clock_set_back_make_all_plans_due(self, world: World, changed: ScheduleBasis) -> None:
        """The stored times of their next looks may be wrong."""
        await self.start(world)
        world.plans.basis = changed
        looks = len(world.plans.looks)
        await self.start(world)

        assert looks + 20 == len(world.plans.looks)

    @in_virtual_time
    async def test_old_rows_are_deleted_while_it_runs(self, world: World) -> None:
        """30 days after its end, a plan is deleted."""
        plan = await world.plan()
        await world.plans.end(plan.id, problem=Place.CHANNEL.gone, now=world.clock() - 29 * DAY)
        async with world.posting():
            await world.after(hours=23)
            assert plan.id in world.plans.kept
            await world.after(hours=2)

        assert plan.id not in world.plans.kept

    async def start(self, world: World) -> None:
        """Run a process with twenty plans for an hour in which none is due."""
        for channel in range(20 - len(world.plans.kept)):
            await world.plan(time(11), channel=channel)
        async with world.posting():
            await world.after(hours=1)


async def posted_before(world: World, plan: Plan) -> Plan:
    """The plan as if it had posted the present data the day before."""
    instant = BEGIN.replace(hour=0)
    await world.plans.settle(plan.id, instant, result=POSTED, now=world.clock())
    post = await world.outbox.claim(plan, date(2026, 8, 31), instant=instant, now=world.clock())
    assert post is not None
    await world.outbox.mark_sent(post, message_id=1, now=world.clock(), result=POSTED)
    return await world.current(plan)


class TestOncePerDay:
    @in_virtual_time
    async def test_each_plan_posts_each_data_once(self, world: World) -> None:
        """In two weeks each plan has one post a day, each with other data."""
        plans = [
            await world.plan(at, channel=number) for number, at in enumerate([None, time(0, 5), time(9), time(23)])
        ]
        async with world.posting():
            await world.pass_days(14)

        for plan in plans:
            posted = [message.as_of for message in world.messenger.messages if message.plan_id == plan.id]
            assert 14 == len(posted) == len(set(posted))
        assert len(world.messenger.messages) == len(world.messenger.requests)

    @in_virtual_time
    async def test_first_post_takes_the_present_data(self, world: World) -> None:
        """This holds even if the data is older than yesterday."""
        world.newest = date(2026, 8, 20)
        await world.plan()
        async with world.posting():
            await world.after(hours=2)

        assert [date(2026, 8, 20)] == [message.as_of for message in world.messenger.messages]

    @in_virtual_time
    async def test_plan_made_after_its_instant_waits_for_the_next(self, world: World) -> None:
        """There is no post for a time that had passed when the plan was made."""
        await world.plan(time(11))
        async with world.posting():
            await world.after(hours=22.9)
            assert [] == world.posted_at
            await world.after(hours=0.2)

        assert [datetime(2026, 9, 2, 11, tzinfo=UTC)] == world.posted_at

    @in_virtual_time
    async def test_day_without_new_data_is_stored(self, world: World) -> None:
        """The result says so, and the next data is posted at the plan's time."""
        plan = await world.plan()
        async with world.posting():
            await world.after(hours=2)
            await world.after(days=2)
            assert NOTHING_NEW == (await world.current(plan)).last_result
            world.newest = date(2026, 9, 3)
            await world.after(days=1)

        assert [date(2026, 8, 31), date(2026, 9, 3)] == [message.as_of for message in world.messenger.messages]

    @in_virtual_time
    async def test_weekly_plan_posts_weekly(self, world: World) -> None:
        """A plan for one weekday has one post a week."""
        request = await world.plan(time(13))
        weekly = world.plans.kept[request.id]
        weekly.plan = with_days(weekly.plan, Days.FRIDAY)
        async with world.posting():
            await world.pass_days(14)

        assert [datetime(2026, 9, day, 13, tzinfo=UTC) for day in (4, 11)] == world.posted_at


def with_days(plan: Plan, days: Days) -> Plan:
    """The plan with other days."""
    from dataclasses import replace

    return replace(plan, request=replace(plan.request, schedule=replace(plan.request.schedule, days=days)))


class TestDowntime:
    @pytest.mark.parametrize(("hours_late", "posts"), [(0.1, 1), (12, 1), (21.9, 1), (22.1, 0)])
    @in_virtual_time
    async def test_late_post_comes_within_22_hours(self, world: World, hours_late: float, posts: int) -> None:
        """A process that starts in time sends the missed post; later the post is stored as missed."""
        plan = await world.plan()
        await world.until(ONE_PM + timedelta(hours=hours_late))
        async with world.posting():
            await world.after(minutes=1)

        assert posts == len(world.messenger.messages)
        assert (POSTED if posts else MISSED) == (await world.current(plan)).last_result

    @in_virtual_time
    async def test_no_backlog_after_a_week(self, world: World) -> None:
        """After seven missed days there is one post, with the newest data."""
        await world.plan()
        await world.after(days=7, hours=3)
        world.newest = date(2026, 9, 7)
        async with world.posting():
            await world.after(minutes=1)

        assert [date(2026, 9, 7)] == [message.as_of for message in world.messenger.messages]

    @in_virtual_time
    async def test_late_post_takes_the_data_of_its_own_time(self, world: World) -> None:
        """The newer data is left for the next instant, which is then on time."""
        await world.plan()
        await world.until(ONE_PM + timedelta(hours=17))
        world.archived, world.newest = {date(2026, 8, 30), date(2026, 8, 31)}, date(2026, 9, 1)
        async with world.posting():
            await world.after(hours=8)

        assert [date(2026, 8, 31), date(2026, 9, 1)] == [message.as_of for message in world.messenger.messages]
        late, in_time = world.posted_at
        assert (True, ONE_PM + DAY) == (late < ONE_PM + DAY, in_time)

    @in_virtual_time
    async def test_late_post_is_searched_for_first(self, world: World) -> None:
        """A restored backup may lack a post: the bot searches the channel before it sends anything."""
        await world.plan()
        await world.until(ONE_PM + timedelta(hours=3))
        async with world.posting():
            await world.after(minutes=1)

        assert ([1], 1) == (world.messenger.looked, len(world.messenger.messages))

    @in_virtual_time
    async def test_post_is_sent_after_an_outage_of_discord(self, world: World) -> None:
        """After ten hours of 503, 429 and no answer the post is sent once."""
        broken = [Answer(status=503), NO_ANSWER, Answer(status=429, retry_after=timedelta(minutes=3))]
        until = ONE_PM + timedelta(hours=10)
        world.messenger.script = lambda _, attempt: broken[attempt % 3] if world.clock() < until else None
        plan = await world.plan()
        async with world.posting():
            await world.after(hours=12)

        (posted,) = world.posted_at
        assert until <= posted <= until + timedelta(minutes=15)
        assert len(world.messenger.requests) < 200
        assert POSTED == (await world.current(plan)).last_result

    @in_virtual_time
    async def test_post_is_missed_if_an_outage_outlasts_its_instant(self, world: World) -> None:
        """The next day's post is sent as planned."""
        until = ONE_PM + timedelta(hours=23)
        world.messenger.script = lambda _, attempt: NO_ANSWER if world.clock() < until else None
        plan = await world.plan()
        async with world.posting():
            await world.until(until)
            assert MISSED == (await world.current(plan)).last_result
            await world.after(hours=2)

        assert [ONE_PM + DAY] == world.posted_at


class TestNeighbours:
    @pytest.mark.parametrize("hanging", [1, 300])
    @in_virtual_time
    async def test_hanging_channels_delay_no_other(self, world: World, hanging: int) -> None:
        """While many channels take a minute to answer, the others get their posts as soon as the rate limit allows."""
        for number in range(hanging + 39):
            await world.plan(channel=number)
        send = world.messenger.send

        async def send_slowly(post: Post) -> Answer | None:
            await world.after(seconds=60 if post.channel_id < hanging else 0)
            return await send(post)

        world.messenger.send = send_slowly  # type: ignore[method-assign]  # channels that hang
        async with world.posting():
            await world.after(hours=1, minutes=3)

        last = max(message.at for message in world.messenger.messages if message.channel_id >= hanging)
        assert last - ONE_PM <= timedelta(seconds=1 + (hanging + 39) / REQUESTS_A_SECOND)
        assert hanging + 39 == len(world.messenger.messages)

    @in_virtual_time
    async def test_more_hanging_channels_than_a_batch(self, world: World) -> None:
        """Plans in progress do not take places in the next batch."""
        for number in range(BATCH_SIZE):
            await world.plan(channel=number)
        world.messenger.takes = timedelta(minutes=10)
        async with world.posting():
            await world.until(ONE_PM + timedelta(minutes=1))
            world.messenger.takes = timedelta(0)
            await world.plan(time(13, 2), channel=BATCH_SIZE)
            await world.until(ONE_PM + timedelta(minutes=2) + LONGEST_SLEEP)

        assert [BATCH_SIZE] == [message.channel_id for message in world.messenger.messages]

    @in_virtual_time
    async def test_post_that_is_due_while_another_hangs_is_on_time(self, world: World) -> None:
        """The loop does not wait for posts in progress."""
        await world.plan(time(13), channel=1)
        await world.plan(time(13, 0, 20), channel=2)
        send = world.messenger.send

        async def send_slowly(post: Post) -> Answer | None:
            await world.after(seconds=50 if post.channel_id == 1 else 0)
            return await send(post)

        world.messenger.send = send_slowly  # type: ignore[method-assign]  # a channel that hangs
        async with world.posting():
            await world.after(hours=1, minutes=2)

        assert [ONE_PM.replace(second=20), ONE_PM.replace(second=50)] == world.posted_at

    @in_virtual_time
    async def test_failing_channel_delays_no_other(self, world: World) -> None:
        """One channel fails again and again, and the others are on time."""
        world.messenger.script = lambda plan, _: NO_ANSWER if plan.channel_id == 0 else None
        for number in range(40):
            await world.plan(channel=number)
        async with world.posting():
            await world.after(hours=1.5)

        assert 39 == len(world.posted_at)
        assert max(world.posted_at) <= ONE_PM + timedelta(seconds=1)

    @in_virtual_time
    async def test_never_two_at_once_to_one_channel(self, world: World) -> None:
        """The boards of a channel are posted one after the other, while other channels go on."""
        for number in range(60):
            await world.plan(channel=number % 3, board=board_of(number))
        async with world.posting():
            await world.after(hours=1, minutes=1)

        assert 60 == len(world.messenger.messages)
        assert {1} == set(world.messenger.most_at_once.values())

    @in_virtual_time
    async def test_unexpected_error_is_contained_and_the_plan_retried(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The error affects only its plan, is logged, and the plan is tried again ten minutes later."""
        broken, whole = await world.plan(channel=1), await world.plan(channel=2)
        load_unfinished = world.outbox.load_unfinished

        async def load_some(plan_id: int) -> object:
            if plan_id == broken.id and world.clock() < ONE_PM + timedelta(minutes=5):
                raise ZeroDivisionError
            return await load_unfinished(plan_id)

        world.outbox.load_unfinished = load_some  # type: ignore[method-assign,assignment]  # a bug
        async with world.posting():
            await world.after(hours=2)

        assert [whole.id, broken.id] == [message.plan_id for message in world.messenger.messages]
        assert ONE_PM + RETRY_AFTER_ERROR == world.posted_at[1]
        assert "ZeroDivisionError" in caplog.text

    @in_virtual_time
    async def test_database_failure_does_not_end_the_poster(self, world: World) -> None:
        """The loop continues after a pause, and everything is posted."""
        await world.plan()
        load_due, broken = world.plans.load_due, BEGIN + timedelta(minutes=50)

        async def load_sometimes(now: datetime, *, limit: int) -> object:
            if broken <= now < broken + timedelta(minutes=20):
                raise StorageError("The disk is full.")
            return await load_due(now, limit=limit)

        world.plans.load_due = load_sometimes  # type: ignore[method-assign,assignment]  # a full disk
        async with world.posting():
            await world.after(hours=2)

        assert 1 == len(world.posted_at)
        assert world.posted_at[0] < ONE_PM + timedelta(minutes=20)


def board_of(number: int) -> object:
    """One of many boards."""
    from bot.market.boards import Board, BoardKind

    return Board(BoardKind.TASK, f"code:{number}")


class TestStopped:
    @in_virtual_time
    async def test_too_many_invalid_answers_stop_posting_for_ten_minutes(self, world: World) -> None:
        """After 501 answers of 403 no request is made for ten minutes; then the others get their posts, late."""
        for number in range(700):
            await world.plan(channel=number)
        world.messenger.script = lambda plan, _: Answer(status=403, code=50013) if plan.channel_id <= 520 else None
        async with world.posting():
            await world.after(hours=1.5)

        requested = [at for _, at in world.messenger.requests]
        stopped = requested[500]
        pause = [at for at in requested if stopped + timedelta(seconds=2) < at]  # after the requests in progress
        assert stopped + timedelta(minutes=10) <= pause[0] < stopped + timedelta(minutes=12)
        assert 179 == len(world.messenger.messages)

    @in_virtual_time
    async def test_post_now_is_stopped_too(self, world: World) -> None:
        """While posting is stopped, a click sends nothing."""
        plan = await world.plan(channel=1000)
        world.messenger.script = lambda _, __: Answer(status=403, code=50013)
        for number in range(520):
            await world.plan(channel=number)
        async with world.posting():
            await world.after(hours=1, minutes=1)
            before = len(world.messenger.requests)
            assert not await world.poster.post_now(plan)

        assert before == len(world.messenger.requests)
