"""What editions need beside their snapshot: the one to compare it with, from when on there is one, and revisions."""

from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from bot.market.boards import Board
from bot.market.editions import Edition
from bot.market.models import Snapshot
from bot.market.past import WINDOW, Past
from tests.fakes.answers import snapshot, task
from tests.fakes.stores import FakeArchive

NEWEST = date(2026, 8, 31)
DAY = timedelta(days=1)


async def past_of(distances: Iterable[int]) -> Past:
    """An archive with the newest day and those so many days before it."""
    archive = FakeArchive()
    for distance in {0, *distances}:
        await archive.save_snapshot(snapshot(NEWEST - distance * DAY), WINDOW)
    return Past(archive)


async def newest_in(past: Past) -> Edition:
    """The newest day's edition."""
    return await past.load_edition_of(snapshot(NEWEST), names={})


def distance_of(edition: Edition) -> int | None:
    """How many days older the snapshot is that the edition is compared with."""
    return None if edition.earlier is None else (NEWEST - edition.earlier.as_of).days


@pytest.mark.parametrize(
    ("archived", "distance", "coming"),
    [([], None, 7), ([3], None, 4), ([6], None, 1), ([11], None, 7), ([7], 7, None), ([10, 6], 10, None)],
)
async def test_without_an_earlier_day_the_first_day_with_changes_is_known(
    archived: list[int], distance: int | None, coming: int | None
) -> None:
    """It is the first day that an archived day, or the newest, can be compared with."""
    edition = await newest_in(await past_of(archived))
    expected = None if coming is None else NEWEST + coming * DAY
    assert (distance, expected) == (distance_of(edition), edition.compared_from)


@pytest.mark.parametrize(
    ("period", "archived", "distance", "coming"),
    [
        (14, [7, 14], 14, None),
        (14, [7, 12, 17], 12, None),
        (28, [7, 14, 28, 31], 28, None),
        (28, [7, 14], 14, 11),
        (28, [8], 8, 17),
        (28, [3], None, 22),
        (14, [40], None, 11),
        (7, [7, 14], 7, None),
    ],
)
async def test_longer_periods_reach_as_far_back_as_the_archive(
    period: int, archived: list[int], distance: int | None, coming: int | None
) -> None:
    """If the archive is too young, movers use the nearest day, and say from when on the period is reached."""
    past = await past_of(archived)
    edition = await past.load_for(Board.movers(days=period), await newest_in(past))
    assert distance == distance_of(edition)
    assert (coming is None) == edition.reaches_back(period)
    if coming is not None:
        assert NEWEST + coming * DAY == edition.compared_from


@pytest.mark.parametrize("board", ["overview", "code", "digest", "compare:task:a|task:b", "movers:all:7"])
async def test_other_boards_need_nothing_more(board: str) -> None:
    """Their edition is the same object."""
    past = await past_of([7, 28])
    edition = await newest_in(past)
    assert edition is await past.load_for(Board.parse(board), edition)


async def test_a_history_has_each_archived_day_within_its_days() -> None:
    """The first and the last included."""
    past = await past_of([1, 3, 6, 7, 9])
    edition = await past.load_for(Board.parse("history:7:overview"), await newest_in(past))
    assert edition.history is not None
    assert (NEWEST - 6 * DAY, NEWEST) == (edition.history.since, edition.history.until)
    assert [NEWEST - distance * DAY for distance in (6, 3, 1, 0)] == [day for day, _ in edition.history.points]
    assert 3 == edition.history.missing


async def test_a_day_that_the_source_changed_is_revised() -> None:
    """Since the second different answer; the same answer again, or in other words of JSON, is not a revision."""
    archive = FakeArchive()
    for first in (snapshot(NEWEST), snapshot(NEWEST)):
        await archive.save_snapshot(first, WINDOW)
        assert not (await newest_in(Past(archive))).is_revised
    reformatted = Snapshot.parse(snapshot(NEWEST).body.replace(b", ", b" ,  "), fetched_at=snapshot(NEWEST).fetched_at)
    await archive.save_snapshot(reformatted, WINDOW)
    assert not (await newest_in(Past(archive))).is_revised
    await archive.save_snapshot(snapshot(NEWEST, tasks=[task("code:other")]), WINDOW)
    assert (await newest_in(Past(archive))).is_revised
