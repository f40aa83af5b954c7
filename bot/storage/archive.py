"""The archive of all snapshots as received, and the display names of models."""

import logging
from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from bot.errors import InvalidResponseError
from bot.market.models import Snapshot, Window
from bot.market.protocols import Catalog, StoredSnapshot
from bot.storage.database import Database
from bot.storage.schema import catalogs, snapshots

ONLY_ROW = 1

NEWEST_FIRST = (snapshots.c.as_of.desc(), snapshots.c.checked_at.desc(), snapshots.c.id.desc())
"""The latest day first, and for each day the revision that was received last."""

log = logging.getLogger(__name__)


class SnapshotArchive:
    """Snapshots and display names in the database."""

    def __init__(self, database: Database) -> None:
        """Use an open database."""
        self._database = database

    async def load_latest(self, window: Window) -> StoredSnapshot | None:
        """Load the last received snapshot of the latest `as_of`; None if there is none or it cannot be read."""
        latest = sa.select(snapshots).where(snapshots.c.window == window).order_by(*NEWEST_FIRST).limit(1)
        async with self._database.reading() as connection:
            row = (await connection.execute(latest)).one_or_none()
        snapshot = None if row is None else _read(row)
        return None if row is None or snapshot is None else StoredSnapshot(snapshot, checked_at=row.checked_at)

    async def load_range(self, since: date, until: date, *, window: Window = "7d") -> Sequence[Snapshot]:
        """Load one snapshot for each day from `since` to `until` (both included), oldest first.

        For each day it is the revision that was received last and can be read; days without one are left out.
        """
        days = snapshots.c.as_of.between(since, until)
        within = sa.select(snapshots).where(snapshots.c.window == window, days).order_by(*NEWEST_FIRST)
        async with self._database.reading() as connection:
            rows = (await connection.execute(within)).all()
        found: dict[date, Snapshot] = {}
        for row in rows:
            snapshot = None if row.as_of in found else _read(row)
            if snapshot is not None:
                found[row.as_of] = snapshot
        return list(reversed(found.values()))

    async def count_revisions(self, as_of: date, *, window: Window = "7d") -> int:
        """Count the different answers that were received for a day."""
        of_day = sa.and_(snapshots.c.window == window, snapshots.c.as_of == as_of)
        async with self._database.reading() as connection:
            counted = await connection.execute(sa.select(sa.func.count()).select_from(snapshots).where(of_day))
            return counted.scalar_one()

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
        async with self._database.transaction(locking=snapshots) as connection:
            again = await connection.execute(sa.update(snapshots).where(same).values(checked_at=snapshot.fetched_at))
            if again.rowcount:
                return
            await connection.execute(
                sa.insert(snapshots).values(
                    window=window,
                    as_of=snapshot.as_of,
                    sha256=snapshot.sha256,
                    body=snapshot.body,
                    fetched_at=snapshot.fetched_at,
                    checked_at=snapshot.fetched_at,
                )
            )

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


def _read(row: sa.Row[Any]) -> Snapshot | None:
    """Parse a row's body; log an error and return None if that fails."""
    try:
        return Snapshot.parse(row.body, fetched_at=row.fetched_at)
    except InvalidResponseError as spoilt:
        log.error("The archive's snapshot %d cannot be read: %s", row.id, spoilt.operator_sentence)  # noqa: TRY400 - one line is enough
        return None
