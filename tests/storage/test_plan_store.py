"""The plan store, on every kind of database; `tests/autopost/test_fakes.py` runs the same tests on the fake in memory."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest

from bot.autopost.codes import Problem, ProblemCode
from bot.autopost.plans import MOST_PLANS, Plan, PlanRequest, ScheduleBasis
from bot.autopost.poster import MISSED, NOT_POSTED, NOTHING_NEW
from bot.autopost.schedule import Days, Progress, Schedule
from bot.autopost.setbacks import Setbacks
from bot.autopost.transitions import PlanState
from bot.errors import PlanError
from bot.market.boards import Board, BoardKind
from bot.storage.database import Database, open_database
from bot.storage.plan_store import ENDED_KEPT_FOR, PlanStore
from tests.autopost.fakes import FakePlans

GONE, NO_ACCESS, NO_PERMISSION = map(
    Problem, (ProblemCode.CHANNEL_GONE, ProblemCode.NO_ACCESS, ProblemCode.NO_PERMISSION)
)
NOON = datetime(2026, 9, 1, 12, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)
HERE, ELSEWHERE = 10**18 + 1, 10**18 + 2
"""Two servers, with ids as large as Discord's."""

REFUSED = Setbacks(refusals=2, since=NOON, missing=1, missing_at=NOON)

Plans = PlanStore | FakePlans


@pytest.fixture
def plans(database: Database) -> Plans:
    """No plans yet."""
    return PlanStore(database)


def plan_request(
    number: int = 0, *, guild_id: int = HERE, channel_id: int = 7, schedule: Schedule | None = None
) -> PlanRequest:
    """A request for the numbered board."""
    return PlanRequest(
        guild_id=guild_id,
        channel_id=channel_id,
        board=Board(BoardKind.TASK, f"code:{number}"),
        schedule=schedule or Schedule(None),
    )


class TestKeeping:
    @pytest.mark.parametrize(
        "schedule",
        [
            Schedule(None),
            Schedule(time(0, 0), "Europe/Berlin", Days.WEEKDAYS),
            Schedule(time(23, 59), "America/Argentina/ComodRivadavia", Days.SUNDAY),
        ],
    )
    async def test_a_plan_is_stored_completely(self, plans: Plans, schedule: Schedule) -> None:
        """Board, schedule and instants come back unchanged, to the microsecond, in UTC."""
        request = PlanRequest(
            guild_id=HERE,
            channel_id=2**63 - 1,
            board=Board.parse("model:openai/gpt-5.6-luna-20260709/tokens"),
            schedule=schedule,
            mention_role_id=10**18 + 9,
            silent=True,
            publish=True,
        )
        berlin = NOON.astimezone(timezone_of(2))
        plan = await plans.add(request, now=berlin)

        assert Plan(id=1, request=request, state=PlanState.ACTIVE, progress=Progress(since=NOON)) == plan
        assert [plan] == list(await plans.load_guild(HERE))
        assert UTC.utcoffset(None) == plan.progress.since.utcoffset()

    async def test_a_channel_has_one_plan_for_each_board(self, plans: Plans) -> None:
        """Another channel or another board is another plan."""
        await plans.add(plan_request(1), now=NOON)
        with pytest.raises(PlanError, match="plan_exists"):
            await plans.add(replace(plan_request(1), schedule=Schedule(time(9)), silent=True), now=NOON)
        await plans.add(plan_request(2), now=NOON)
        await plans.add(plan_request(1, channel_id=8), now=NOON)

        assert 3 == len(await plans.load_guild(HERE))

    async def test_each_server_has_at_most_25_plans(self, plans: Plans) -> None:
        """Paused plans count; ended plans and those of other servers do not."""
        kept = [await plans.add(plan_request(number), now=NOON) for number in range(MOST_PLANS)]
        await plans.pause(kept[0].id, guild_id=HERE)
        with pytest.raises(PlanError, match=r"too_many_plans .*: 25}"):
            await plans.add(plan_request(99), now=NOON)
        await plans.add(plan_request(99, guild_id=ELSEWHERE, channel_id=8), now=NOON)
        await plans.end(kept[1].id, problem=GONE, now=NOON)
        await plans.add(plan_request(99), now=NOON)

        assert MOST_PLANS + 1 == len(await plans.load_guild(HERE))

    async def test_ids_are_never_used_again(self, plans: Plans) -> None:
        """A button of a removed plan must not lead to another one."""
        first, second = [await plans.add(plan_request(number), now=NOON) for number in (1, 2)]
        await plans.remove(second.id, guild_id=HERE, now=NOON)
        await plans.remove(first.id, guild_id=HERE, now=NOON)

        assert second.id < (await plans.add(plan_request(1), now=NOON)).id

    @pytest.mark.parametrize("change", ["remove", "pause", "resume"])
    async def test_no_other_servers_plan_can_be_changed(self, plans: Plans, change: str) -> None:
        """Knowing a plan's id is not enough."""
        plan = await plans.add(plan_request(), now=NOON)
        options = {} if change == "pause" else {"now": NOON}

        assert not await getattr(plans, change)(plan.id, guild_id=ELSEWHERE, **options)
        assert not await getattr(plans, change)(plan.id + 1, guild_id=HERE, **options)
        assert [plan] == list(await plans.load_guild(HERE))
        assert [] == list(await plans.load_guild(ELSEWHERE))


