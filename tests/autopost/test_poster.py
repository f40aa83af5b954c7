"""The poster: every plan gets its post at its time, once, and none waits for another; in days that pass at once."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.autopost.delivery import POSTED
from bot.autopost.outcome import NO_ANSWER, Answer, Place
from bot.autopost.pace import REQUESTS_A_SECOND
from bot.autopost.plans import Plan, Post, ScheduleBasis
from bot.autopost.poster import AFTER_A_BREAKDOWN, BATCH, LONGEST_NAP, MISSED, NOTHING_NEW
from bot.autopost.schedule import ZONE_RULES, Days
from bot.errors import StorageError
from tests.autopost.virtual_time import BEGIN, in_virtual_time
from tests.autopost.world import World

ONE_PM = BEGIN.replace(hour=13)
DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    """No plan yet, and yesterday's data."""
    return World()


class TestWaiting:
    @in_virtual_time
    async def test_post_comes_at_its_very_instant(self, world: World) -> None:
        """The poster sleeps until the earliest plan is due, whatever else is planned."""
        for at in (time(15), time(13), time(14)):
            await world.plan(at, channel=at.hour)
        async with world.posting():
            await world.pass_days(1)

        assert [ONE_PM, ONE_PM.replace(hour=14), ONE_PM.replace(hour=15)] == world.posted_at

    @in_virtual_time
    async def test_new_plan_wakes_the_poster(self, world: World) -> None:
        """A plan for the next minute is not found too late; without a word it is found within a minute."""
        async with world.posting():
            await world.after(seconds=1)
            await world.plan(time(12, 0, 30), channel=1)
            world.poster.wake()
            await world.after(seconds=31)
            assert [BEGIN.replace(second=30)] == world.posted_at

            await world.plan(time(12, 0, 40), channel=2)
            await world.after(seconds=LONGEST_NAP.total_seconds())
        assert 2 == len(world.messenger.messages)

    @in_virtual_time
    async def test_new_data_wakes_the_plans_that_wait_for_it(self, world: World) -> None:
        """A plan without a time takes what there is at first, and then posts each data within a minute of it."""
        await world.plan(None)
        async with world.posting():
            await world.pass_days(3)

        arrivals = [BEGIN.replace(day=2, hour=0), *(BEGIN.replace(day=day, hour=0, minute=20) for day in (3, 4))]
        late = [at - arrival for at, arrival in zip(world.posted_at, arrivals, strict=True)]
        assert [] == [by for by in late if not timedelta(0) <= by <= LONGEST_NAP]

    @in_virtual_time
    async def test_data_that_arrives_at_the_wrong_moment_is_not_overlooked(self, world: World) -> None:
        """Data may come between a look at a plan and the note that the plan waits for it."""
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
    async def test_clock_that_was_set_is_noticed(self, world: World) -> None:
        """Whoever sets the machine's clock on is posted for within a minute; who sets it back, not twice."""
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
    async def test_plans_that_are_not_due_cost_nothing(self, world: World) -> None:
        """Thousands of them are left alone by a process that starts with the rules and the clock of the last."""
        await self.start(world)
        looks = len(world.plans.looks)
        await self.start(world)

        assert looks == len(world.plans.looks)

    @pytest.mark.parametrize(
        "changed",
        [ScheduleBasis(zone_rules="1970a", clock=BEGIN), ScheduleBasis(zone_rules=ZONE_RULES, clock=BEGIN + DAY)],
    )
    @in_virtual_time
    async def test_new_rules_or_a_clock_set_back_have_all_looked_at(self, world: World, changed: ScheduleBasis) -> None:
        """What was computed by others does not hold."""
        await self.start(world)
        world.plans.basis = changed
        looks = len(world.plans.looks)
        await self.start(world)

        assert looks + 20 == len(world.plans.looks)

    @in_virtual_time
    async def test_old_rows_are_deleted_while_it_runs(self, world: World) -> None:
        """Whether another plan ends or not: 30 days after its end, a plan is forgotten."""
        plan = await world.plan()
        await world.plans.end(plan.id, problem=Place.CHANNEL.gone, now=world.clock() - 29 * DAY)
        async with world.posting():
            await world.after(hours=23)
            assert plan.id in world.plans.kept
            await world.after(hours=2)

        assert plan.id not in world.plans.kept

    async def start(self, world: World) -> None:
        """Run a process for an hour in which none of twenty plans is due."""
        for channel in range(20 - len(world.plans.kept)):
            await world.plan(time(11), channel=channel)
        async with world.posting():
            await world.after(hours=1)


