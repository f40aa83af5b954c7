"""A plan that Discord refuses is tried again and again, and ends only if its channel or server stays missing."""

from datetime import date, datetime, time, timedelta

import pytest

from bot.autopost.codes import Problem, ProblemCode
from bot.autopost.delivery import POSTED
from bot.autopost.invalid_answers import LIMIT, REFUSED_PLANS_LIMIT
from bot.autopost.outcome import Answer, Place
from bot.autopost.plans import Plan, PlanRequest
from bot.autopost.poster import NOT_POSTED
from bot.autopost.schedule import Days, Schedule
from bot.autopost.setbacks import KICKED_AFTER, Setbacks
from bot.autopost.transitions import PlanState
from bot.market.boards import Board, BoardKind
from bot.presentation.code_texts import problem_sentence
from tests.autopost.virtual_time import BEGIN, in_virtual_time
from tests.autopost.world import World

CHANNEL = 1
ONE_PM = BEGIN.replace(hour=13)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NO_ACCESS, NO_PERMISSION = Answer(status=403, code=50001), Answer(status=403, code=50013)
REFUSED = Setbacks(refusals=1, since=BEGIN)
WEEKLY = Schedule(time(13), days=tuple(Days)[2:][BEGIN.weekday()])


@pytest.fixture
def world() -> World:
    """A world with yesterday's data and no plan."""
    return World()


async def refused_on_its_first_day(world: World) -> Plan:
    """A weekly plan in a channel that the bot has no permission to post to."""
    world.messenger.closed.add(CHANNEL)
    world.messenger.script = lambda plan, _: (
        Answer(status=403, code=50013) if plan.channel_id in world.messenger.closed else None
    )
    request = PlanRequest(guild_id=1, channel_id=CHANNEL, board=Board(BoardKind.OVERVIEW), schedule=WEEKLY)
    return await world.plans.add(request, now=world.clock())


@in_virtual_time
async def test_permissions_are_checked_every_day(world: World) -> None:
    """While permissions are missing, the plan keeps its problem, and nothing is sent."""
    plan = await refused_on_its_first_day(world)
    async with world.posting():
        await world.pass_days(5)

    assert {ONE_PM.date()} == {at.date() for _, at in world.messenger.requests}
    assert 5 <= len(world.messenger.asked) <= 7
    assert Problem(ProblemCode.NO_PERMISSION) == (await world.current(plan)).problem


@in_virtual_time
async def test_restored_permissions_are_noticed_within_a_day(world: World) -> None:
    """The problem is cleared, and the next post is sent on the plan's own day."""
    plan = await refused_on_its_first_day(world)
    async with world.posting():
        await world.pass_days(2)
        world.messenger.closed.clear()
        await world.pass_days(1)
        assert None is (await world.current(plan)).problem
        assert [] == world.messenger.messages
        await world.pass_days(5)

    assert [BEGIN.replace(hour=13) + timedelta(days=7)] == world.posted_at


def refuse(world: World, answer: Answer, *, until: datetime | None = None) -> None:
    """Make Discord refuse every post, or every post before an instant."""
    world.messenger.script = lambda _, __: answer if until is None or world.clock() < until else None