def timezone_of(hours: int) -> timezone:
    """The zone with an offset of `hours`."""
    return timezone(timedelta(hours=hours))


class TestLooking:
    async def test_due_plans_come_longest_due_first(self, plans: Plans) -> None:
        """There are at most `limit`, and none that is not due."""
        kept = [await plans.add(plan_request(number), now=NOON) for number in range(4)]
        for plan, hours in zip(kept, (3, 1, 2, 4), strict=True):
            await plans.look_again(plan.id, NOON + hours * HOUR)

        assert [2, 3, 1] == [plan.id for plan in await plans.load_due(NOON + 3 * HOUR, limit=10)]
        assert [2, 3] == [plan.id for plan in await plans.load_due(NOON + 3 * HOUR, limit=2)]
        assert NOON + HOUR == await plans.load_next_look()
        assert NOON + 2 * HOUR == await plans.load_next_look(after=NOON + HOUR)

    async def test_plans_due_at_once_are_ordered_by_board(self, plans: Plans) -> None:
        """Each card is made once for all of them; a plan that is due for longer still goes first."""
        boards = (2, 1, 0, 2, 1)
        kept = [
            await plans.add(plan_request(board, channel_id=channel), now=NOON) for channel, board in enumerate(boards)
        ]
        for plan in kept:
            await plans.look_again(plan.id, NOON)
        await plans.look_again(kept[3].id, NOON - HOUR)

        assert [4, 3, 2, 5, 1] == [plan.id for plan in await plans.load_due(NOON, limit=10)]
        assert [4, 3, 2] == [plan.id for plan in await plans.load_due(NOON, limit=3)]
        assert await plans.load_next_look(after=NOON + 9 * HOUR) is None

    async def test_paused_and_ended_plans_are_not_looked_at(self, plans: Plans) -> None:
        """They are never due."""
        paused, ended = [await plans.add(plan_request(number), now=NOON) for number in range(2)]
        await plans.pause(paused.id, guild_id=HERE)
        await plans.end(ended.id, problem=GONE, now=NOON)
        await plans.look_at_all(NOON, waiting_only=False)

        assert ([], None) == (list(await plans.load_due(NOON + HOUR, limit=10)), await plans.load_next_look())

    @pytest.mark.parametrize(("waiting_only", "due"), [(True, [1]), (False, [1, 2])])
    async def test_new_data_brings_waiting_plans_forward(
        self, plans: Plans, *, waiting_only: bool, due: list[int]
    ) -> None:
        """The others keep the time of their next look, unless all are brought forward."""
        kept = [await plans.add(plan_request(number), now=NOON) for number in range(2)]
        for plan, waits in zip(kept, (True, False), strict=True):
            await plans.look_again(plan.id, NOON + 9 * HOUR, waits_for_data=waits)
        await plans.look_at_all(NOON + HOUR, waiting_only=waiting_only)

        assert due == [plan.id for plan in await plans.load_due(NOON + HOUR, limit=10)]

    async def test_settled_instant_is_finished(self, plans: Plans) -> None:
        """Its result is stored, and the plan's next look is due."""
        plan = await plans.add(plan_request(), now=NOON)
        await plans.look_again(plan.id, NOON + 9 * HOUR, waits_for_data=True)
        await plans.settle(plan.id, NOON, result=NOTHING_NEW, now=NOON + HOUR)
        (settled,) = await plans.load_due(NOON + HOUR, limit=1)

        assert (NOTHING_NEW, NOON, None) == (settled.last_result, settled.progress.settled, settled.progress.posted)


