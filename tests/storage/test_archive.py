"""The archive, and the fake in memory: both pass the same tests."""

import asyncio
import json
import threading
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest
import sqlalchemy as sa

from bot.errors import InvalidResponseError
from bot.market.models import Snapshot, Window
from bot.market.protocols import Archive, Catalog, StoredSnapshot
from bot.operations.sample import FETCHED_AT, PATH
from bot.storage.archive import SnapshotArchive
from bot.storage.bodies import pack
from bot.storage.database import Database, open_database
from bot.storage.schema import catalogs, snapshots
from tests.fakes.answers import snapshot, task
from tests.fakes.stores import FakeArchive
from tests.storage.at_once import all_at_once

WINDOW: Window = "7d"
NOON = datetime(2026, 9, 1, 12, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)


SQLITE_PAGE = 4096


def tag_of_first_task(body: bytes) -> str:
    """The tag; two tags raise what `read` may raise."""
    tag = str(json.loads(body)["data"]["classifications"][0]["tag"])
    if tag == "unreadable":
        raise InvalidResponseError("OpenRouter's answer is not one.")
    if tag == "malformed":
        raise ValueError("it is malformed")
    return tag


def checked(body: bytes) -> bytes:
    """The body, if it is JSON."""
    json.loads(body)
    return body


@pytest.fixture(params=["real", "fake"])
async def archive(request: pytest.FixtureRequest) -> AsyncIterator[Archive]:
    """An empty archive: the real one, and the fake."""
    if request.param == "fake":
        yield FakeArchive()
        return
    async with open_database("sqlite://") as database:
        yield SnapshotArchive(database)


class TestSnapshots:
    """Snapshots as received."""

    async def test_an_empty_archive_has_none(self, archive: Archive) -> None:
        """It has no names either."""
        assert await archive.load_latest(WINDOW) is None
        assert await archive.load_catalog() is None

    async def test_a_snapshot_comes_back_as_it_was_received(self, archive: Archive) -> None:
        """It is equal byte for byte, with the time of its fetch."""
        sample = Snapshot.parse(PATH.read_bytes(), fetched_at=FETCHED_AT)
        await archive.save_snapshot(sample, WINDOW)

        held = await archive.load_latest(WINDOW)
        assert StoredSnapshot(sample, checked_at=FETCHED_AT) == held
        assert held is not None
        assert (sample.data, sample.sha256) == (held.snapshot.data, held.snapshot.sha256)

    async def test_the_latest_day_counts_not_the_latest_fetch(self, archive: Archive) -> None:
        """An older day that is received later does not hide the newer day."""
        newer = snapshot("2026-08-31", fetched_at=NOON)
        await archive.save_snapshot(newer, WINDOW)
        await archive.save_snapshot(snapshot("2026-08-30", fetched_at=NOON + HOUR), WINDOW)

        assert StoredSnapshot(newer, checked_at=NOON) == await archive.load_latest(WINDOW)

    async def test_the_last_received_revision_of_a_day_counts(self, archive: Archive) -> None:
        """A revision replaces the first version; if the source withdraws it, the first is served again."""
        first = snapshot(fetched_at=NOON)
        revision = snapshot(fetched_at=NOON + HOUR, tasks=[task("revised")])
        again = snapshot(fetched_at=NOON + 2 * HOUR)
        await archive.save_snapshot(first, WINDOW)
        await archive.save_snapshot(revision, WINDOW)
        assert StoredSnapshot(revision, checked_at=NOON + HOUR) == await archive.load_latest(WINDOW)

        await archive.save_snapshot(again, WINDOW)
        assert StoredSnapshot(first, checked_at=NOON + 2 * HOUR) == await archive.load_latest(WINDOW)

    async def test_a_repeated_snapshot_is_only_marked_as_checked(self, archive: Archive) -> None:
        """It keeps the time of its first fetch."""
        for hours in range(3):
            await archive.save_snapshot(snapshot(fetched_at=NOON + hours * HOUR), WINDOW)

        assert StoredSnapshot(snapshot(fetched_at=NOON), checked_at=NOON + 2 * HOUR) == await archive.load_latest(
            WINDOW
        )

    async def test_a_range_is_one_snapshot_a_day_oldest_first(self, archive: Archive) -> None:
        """It includes both ends, whatever the order of receipt, with the last received revision of each day."""
        first = snapshot("2026-08-30", fetched_at=NOON)
        revision = snapshot("2026-08-30", fetched_at=NOON + HOUR, tasks=[task("revised")])
        older, newer = snapshot("2026-08-28", fetched_at=NOON + HOUR), snapshot("2026-08-31", fetched_at=NOON)
        for each in (newer, first, revision, older, snapshot("2026-08-27"), snapshot("2026-09-01", fetched_at=NOON)):
            await archive.save_snapshot(each, WINDOW)

        assert [older, revision, newer] == list(await archive.load_range(date(2026, 8, 28), date(2026, 8, 31)))
        assert [revision] == list(await archive.load_range(first.as_of, first.as_of, window=WINDOW))
        assert [] == list(await archive.load_range(date(2026, 8, 29), date(2026, 8, 29)))
        assert [] == list(await archive.load_range(date(2026, 8, 31), date(2026, 8, 28)))

        await archive.save_snapshot(snapshot("2026-08-30", fetched_at=NOON + 2 * HOUR), WINDOW)
        assert [first] == list(await archive.load_range(first.as_of, first.as_of))

    async def test_the_newest_days_come_oldest_first(self, archive: Archive) -> None:
        """Each day comes once, even if it was revised, and at most `count` days come."""
        assert [] == list(await archive.load_newest_days(WINDOW, count=2))
        for day in ("2026-08-30", "2026-08-25", "2026-08-31"):
            await archive.save_snapshot(snapshot(day), WINDOW)
            await archive.save_snapshot(snapshot(day, tasks=[task("revised")]), WINDOW)

        days = [date(2026, 8, 25), date(2026, 8, 30), date(2026, 8, 31)]
        assert [days[1:], days] == [list(await archive.load_newest_days(WINDOW, count=count)) for count in (2, 9)]

    async def test_a_series_is_what_is_read_from_each_body(self, archive: Archive) -> None:
        """One value a day in the last readable revision, oldest first, over more days than are loaded at once."""
        days = [date(2026, 5, 1) + timedelta(days=day) for day in range(100)]
        for day in reversed(days):
            await archive.save_snapshot(snapshot(day, fetched_at=NOON), WINDOW)
        revision = snapshot(days[80], fetched_at=NOON + HOUR, tasks=[task("revised")])
        refused = snapshot(days[81], fetched_at=NOON + HOUR, tasks=[task("unreadable")])
        await archive.save_snapshot(revision, WINDOW)
        await archive.save_snapshot(refused, WINDOW)

        series = await archive.load_series(days[1], days[98], tag_of_first_task)
        assert days == list(await archive.load_days(WINDOW))
        assert [(day, "revised" if day == days[80] else "code:debugging") for day in days[1:99]] == list(series)
        assert [] == list(await archive.load_series(days[5], days[4], tag_of_first_task))

    async def test_a_day_that_is_read_from_no_revision_is_left_out(self, archive: Archive) -> None:
        """The other days come all the same."""
        for day, tag in (("2026-08-29", "unreadable"), ("2026-08-30", "a"), ("2026-08-31", "malformed")):
            await archive.save_snapshot(snapshot(day, fetched_at=NOON, tasks=[task(tag)]), WINDOW)

        assert [(date(2026, 8, 30), "a")] == list(
            await archive.load_series(date(2026, 8, 1), date(2026, 8, 31), tag_of_first_task)
        )


