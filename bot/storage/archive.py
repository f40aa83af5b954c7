"""The archive of all snapshots as received, and the display names of models."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import date
from itertools import count
from typing import Any, TypeVar

import sqlalchemy as sa

from bot.errors import InvalidResponseError, RankingsBotError, StorageError
from bot.market.models import Snapshot, Window
from bot.market.protocols import Catalog, StoredSnapshot
from bot.storage.bodies import Encoding, pack, unpack
from bot.storage.database import Database
from bot.storage.schema import UTCDateTime, catalogs, snapshots

T = TypeVar("T")

ONLY_ROW = 1

NEWEST_FIRST = (
    snapshots.c.as_of.desc(),
    snapshots.c.fetched_at_known.desc(),
    snapshots.c.checked_at.desc(),
    snapshots.c.id.desc(),
)
"""The latest day first, and for each day the revision that was received last.

An imported revision whose time is unknown counts after all whose time is known.
"""

DAYS_AT_ONCE = 64
"""How many days are read from the database together; their bodies are in memory compressed, about 4 KB each."""

log = logging.getLogger(__name__)


class SnapshotArchive:
    """Snapshots and display names in the database."""

    def __init__(self, database: Database) -> None:
        """Use an open database."""
        self._database = database
        self._reported: set[int] = set()
        """The rows that cannot be read and that the log has named."""

    async def load_latest(self, window: Window) -> StoredSnapshot | None:
        """Load the newest snapshot that can be read: the last revision of the latest day. None if there is none."""
        newest = sa.select(snapshots).where(snapshots.c.window == window).order_by(*NEWEST_FIRST).limit(1)
        async with self._database.reading() as connection:
            for unreadable in count():
                row = (await connection.execute(newest.offset(unreadable))).one_or_none()
                if row is None:
                    break
                found, problems = _read_days([row], _parse)
                self._report(problems)
                if found:
                    return StoredSnapshot(found[row.as_of], checked_at=row.checked_at)
        return None

    async def load_range(self, since: date, until: date, *, window: Window = "7d") -> Sequence[Snapshot]:
        """Load one snapshot for each day from `since` to `until` (both included), oldest first.

        For each day it is the revision that was received last and can be read; days without one are left out.
        """
        return [snapshot for _, snapshot in await self._load_days_between(since, until, _parse, window=window)]

    async def load_series(
        self, since: date, until: date, read: Callable[[bytes], T], *, window: Window = "7d"
    ) -> Sequence[tuple[date, T]]:
        """Load what `read` returns for the body of each day from `since` to `until` (both included), oldest first.

        `read` runs in a thread. For each day it gets the revision that was received last and can be read. If it
        raises InvalidResponseError or ValueError, it gets the next one; days without any are left out.
        """
        return await self._load_days_between(since, until, lambda _, body: read(body), window=window)

    async def load_days(self, window: Window) -> Sequence[date]:
        """Load every archived `as_of`, oldest first."""
        return await self._load_days(snapshots.c.window == window)

    async def load_revisions(self, as_of: date, *, window: Window = "7d") -> Sequence[Snapshot]:
        """Load every readable answer that was received for a day, the last one first."""
        of_day = sa.and_(snapshots.c.window == window, snapshots.c.as_of == as_of)
        async with self._database.reading() as connection:
            rows = (await connection.execute(sa.select(snapshots).where(of_day).order_by(*NEWEST_FIRST))).all()
        return [snapshot for row in rows for snapshot in _read_days([row], _parse)[0].values()]

    async def load_newest_days(self, window: Window, *, count: int) -> Sequence[date]:
        """Load the latest `count` values of `as_of`, oldest first."""
        as_of = snapshots.c.as_of
        newest = sa.select(as_of).where(snapshots.c.window == window).distinct().order_by(as_of.desc()).limit(count)
        async with self._database.reading() as connection:
            return sorted((await connection.execute(newest)).scalars())

    async def save_snapshot(self, snapshot: Snapshot, window: Window) -> None:
        """Save a snapshot as received; if it is already stored, update when it was last checked."""
        same = sa.and_(
            snapshots.c.window == window,
            snapshots.c.as_of == snapshot.as_of,
            snapshots.c.sha256 == snapshot.sha256,
        )
        now = sa.literal(snapshot.fetched_at, UTCDateTime)
        # The body is written again too, in case it is spoilt.
        received = {"body": pack(snapshot.body), "encoding": Encoding.ZLIB, "fetched_at_known": True, "checked_at": now}
        first_fetch = sa.case((snapshots.c.fetched_at_known, snapshots.c.fetched_at), else_=now)
        async with self._database.transaction(locking=snapshots) as connection:
            again = await connection.execute(
                sa.update(snapshots).where(same).values(**received, fetched_at=first_fetch)
            )
            if again.rowcount:
                return
            key = {"window": window, "as_of": snapshot.as_of, "sha256": snapshot.sha256}
            await connection.execute(sa.insert(snapshots).values(**key, **received, fetched_at=now))

    async def load_catalog(self) -> Catalog | None:
        """Load the display names; None if there are none yet."""
        async with self._database.reading() as connection:
            row = (await connection.execute(sa.select(catalogs))).one_or_none()
        return None if row is None else Catalog(row.names, asked_at=row.asked_at)

    async def save_catalog(self, catalog: Catalog) -> None:
        """Save the display names, replacing the earlier ones."""
        async with self._database.transaction(locking=catalogs) as connection:
            await connection.execute(sa.delete(catalogs))
            await connection.execute(
                sa.insert(catalogs).values(id=ONLY_ROW, names=dict(catalog.names), asked_at=catalog.asked_at)
            )

    async def _load_days(self, where: sa.ColumnElement[bool]) -> Sequence[date]:
        as_of = snapshots.c.as_of
        async with self._database.reading() as connection:
            return list((await connection.execute(sa.select(as_of).where(where).distinct().order_by(as_of))).scalars())

    async def _load_days_between(
        self, since: date, until: date, read: Callable[[sa.Row[Any], bytes], T], *, window: Window
    ) -> Sequence[tuple[date, T]]:
        """Load and read some days at a time, in a thread, so that memory stays low and the event loop goes on."""
        of_window = snapshots.c.window == window
        days = await self._load_days(sa.and_(of_window, snapshots.c.as_of.between(since, until)))
        series: list[tuple[date, T]] = []
        for start in range(0, len(days), DAYS_AT_ONCE):
            some = days[start : start + DAYS_AT_ONCE]
            within = snapshots.c.as_of.between(some[0], some[-1])
            query = sa.select(snapshots).where(of_window, within).order_by(*NEWEST_FIRST)
            async with self._database.reading() as connection:
                rows = (await connection.execute(query)).all()
            found, problems = await asyncio.to_thread(_read_days, rows, read)
            self._report(problems)
            series.extend(sorted(found.items()))
        return series

    def _report(self, problems: Sequence[tuple[int, str]]) -> None:
        """Log each row that cannot be read, once."""
        for row_id, problem in problems:
            if row_id not in self._reported:
                self._reported.add(row_id)
                log.error("The archive's snapshot %d cannot be read and is skipped: %s", row_id, problem)


def _read_days(
    rows: Sequence[sa.Row[Any]], read: Callable[[sa.Row[Any], bytes], T]
) -> tuple[dict[date, T], Sequence[tuple[int, str]]]:
    """Read the first readable row of each day; also return the ids of the unreadable ones before it, and why."""
    found: dict[date, T] = {}
    problems: list[tuple[int, str]] = []
    for row in rows:
        if row.as_of in found:
            continue
        try:
            found[row.as_of] = read(row, unpack(row.body, row.encoding, expected_sha256=row.sha256))
        except (StorageError, InvalidResponseError, ValueError) as spoilt:
            reason = spoilt.operator_sentence if isinstance(spoilt, RankingsBotError) else str(spoilt)
            problems.append((row.id, reason))
    return found, problems


def _parse(row: sa.Row[Any], body: bytes) -> Snapshot:
    return Snapshot.parse(body, fetched_at=row.fetched_at)