class TestRetries:
    @pytest.mark.parametrize(
        ("status", "code", "what_to_do"),
        [
            (403, 50001, "Give me View Channel"),
            (403, 50013, "Give me Send Messages"),
            (400, 50024, "Add an autopost for a text channel"),
            (400, 50083, "Reopen it"),
            (400, 160005, "Unlock it"),
        ],
    )
    @in_virtual_time
    async def test_refused_plan_says_what_to_do_and_does_not_end(
        self, world: World, status: int, code: int, what_to_do: str
    ) -> None:
        """It is tried four times a day until it succeeds; then the problem is cleared."""
        plan = await world.plan()
        refuse(world, Answer(status=status, code=code), until=BEGIN + 3 * DAY)
        async with world.posting():
            await world.pass_days(3)
            assert 12 == len(world.messenger.requests)
            refused = await world.current(plan)
            assert PlanState.ACTIVE is refused.state
            assert refused.problem is not None
            assert what_to_do in problem_sentence(refused.problem)
            await world.pass_days(1)

        assert (None, POSTED) == ((await world.current(plan)).problem, (await world.current(plan)).last_result)

    @in_virtual_time
    async def test_it_is_tried_after_ten_minutes_an_hour_and_six_hours(self, world: World) -> None:
        """Each wait is up to a quarter longer; then the plan waits for the next day."""
        await world.plan()
        refuse(world, NO_PERMISSION)
        async with world.posting():
            await world.pass_days(1)

        first, *tries = [at for _, at in world.messenger.requests]
        waits = [later - earlier for earlier, later in zip([first, *tries], tries, strict=False)]
        assert [True, True, True] == [
            least <= wait <= least * 1.25 for least, wait in zip((10 * MINUTE, HOUR, 6 * HOUR), waits, strict=True)
        ]

    @pytest.mark.parametrize("fixed_after", [9 * MINUTE, 40 * MINUTE, 5 * HOUR])
    @in_virtual_time
    async def test_fixed_permission_is_noticed_the_same_day(self, world: World, fixed_after: timedelta) -> None:
        """The day's post is not lost."""
        plan = await world.plan()
        refuse(world, NO_PERMISSION, until=ONE_PM + fixed_after)
        async with world.posting():
            await world.after(hours=10)

        assert [1] == [message.channel_id for message in world.messenger.messages]
        assert None is (await world.current(plan)).problem

    @in_virtual_time
    async def test_moderator_can_retry_at_once(self, world: World) -> None:
        """This works even after the last retry of the day, while the instant is open."""
        plan = await world.plan()
        refuse(world, NO_PERMISSION, until=ONE_PM + 12 * HOUR)
        async with world.posting():
            await world.until(ONE_PM + 13 * HOUR)
            assert [] == world.messenger.messages
            world.poster.try_refused(plan.request.guild_id)
            await world.after(seconds=10)

        assert 1 == len(world.messenger.messages)

    @in_virtual_time
    async def test_day_without_a_post_is_stored(self, world: World) -> None:
        """The result is stored once the instant is closed, and not before."""
        plan = await world.plan()
        refuse(world, NO_PERMISSION)
        async with world.posting():
            await world.until(ONE_PM + 21 * HOUR)
            assert None is (await world.current(plan)).last_result
            await world.after(hours=1, minutes=1)

        assert NOT_POSTED == (await world.current(plan)).last_result

    @in_virtual_time
    async def test_servers_that_kicked_the_bot_stop_no_other_plan(self, world: World) -> None:
        """They cause a fifth of the refusals that would stop posting, and the others are on time."""
        for number in range(250):
            plan = await world.plan(channel=number)
            await world.plans.report(
                plan.id, Problem(ProblemCode.NO_ACCESS), setbacks=REFUSED, now=BEGIN, look_at=ONE_PM
            )
        await world.plan(channel=250)
        world.messenger.script = lambda plan, _: NO_ACCESS if plan.channel_id < 250 else None
        async with world.posting():
            await world.until(ONE_PM + HOUR)

        (posted,) = world.posted_at
        assert posted <= ONE_PM + timedelta(seconds=5)
        tried = [at for channel, at in world.messenger.requests if channel < 250]
        assert most_within(10 * MINUTE, tried) <= REFUSED_PLANS_LIMIT < LIMIT
        assert 250 <= len(tried)

    @in_virtual_time
    async def test_moderators_plan_is_tried_although_the_limit_is_reached(self, world: World) -> None:
        """Some of the refusals that refused plans may cause are reserved for moderators who have just acted."""
        plans = [await world.plan(channel=number) for number in range(250)]
        for plan in plans:
            await world.plans.report(
                plan.id, Problem(ProblemCode.NO_ACCESS), setbacks=REFUSED, now=BEGIN, look_at=ONE_PM
            )
        world.messenger.script = lambda plan, _: NO_ACCESS if plan.channel_id < 249 else None
        async with world.posting():
            await world.until(ONE_PM + MINUTE)
            assert [] == world.messenger.messages
            world.poster.try_refused(plans[249].request.guild_id)
            await world.after(seconds=5)

        assert [249] == [message.channel_id for message in world.messenger.messages]

    @in_virtual_time
    async def test_reason_that_permissions_do_not_show_stays_until_a_post_comes(self, world: World) -> None:
        """Permissions allow posting, but AutoMod blocks it."""
        request = PlanRequest(guild_id=1, channel_id=CHANNEL, board=Board(BoardKind.OVERVIEW), schedule=WEEKLY)
        plan = await world.plans.add(request, now=world.clock())
        refuse(world, Answer(status=400, code=200000))
        async with world.posting():
            await world.pass_days(3)

        assert Problem(ProblemCode.BLOCKED) == (await world.current(plan)).problem
        assert [] == world.messenger.asked


def most_within(span: timedelta, instants: list[datetime]) -> int:
    """The most instants in any such span."""
    return max(sum(begin <= at < begin + span for at in instants) for begin in instants)