async def posted_before(world: World, plan: Plan) -> Plan:
    """The plan as if it had posted the data that there is, the day before."""
    instant = BEGIN.replace(hour=0)
    await world.plans.settle(plan.id, instant, result=POSTED, now=world.clock())
    post = await world.outbox.claim(plan, date(2026, 8, 31), instant=instant, now=world.clock())
    assert post is not None
    await world.outbox.mark_sent(post, message_id=1, now=world.clock(), result=POSTED)
    return await world.now_is(plan)


class TestOncePerDay:
    @in_virtual_time
    async def test_each_plan_posts_each_data_once(self, world: World) -> None:
        """In two weeks: one post a plan and day, none of them of the same data."""
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
    async def test_first_post_takes_what_there_is(self, world: World) -> None:
        """Even if that is older than yesterday."""
        world.newest = date(2026, 8, 20)
        await world.plan()
        async with world.posting():
            await world.after(hours=2)

        assert [date(2026, 8, 20)] == [message.as_of for message in world.messenger.messages]

    @in_virtual_time
    async def test_plan_made_after_its_instant_waits_for_the_next(self, world: World) -> None:
        """Nobody is surprised by a post for a time that had passed when they asked."""
        await world.plan(time(11))
        async with world.posting():
            await world.after(hours=22.9)
            assert [] == world.posted_at
            await world.after(hours=0.2)

        assert [datetime(2026, 9, 2, 11, tzinfo=UTC)] == world.posted_at

    @in_virtual_time
    async def test_day_without_new_data_is_noted(self, world: World) -> None:
        """The list says so, and the next data is posted again at its time."""
        plan = await world.plan()
        async with world.posting():
            await world.after(hours=2)
            await world.after(days=2)
            assert NOTHING_NEW == (await world.now_is(plan)).last_result
            world.newest = date(2026, 9, 3)
            await world.after(days=1)

        assert [date(2026, 8, 31), date(2026, 9, 3)] == [message.as_of for message in world.messenger.messages]

    @in_virtual_time
    async def test_weekly_plan_posts_weekly(self, world: World) -> None:
        """One weekday is one post a week."""
        request = await world.plan(time(13))
        weekly = world.plans.kept[request.id]
        weekly.plan = with_days(weekly.plan, Days.FRIDAY)
        async with world.posting():
            await world.pass_days(14)

        assert [datetime(2026, 9, day, 13, tzinfo=UTC) for day in (4, 11)] == world.posted_at


def with_days(plan: Plan, days: Days) -> Plan:
    """The plan on other days."""
    from dataclasses import replace

    return replace(plan, request=replace(plan.request, schedule=replace(plan.request.schedule, days=days)))


class TestDowntime:
    @pytest.mark.parametrize(("hours_late", "posts"), [(0.1, 1), (12, 1), (21.9, 1), (22.1, 0)])
    @in_virtual_time
    async def test_late_post_comes_within_22_hours(self, world: World, hours_late: float, posts: int) -> None:
        """A process that comes up in time makes up for what the last one missed; later it is listed as missed."""
        plan = await world.plan()
        await world.until(ONE_PM + timedelta(hours=hours_late))
        async with world.posting():
            await world.after(minutes=1)

        assert posts == len(world.messenger.messages)
        assert (POSTED if posts else MISSED) == (await world.now_is(plan)).last_result

    @in_virtual_time
    async def test_no_backlog_after_a_week(self, world: World) -> None:
        """Seven missed days are one post, the newest."""
        await world.plan()
        await world.after(days=7, hours=3)
        world.newest = date(2026, 9, 7)
        async with world.posting():
            await world.after(minutes=1)

        assert [date(2026, 9, 7)] == [message.as_of for message in world.messenger.messages]

    @in_virtual_time
    async def test_late_post_takes_what_it_would_have_taken_in_time(self, world: World) -> None:
        """So the newer data, though it is there already, is left to the next instant, which is on time."""
        await world.plan()
        await world.until(ONE_PM + timedelta(hours=17))
        world.archived, world.newest = {date(2026, 8, 30), date(2026, 8, 31)}, date(2026, 9, 1)
        async with world.posting():
            await world.after(hours=8)

        assert [date(2026, 8, 31), date(2026, 9, 1)] == [message.as_of for message in world.messenger.messages]
        late, in_time = world.posted_at
        assert (True, ONE_PM + DAY) == (late < ONE_PM + DAY, in_time)

    @in_virtual_time
    async def test_late_post_looks_for_itself_first(self, world: World) -> None:
        """A restored backup may have forgotten a post: the channel is read before anything is sent."""
        await world.plan()
        await world.until(ONE_PM + timedelta(hours=3))
        async with world.posting():
            await world.after(minutes=1)

        assert ([1], 1) == (world.messenger.looked, len(world.messenger.messages))

    @in_virtual_time
    async def test_outage_of_discord_is_outlasted(self, world: World) -> None:
        """Ten hours of 503, of resets and of silence: then the post comes, once."""
        broken = [Answer(status=503), NO_ANSWER, Answer(status=429, retry_after=timedelta(minutes=3))]
        until = ONE_PM + timedelta(hours=10)
        world.messenger.script = lambda _, attempt: broken[attempt % 3] if world.clock() < until else None
        plan = await world.plan()
        async with world.posting():
            await world.after(hours=12)

        (posted,) = world.posted_at
        assert until <= posted <= until + timedelta(minutes=15)
        assert len(world.messenger.requests) < 200
        assert POSTED == (await world.now_is(plan)).last_result

    @in_virtual_time
    async def test_outage_that_outlasts_the_instant_is_listed_as_missed(self, world: World) -> None:
        """The next day's post comes as planned."""
        until = ONE_PM + timedelta(hours=23)
        world.messenger.script = lambda _, attempt: NO_ANSWER if world.clock() < until else None
        plan = await world.plan()
        async with world.posting():
            await world.until(until)
            assert MISSED == (await world.now_is(plan)).last_result
            await world.after(hours=2)

        assert [ONE_PM + DAY] == world.posted_at