class TestEnding:
    async def test_resumed_plan_starts_afresh(self, plans: Plans) -> None:
        """Its problem is cleared, and earlier instants are not due any more."""
        plan = await plans.add(plan_request(), now=NOON)
        await plans.report(plan.id, NO_PERMISSION, setbacks=REFUSED, now=NOON, look_at=NOON + HOUR)
        assert await plans.pause(plan.id, guild_id=HERE)
        (paused,) = await plans.load_guild(HERE)
        assert (PlanState.PAUSED, NO_PERMISSION) == (paused.state, paused.problem)
        assert await plans.resume(plan.id, guild_id=HERE, now=NOON + HOUR)

        assert [replace(plan, progress=Progress(since=NOON + HOUR))] == list(await plans.load_guild(HERE))

    async def test_ended_plan_is_not_paused(self, plans: Plans) -> None:
        """Its channel is gone; another plan for the same board can be added."""
        plan = await plans.add(plan_request(), now=NOON)
        await plans.end(plan.id, problem=GONE, now=NOON)

        assert not await plans.pause(plan.id, guild_id=HERE)
        (ended,) = await plans.load_guild(HERE)
        assert (PlanState.ENDED, GONE) == (ended.state, ended.problem)
        assert plan.id < (await plans.add(plan_request(), now=NOON)).id

    async def test_ended_plan_can_be_resumed(self, plans: Plans) -> None:
        """It starts afresh, and is not deleted after 30 days."""
        plan = await plans.add(plan_request(), now=NOON)
        await plans.end(plan.id, problem=GONE, now=NOON)

        assert await plans.resume(plan.id, guild_id=HERE, now=NOON + HOUR)
        await plans.forget_old(NOON + 2 * ENDED_KEPT_FOR)
        assert [replace(plan, progress=Progress(since=NOON + HOUR))] == list(await plans.load_due(NOON + HOUR, limit=9))

    async def test_ended_plan_that_was_replaced_is_not_resumed(self, plans: Plans) -> None:
        """Otherwise the same board would be posted twice to the same channel."""
        plan = await plans.add(plan_request(), now=NOON)
        await plans.end(plan.id, problem=GONE, now=NOON)
        await plans.add(plan_request(), now=NOON)

        with pytest.raises(PlanError, match="plan_exists"):
            await plans.resume(plan.id, guild_id=HERE, now=NOON)

    async def test_ended_plans_are_kept_for_30_days(self, plans: Plans) -> None:
        """Then they are deleted."""
        first, second, third = [await plans.add(plan_request(number), now=NOON) for number in range(3)]
        await plans.end(first.id, problem=GONE, now=NOON)
        await plans.end(second.id, problem=GONE, now=NOON + HOUR)
        await plans.forget_old(NOON + ENDED_KEPT_FOR)
        assert 3 == len(await plans.load_guild(HERE))

        await plans.forget_old(NOON + ENDED_KEPT_FOR + HOUR)
        assert [second.id, third.id] == [plan.id for plan in await plans.load_guild(HERE)]