class TestNames:
    """The display names."""

    async def test_they_come_back(self, archive: Archive) -> None:
        """Any script works."""
        catalog = Catalog({"a/b": "A: B", "c/d": "代码 “x” \\ 🜚"}, asked_at=NOON)
        await archive.save_catalog(catalog)

        assert catalog == await archive.load_catalog()

    async def test_they_replace_the_earlier_ones(self, archive: Archive) -> None:
        """All of them."""
        await archive.save_catalog(Catalog({"a/b": "A: B"}, asked_at=NOON))
        await archive.save_catalog(Catalog({}, asked_at=NOON + HOUR))

        assert Catalog({}, asked_at=NOON + HOUR) == await archive.load_catalog()


class TestRows:
    """The rows of the tables, on each kind of database."""

    async def test_a_revision_has_its_own_row(self, database: Database) -> None:
        """Nothing that was received is lost, and a repeated snapshot adds no row."""
        archive = SnapshotArchive(database)
        received = [
            snapshot(fetched_at=NOON),
            snapshot(fetched_at=NOON, tasks=[task("revised")]),
            snapshot("2026-08-30"),
        ]
        for each in [*received, *received]:
            await archive.save_snapshot(each, WINDOW)

        async with database.transaction() as connection:
            rows = (await connection.execute(sa.select(snapshots).order_by(snapshots.c.id))).all()
        assert [(each.as_of, each.sha256, each.body) for each in received] == [
            (row.as_of, row.sha256, zlib.decompress(row.body)) for row in rows
        ]
        assert {(WINDOW, NOON)} >= {(row.window, row.fetched_at) for row in rows[:2]}

    async def test_a_range_is_the_same_on_each_database(self, database: Database) -> None:
        """It has the newest revision of each day and includes both ends; the newest days are the same too."""
        archive = SnapshotArchive(database)
        revision = snapshot("2026-08-30", fetched_at=NOON + HOUR, tasks=[task("revised")])
        others = [snapshot(f"2026-08-{day}", fetched_at=NOON) for day in (28, 29, 30, 31)]
        for each in (revision, *reversed(others)):
            await archive.save_snapshot(each, WINDOW)

        assert [others[1], revision] == list(await archive.load_range(date(2026, 8, 29), date(2026, 8, 30)))
        assert [date(2026, 8, 30), date(2026, 8, 31)] == list(await archive.load_newest_days(WINDOW, count=2))

    async def test_unreadable_rows_are_left_out_of_a_range(
        self, database: Database, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The log says so; an earlier readable revision takes their place."""
        archive = SnapshotArchive(database)
        revision = snapshot("2026-08-30", fetched_at=NOON + HOUR, tasks=[task("revised")])
        first, alone = snapshot("2026-08-30", fetched_at=NOON), snapshot("2026-08-29", fetched_at=NOON)
        for each in (first, revision, alone):
            await archive.save_snapshot(each, WINDOW)
        async with database.transaction() as connection:
            spoilt = snapshots.c.sha256.in_([revision.sha256, alone.sha256])
            await connection.execute(sa.update(snapshots).where(spoilt).values(body=b"{}"))

        assert [first] == list(await archive.load_range(date(2026, 8, 29), date(2026, 8, 31)))
        assert 2 == caplog.text.count("cannot be read")

    async def test_a_spoilt_row_hides_no_other(self, database: Database, caplog: pytest.LogCaptureFixture) -> None:
        """Whatever is wrong with it: the newest readable one is served, and the log names each row once."""
        archive = SnapshotArchive(database)
        days = [snapshot(f"2026-08-{day}", fetched_at=NOON) for day in range(24, 31)]
        revision = snapshot("2026-08-30", fetched_at=NOON + HOUR, tasks=[task("revised")])
        for each in (*days, revision):
            await archive.save_snapshot(each, WINDOW)
        faults: dict[str, dict[str, object]] = {
            days[2].sha256: {"body": b"no zlib"},
            days[3].sha256: {"body": pack(days[3].body)[:-9]},
            days[4].sha256: {"body": pack(days[4].body + b" ")},
            days[5].sha256: {"encoding": "brotli"},
            days[6].sha256: {"body": b"not JSON", "encoding": "identity", "sha256": sha256(b"not JSON").hexdigest()},
            revision.sha256: {"body": b""},
        }
        async with database.transaction() as connection:
            for spoilt, values in faults.items():
                await connection.execute(sa.update(snapshots).where(snapshots.c.sha256 == spoilt).values(values))

        for _ in range(2):
            assert StoredSnapshot(days[1], checked_at=NOON) == await archive.load_latest(WINDOW)
            assert days[:2] == list(await archive.load_range(days[0].as_of, revision.as_of))
            assert [(each.as_of, each.body) for each in days[:2]] == [
                (day, body) for day, body in await archive.load_series(days[0].as_of, revision.as_of, checked)
            ]
        assert len(faults) == caplog.text.count("cannot be read")

        await archive.save_snapshot(replace(days[5], fetched_at=NOON + HOUR), WINDOW)
        assert StoredSnapshot(days[5], checked_at=NOON + HOUR) == await archive.load_latest(WINDOW)

    async def test_a_body_is_stored_in_an_eighth(self, database: Database) -> None:
        """A year of real answers takes less than 1.5 MB, so five years with all of SQLite's pages less than 15 MB."""
        await SnapshotArchive(database).save_snapshot(Snapshot.parse(PATH.read_bytes(), fetched_at=FETCHED_AT), WINDOW)
        async with database.reading() as connection:
            stored = (await connection.execute(sa.select(snapshots.c.body))).scalar_one()
        assert len(stored) < len(PATH.read_bytes()) / 8
        assert len(stored) < SQLITE_PAGE - 250, "a row fits into one page; otherwise it takes two"

    async def test_text_in_place_of_bytes_is_a_spoilt_row(self, caplog: pytest.LogCaptureFixture) -> None:
        """SQLite lets anybody write it by hand, whatever the encoding says."""
        async with open_database("sqlite://") as database:
            archive = SnapshotArchive(database)
            for day in (29, 30, 31):
                await archive.save_snapshot(snapshot(f"2026-08-{day}", fetched_at=NOON), WINDOW)
            async with database.transaction() as connection:
                await connection.execute(sa.text("UPDATE snapshots SET body = 'x' WHERE as_of > '2026-08-29'"))
                await connection.execute(
                    sa.text("UPDATE snapshots SET encoding = 'identity' WHERE as_of > '2026-08-30'")
                )

            held = await archive.load_latest(WINDOW)
            assert StoredSnapshot(snapshot("2026-08-29", fetched_at=NOON), checked_at=NOON) == held
        assert 2 == caplog.text.count("cannot be read")

    async def test_bodies_of_an_earlier_version_can_be_read(self, database: Database) -> None:
        """A row that is not compressed, too."""
        archive, held = SnapshotArchive(database), snapshot(fetched_at=NOON)
        await archive.save_snapshot(held, WINDOW)
        async with database.transaction() as connection:
            await connection.execute(sa.update(snapshots).values(body=held.body, encoding="identity"))

        assert StoredSnapshot(held, checked_at=NOON) == await archive.load_latest(WINDOW)

    async def test_a_time_that_is_unknown_counts_after_all_that_are_known(self, database: Database) -> None:
        """An import of an old file displaces nothing; once its answer is received, its time is known."""
        archive = SnapshotArchive(database)
        live, imported = snapshot(fetched_at=NOON), snapshot(fetched_at=NOON + HOUR, tasks=[task("imported")])
        for each in (live, imported):
            await archive.save_snapshot(each, WINDOW)
        async with database.transaction() as connection:
            unknown = sa.update(snapshots).where(snapshots.c.sha256 == imported.sha256)
            await connection.execute(unknown.values(fetched_at_known=False))
        assert StoredSnapshot(live, checked_at=NOON) == await archive.load_latest(WINDOW)

        received = replace(imported, fetched_at=NOON + 2 * HOUR)
        await archive.save_snapshot(received, WINDOW)
        assert StoredSnapshot(received, checked_at=NOON + 2 * HOUR) == await archive.load_latest(WINDOW)

    async def test_a_series_is_read_in_another_thread(self, database: Database) -> None:
        """So the event loop goes on meanwhile."""
        archive = SnapshotArchive(database)
        await archive.save_snapshot(snapshot(fetched_at=NOON), WINDOW)
        went_on = threading.Event()
        asyncio.get_running_loop().call_later(0.01, went_on.set)

        series = await archive.load_series(date.min, date.max, lambda _: went_on.wait(5))
        assert [(date(2026, 8, 31), True)] == list(series)

    async def test_there_is_one_row_of_names(self, database: Database) -> None:
        """Saving again replaces it."""
        archive = SnapshotArchive(database)
        for hours in range(3):
            await archive.save_catalog(Catalog({"a/b": "A: B"}, asked_at=NOON + hours * HOUR))

        async with database.transaction() as connection:
            assert [1] == list((await connection.execute(sa.select(catalogs.c.id))).scalars())

    async def test_several_processes_may_save_the_same_at_once(self, database_url: str) -> None:
        """The result is one row of each."""

        async def save(own: Database) -> None:
            await SnapshotArchive(own).save_snapshot(snapshot(fetched_at=NOON), WINDOW)
            await SnapshotArchive(own).save_catalog(Catalog({}, asked_at=NOON))

        await all_at_once(database_url, save)
        async with open_database(database_url) as database, database.transaction() as connection:
            for table in (snapshots, catalogs):
                assert 1 == len((await connection.execute(sa.select(table.c.id))).all())

    async def test_a_restart_finds_everything(self, database_url: str) -> None:
        """Snapshots and names are still there."""
        catalog = Catalog({"a/b": "A: B"}, asked_at=NOON)
        async with open_database(database_url) as database:
            await SnapshotArchive(database).save_snapshot(snapshot(fetched_at=NOON), WINDOW)
            await SnapshotArchive(database).save_catalog(catalog)
        async with open_database(database_url) as database:
            held = await SnapshotArchive(database).load_latest(WINDOW)
            assert (StoredSnapshot(snapshot(fetched_at=NOON), NOON), catalog) == (
                held,
                await SnapshotArchive(database).load_catalog(),
            )

    async def test_an_unreadable_row_is_ignored(self, database: Database, caplog: pytest.LogCaptureFixture) -> None:
        """A later readable snapshot of the same day takes its place."""
        archive = SnapshotArchive(database)
        await archive.save_snapshot(snapshot(fetched_at=NOON), WINDOW)
        async with database.transaction() as connection:
            await connection.execute(sa.update(snapshots).values(body=b"{}", sha256="0" * 64))

        assert await archive.load_latest(WINDOW) is None
        assert "cannot be read" in caplog.text
        await archive.save_snapshot(snapshot(fetched_at=NOON + HOUR), WINDOW)
        assert StoredSnapshot(snapshot(fetched_at=NOON + HOUR), checked_at=NOON + HOUR) == await archive.load_latest(
            WINDOW
        )