class TestMissing:
    PLACES = pytest.mark.parametrize(
        ("code", "place", "suspicion", "end"),
        [
            (
                10003,
                Place.CHANNEL,
                "the channel does not exist",
                "The channel was deleted, so this autopost has ended.",
            ),
            (
                10004,
                Place.SERVER,
                "I am not in this server",
                "I was no longer in the server, so this autopost has ended.",
            ),
        ],
    )

    @PLACES
    @in_virtual_time
    async def test_lost_place_ends_the_plan_after_hours(
        self, world: World, code: int, place: Place, suspicion: str, end: str
    ) -> None:
        """The place is fetched each time; the list first shows a suspicion, and after the end how to go on."""
        plan = await world.plan()
        refuse(world, Answer(status=404, code=code))
        world.messenger.missing.add(plan.channel_id)
        async with world.posting():
            await world.until(ONE_PM + 6 * HOUR)
            doubted = await world.current(plan)
            assert (PlanState.ACTIVE, True) == (
                doubted.state,
                doubted.problem is not None and suspicion in problem_sentence(doubted.problem),
            )
            await world.pass_days(3)

        ended = await world.current(plan)
        assert (PlanState.ENDED, True) == (
            ended.state,
            ended.problem is not None and problem_sentence(ended.problem).startswith(end),
        )
        assert [(plan.channel_id, place)] * 4 == world.messenger.looked_for
        assert 4 == len(world.messenger.requests)

    @PLACES
    @in_virtual_time
    async def test_one_wrong_answer_ends_nothing(
        self, world: World, code: int, place: Place, suspicion: str, end: str
    ) -> None:
        """The place exists when it is fetched: the post follows within minutes."""
        plan = await world.plan()
        refuse(world, Answer(status=404, code=code), until=ONE_PM + MINUTE)
        async with world.posting():
            await world.after(hours=2)

        assert 1 == len(world.messenger.messages), (suspicion, end)
        assert (plan.channel_id, place) in world.messenger.looked_for
        assert (PlanState.ACTIVE, None) == ((await world.current(plan)).state, (await world.current(plan)).problem)

    @PLACES
    @in_virtual_time
    async def test_place_that_comes_back_gets_its_post(
        self, world: World, code: int, place: Place, suspicion: str, end: str
    ) -> None:
        """After an hour's outage that looked like a missing place, the count is reset."""
        plan = await world.plan()
        refuse(world, Answer(status=404, code=code), until=ONE_PM + HOUR)
        world.messenger.missing.add(plan.channel_id)
        async with world.posting():
            await world.until(ONE_PM + HOUR)
            world.messenger.missing.clear()
            await world.after(hours=1)

        assert 1 == len(world.messenger.messages), (place, suspicion, end)
        assert 0 == (await world.current(plan)).setbacks.missing

    @in_virtual_time
    async def test_many_retries_by_a_moderator_do_not_end_it(self, world: World) -> None:
        """All findings within an hour count once."""
        plan = await world.plan()
        refuse(world, Answer(status=404, code=10003))
        world.messenger.missing.add(plan.channel_id)
        async with world.posting():
            await world.until(ONE_PM)
            for _ in range(20):
                await world.after(minutes=2)
                world.poster.try_refused(plan.request.guild_id)

        assert 10 < len(world.messenger.requests)
        assert (PlanState.ACTIVE, 1) == (
            (await world.current(plan)).state,
            (await world.current(plan)).setbacks.missing,
        )

    @in_virtual_time
    async def test_ended_plan_can_be_resumed(self, world: World) -> None:
        """A moderator resumes it when the channel is back."""
        plan = await world.plan()
        refuse(world, Answer(status=404, code=10003), until=ONE_PM + DAY)
        world.messenger.missing.add(plan.channel_id)
        async with world.posting():
            await world.until(ONE_PM + 10 * HOUR)
            assert PlanState.ENDED is (await world.current(plan)).state
            assert await world.plans.resume(plan.id, guild_id=plan.request.guild_id, now=world.clock())
            await world.until(ONE_PM + DAY + HOUR)

        assert [ONE_PM + DAY] == world.posted_at


class TestKicked:
    """A kick usually shows as permanently missing access."""

    async def refused_for(self, world: World, days: int) -> Plan:
        """A plan that has been refused access for `days`."""
        plan = await world.plan()
        setbacks = Setbacks(since=BEGIN - days * DAY)
        await world.plans.report(plan.id, Problem(ProblemCode.NO_ACCESS), setbacks=setbacks, now=BEGIN, look_at=ONE_PM)
        return plan

    @in_virtual_time
    async def test_it_ends_the_plan_after_thirty_days(self, world: World) -> None:
        """The server is fetched on three days, and then the plan ends."""
        plan = await self.refused_for(world, days=KICKED_AFTER.days - 1)
        refuse(world, NO_ACCESS)
        world.messenger.missing.add(plan.channel_id)
        async with world.posting():
            await world.pass_days(1)
            assert ([], PlanState.ACTIVE) == (world.messenger.looked_for, (await world.current(plan)).state)
            await world.pass_days(3)

        ended = await world.current(plan)
        assert (PlanState.ENDED, Place.SERVER.gone) == (ended.state, ended.problem)
        assert [(plan.channel_id, Place.SERVER)] * 3 == world.messenger.looked_for

    @in_virtual_time
    async def test_plan_does_not_end_while_its_server_exists(self, world: World) -> None:
        """Moderators may take a year to restore the permission."""
        plan = await self.refused_for(world, days=365)
        refuse(world, NO_ACCESS, until=BEGIN + 3 * DAY)
        async with world.posting():
            await world.pass_days(5)

        assert PlanState.ACTIVE is (await world.current(plan)).state
        assert {Place.SERVER} == {place for _, place in world.messenger.looked_for}
        assert date(2026, 9, 5) in {message.at.date() for message in world.messenger.messages}