class TestRefused:
    async def test_setbacks_are_stored(self, plans: Plans) -> None:
        """Counts and times come back, and the next look is at the given time."""
        plan = await plans.add(plan_request(), now=NOON)
        await plans.report(plan.id, NO_ACCESS, setbacks=REFUSED, now=NOON, look_at=NOON + HOUR)

        assert [replace(plan, problem=NO_ACCESS, setbacks=REFUSED)] == list(await plans.load_guild(HERE))
        assert NOON + HOUR == await plans.load_next_look()

    async def test_settled_instant_resets_the_retry_waits(self, plans: Plans) -> None:
        """The time of the first refusal is kept."""
        plan = await plans.add(plan_request(), now=NOON)
        await plans.report(plan.id, NO_ACCESS, setbacks=REFUSED, now=NOON, look_at=NOON + HOUR)
        await plans.settle(plan.id, NOON, result=NOT_POSTED, now=NOON + HOUR)

        assert replace(REFUSED, refusals=0) == (await plans.load_guild(HERE))[0].setbacks

    async def test_a_problem_can_be_cleared(self, plans: Plans) -> None:
        """The plan is then as if it had never been refused."""
        plan = await plans.add(plan_request(), now=NOON)
        await plans.report(plan.id, NO_ACCESS, setbacks=REFUSED, now=NOON, look_at=NOON + HOUR)
        await plans.clear(plan.id)

        assert [plan] == list(await plans.load_guild(HERE))

    async def test_moderator_makes_refused_plans_due(self, plans: Plans) -> None:
        """This affects only active plans of the server that were not refused in the last ten seconds."""
        kept = [await plans.add(plan_request(number), now=NOON) for number in range(4)]
        other = await plans.add(plan_request(9, guild_id=ELSEWHERE), now=NOON)
        for plan in (kept[0], kept[3], other):
            await plans.report(plan.id, NO_ACCESS, setbacks=REFUSED, now=NOON, look_at=NOON + 9 * HOUR)
        await plans.report(kept[1].id, NO_ACCESS, setbacks=REFUSED, now=NOON + HOUR, look_at=NOON + 9 * HOUR)
        await plans.look_again(kept[2].id, NOON + 9 * HOUR)
        await plans.pause(kept[3].id, guild_id=HERE)

        await plans.look_at_refused(HERE, NOON + HOUR)
        assert [kept[0].id] == [plan.id for plan in await plans.load_due(NOON + HOUR, limit=9)]


class TestProgress:
    async def test_progress_never_goes_back(self, plans: Plans) -> None:
        """Settling an older instant changes nothing."""
        plan = await plans.add(plan_request(), now=NOON)
        await plans.settle(plan.id, NOON + HOUR, result=NOTHING_NEW, now=NOON + HOUR)
        await plans.settle(plan.id, NOON, result=MISSED, now=NOON + HOUR)

        (settled,) = await plans.load_guild(HERE)
        assert (NOON + HOUR, NOTHING_NEW) == (settled.progress.settled, settled.last_result)

    async def test_schedule_basis_is_stored(self, plans: Plans) -> None:
        """Only the last one is kept."""
        assert await plans.load_schedule_basis() is None
        for hours in (0, 1):
            basis = ScheduleBasis(zone_rules="2026f", clock=NOON + hours * HOUR)
            await plans.save_schedule_basis(basis)
            assert basis == await plans.load_schedule_basis()


class TestDatabase:
    async def test_instant_without_a_zone_is_refused(self, database: Database) -> None:
        """It could mean anything."""
        with pytest.raises(Exception, match="an instant needs a zone"):
            await PlanStore(database).add(plan_request(), now=NOON.replace(tzinfo=None))

    async def test_simultaneous_plans_for_the_same_board(self, database_url: str) -> None:
        """If two processes add ten at once, one succeeds and nine raise PlanError."""
        async with open_database(database_url) as one, open_database(database_url) as two:
            stores = [PlanStore(one), PlanStore(two)]
            adding = (stores[number % 2].add(plan_request(1), now=NOON) for number in range(10))
            results = await asyncio.gather(*adding, return_exceptions=True)

            assert 9 == sum(isinstance(result, PlanError) for result in results)
            assert 1 == len(await stores[0].load_guild(HERE))

    async def test_limit_holds_for_simultaneous_plans(self, database_url: str) -> None:
        """If two processes add forty at once, 25 succeed."""
        async with open_database(database_url) as one, open_database(database_url) as two:
            stores = [PlanStore(one), PlanStore(two)]
            adding = (stores[number % 2].add(plan_request(number), now=NOON) for number in range(40))
            results = await asyncio.gather(*adding, return_exceptions=True)

            assert 15 == sum(isinstance(result, PlanError) for result in results)
            assert MOST_PLANS == len(await stores[0].load_guild(HERE))

    async def test_plans_survive_a_restart(self, database_url: str) -> None:
        """The next process finds them unchanged."""
        async with open_database(database_url) as database:
            plan = await PlanStore(database).add(plan_request(schedule=Schedule(time(9), "Asia/Kolkata")), now=NOON)
        async with open_database(database_url) as database:
            assert [plan] == list(await PlanStore(database).load_guild(HERE))
            assert date(2026, 9, 1) == plan.progress.since.date()