class TestNeighbours:
    @pytest.mark.parametrize("hanging", [1, 300])
    @in_virtual_time
    async def test_hanging_channels_delay_no_other(self, world: World, hanging: int) -> None:
        """However many take a minute to answer: the others have their posts as soon as the pace allows."""
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
    async def test_more_hanging_channels_than_are_looked_at_at_once(self, world: World) -> None:
        """Those that are under way take nobody's place among the next that are due."""
        for number in range(BATCH):
            await world.plan(channel=number)
        world.messenger.takes = timedelta(minutes=10)
        async with world.posting():
            await world.until(ONE_PM + timedelta(minutes=1))
            world.messenger.takes = timedelta(0)
            await world.plan(time(13, 2), channel=BATCH)
            await world.until(ONE_PM + timedelta(minutes=2) + LONGEST_NAP)

        assert [BATCH] == [message.channel_id for message in world.messenger.messages]

    @in_virtual_time
    async def test_post_that_falls_due_while_another_hangs_comes_in_time(self, world: World) -> None:
        """The loop does not wait for who is under way."""
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
        """One channel is refused again and again: nobody else notices."""
        world.messenger.script = lambda plan, _: NO_ANSWER if plan.channel_id == 0 else None
        for number in range(40):
            await world.plan(channel=number)
        async with world.posting():
            await world.after(hours=1.5)

        assert 39 == len(world.posted_at)
        assert max(world.posted_at) <= ONE_PM + timedelta(seconds=1)

    @in_virtual_time
    async def test_never_two_at_once_into_one_channel(self, world: World) -> None:
        """All boards of a channel come one after the other, while other channels go on."""
        for number in range(60):
            await world.plan(channel=number % 3, board=board_of(number))
        async with world.posting():
            await world.after(hours=1, minutes=1)

        assert 60 == len(world.messenger.messages)
        assert {1} == set(world.messenger.most_at_once.values())

    @in_virtual_time
    async def test_broken_visit_is_contained_and_tried_again(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        """What nobody foresaw stays with its plan, is logged, and is tried again ten minutes later."""
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
        assert ONE_PM + AFTER_A_BREAKDOWN == world.posted_at[1]
        assert "ZeroDivisionError" in caplog.text

    @in_virtual_time
    async def test_database_that_fails_ends_nothing(self, world: World) -> None:
        """The loop itself may break: it is started again after a pause, and everything is posted."""
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


class TestStandstill:
    @in_virtual_time
    async def test_too_many_invalid_answers_stop_posting_for_ten_minutes(self, world: World) -> None:
        """After 501 of 403 nothing is asked for ten minutes; then the others have their posts, late."""
        for number in range(700):
            await world.plan(channel=number)
        world.messenger.script = lambda plan, _: Answer(status=403, code=50013) if plan.channel_id <= 520 else None
        async with world.posting():
            await world.after(hours=1.5)

        asked = [at for _, at in world.messenger.requests]
        stopped = asked[500]
        pause = [at for at in asked if stopped + timedelta(seconds=2) < at]  # after what had begun already
        assert stopped + timedelta(minutes=10) <= pause[0] < stopped + timedelta(minutes=12)
        assert 179 == len(world.messenger.messages)

    @in_virtual_time
    async def test_post_by_hand_waits_as_well(self, world: World) -> None:
        """While posting is stopped for the sake of the address, no click goes round it."""
        plan = await world.plan(channel=1000)
        world.messenger.script = lambda _, __: Answer(status=403, code=50013)
        for number in range(520):
            await world.plan(channel=number)
        async with world.posting():
            await world.after(hours=1, minutes=1)
            before = len(world.messenger.requests)
            assert not await world.poster.post_now(plan)

        assert before == len(world.messenger.requests)
