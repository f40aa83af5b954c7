"""Copies of archives: whatever the order in which revisions are saved, the archive ends the same."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import sqlalchemy as sa

from bot.storage.archive import SnapshotArchive
from bot.storage.database import Database
from bot.storage.revisions import Revision, RevisionStore
from bot.storage.schema import snapshots
from tests.fakes.answers import answer, snapshot, task

NOON = datetime(2026, 9, 1, 12, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = date(2026, 8, 31)
BODY = json.dumps(answer()).encode()
PRETTY = json.dumps(answer(), indent=2).encode()


def revision(body: bytes, fetched: int, checked: int, *, known: bool = True, reformatted: bool = False) -> Revision:
    """A revision of the day, with its instants in hours after noon."""
    return Revision("7d", DAY, body, NOON + fetched * HOUR, NOON + checked * HOUR, known, reformatted)


async def load(database: Database) -> list[Revision]:
    """Everything in the archive."""
    return [each async for each in RevisionStore(database).load(date.min, date.max)]


async def test_known_times_are_merged_in_any_order(database: Database) -> None:
    """The first fetch and the last check of each answer count; unknown times only if no other is known."""
    offered = [
        revision(BODY, 2, 3),
        revision(BODY, 1, 1),
        revision(BODY, 9, 9, known=False),
        revision(BODY, 8, 8, known=False),
    ]
    for order in permutations(offered):
        await RevisionStore(database).save(order)
        assert [revision(BODY, 1, 3)] == await load(database)
        async with database.transaction() as connection:
            await connection.execute(sa.delete(snapshots))

    await RevisionStore(database).save(offered[2:])
    assert [revision(BODY, 8, 8, known=False)] == await load(database)


async def test_new_ones_are_told_from_those_that_are_archived(database: Database) -> None:
    """By the hash; by the value if the body may be reformatted. Other revisions are kept beside it."""
    store = RevisionStore(database)
    assert [True, False] == list(await store.save([revision(BODY, 1, 1), revision(BODY, 1, 1)]))
    assert [False] == list(await store.save([revision(PRETTY, 1, 1, reformatted=True)]))
    assert [True] == list(await store.save([revision(PRETTY, 2, 2)]))
    assert [revision(BODY, 1, 1), revision(PRETTY, 2, 2)] == await load(database)


async def test_oldest_day_comes_first(database: Database) -> None:
    """And in each day the revision that counts comes last, over more days than are loaded at once."""
    days = [date(2026, 7, 1) + timedelta(days=day) for day in range(40)]
    received = [snapshot(day, fetched_at=NOON) for day in days]
    for each in reversed(received):
        await SnapshotArchive(database).save_snapshot(each, "7d")
    revised = snapshot(days[7], fetched_at=NOON + HOUR, tasks=[task("revised")])
    await SnapshotArchive(database).save_snapshot(revised, "7d")

    expected = [*received[:8], revised, *received[8:]]
    assert [(each.as_of, each.body) for each in expected] == [(each.as_of, each.body) for each in await load(database)]
