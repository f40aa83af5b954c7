"""Rows that this version cannot read: each affects only its own plan, and stays unchanged."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.autopost.codes import Unreadable, UnreadableCode
from bot.autopost.plans import PlanRequest
from bot.autopost.schedule import Schedule
from bot.market.boards import Board, BoardKind
from bot.storage.database import Database, open_database
from bot.storage.plan_store import PlanStore
from bot.storage.schema import plans

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
GUILD = 5

UNREADABLE = pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("board", "movers:7", Unreadable(UnreadableCode.BOARD)),
        ("days", "weekends", Unreadable(UnreadableCode.DAYS, "weekends")),
        ("timezone", "Europe/Atlantis", Unreadable(UnreadableCode.TIMEZONE, "Europe/Atlantis")),
        ("timezone", "../../etc", Unreadable(UnreadableCode.TIMEZONE, "../../etc")),
    ],
)


async def add_two(database: Database, column: str, value: object) -> PlanStore:
    """Add two plans; the first has a value that this version cannot read."""
    store = PlanStore(database)
    for channel_id in (1, 2):
        request = PlanRequest(
            guild_id=GUILD, channel_id=channel_id, board=Board(BoardKind.OVERVIEW), schedule=Schedule(time(9))
        )
        plan = await store.add(request, now=NOON)
        await store.look_again(plan.id, LATER)
    async with database.transaction() as connection:
        await connection.execute(sa.update(plans).where(plans.c.channel_id == 1).values({column: value}))
    return PlanStore(database)


async def row_of(database: Database) -> object:
    async with database.transaction() as connection:
        return (await connection.execute(sa.select(plans).where(plans.c.channel_id == 1))).one()


@UNREADABLE
async def test_it_affects_only_its_own_plan(
    database: Database, column: str, value: str, why: Unreadable, caplog: pytest.LogCaptureFixture
) -> None:
    """Other plans are due as usual, even with a limit of one; the log mentions it once."""
    store = await add_two(database, column, value)

    assert [2] == [plan.channel_id for plan in await store.load_due(LATER, limit=1)]
    assert [2] == [plan.channel_id for plan in await store.load_due(LATER, limit=1)]
    assert 1 == caplog.text.count(f"Plan 1 is skipped: its {why.code} cannot be read.")


@UNREADABLE
async def test_it_stays_unchanged(database: Database, column: str, value: str, why: Unreadable) -> None:
    """Nothing that the poster does changes the row or waits for it."""
    store = await add_two(database, column, value)
    before = await row_of(database)
    await store.look_at_all(NOON, waiting_only=False)
    await store.load_due(LATER, limit=9)
    await store.forget_old(LATER)
    await store.look_again(2, LATER + timedelta(hours=1))

    assert before == await row_of(database)
    assert LATER + timedelta(hours=1) == await store.load_next_look(), why


@UNREADABLE
async def test_it_is_listed_and_can_be_removed(database: Database, column: str, value: str, why: Unreadable) -> None:
    """The list names what cannot be read, and a moderator can remove the plan."""
    store = await add_two(database, column, value)

    (unreadable,) = await store.load_unreadable(GUILD)
    assert (1, 1, why) == (unreadable.id, unreadable.channel_id, unreadable.why)
    assert [2] == [plan.id for plan in await store.load_guild(GUILD)]
    assert await store.remove(1, guild_id=GUILD, now=NOON)
    assert [] == list(await store.load_unreadable(GUILD))


@pytest.mark.parametrize(
    ("column", "malformed"),
    [("time", "'noonish'"), ("time", "7"), ("posted", "'yesterday'"), ("since", "''"), ("settled", "'x'")],
)
async def test_value_of_the_wrong_type_affects_only_its_own_plan(tmp_path: Path, column: str, malformed: str) -> None:
    """SQLite stores values of any type if they are written by hand."""
    async with open_database(f"sqlite:///{tmp_path / 'rankings.db'}") as database:
        store = await add_two(database, "silent", value=True)
        async with database.transaction() as connection:
            change = sa.update(plans).where(plans.c.channel_id == 1)
            await connection.execute(change.values({column: sa.literal_column(malformed)}))

        assert [2] == [plan.channel_id for plan in await store.load_due(LATER, limit=1)]
        assert [2] == [plan.channel_id for plan in await store.load_guild(GUILD)]
        (unreadable,) = await store.load_unreadable(GUILD)
        assert (1, Unreadable(UnreadableCode.TIMES)) == (unreadable.channel_id, unreadable.why)
        assert LATER == await store.load_next_look()
        assert await store.remove(1, guild_id=GUILD, now=NOON)
