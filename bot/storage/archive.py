"""The archive: every snapshot as it was received, and the names of models."""

import logging

import sqlalchemy as sa

from bot.errors import InvalidResponseError
from bot.market.models import Snapshot, Window
from bot.market.service import Catalog, StoredSnapshot
from bot.storage.database import Database
from bot.storage.schema import catalogs, snapshots

ONLY_ROW = 1

log = logging.getLogger(__name__)


class SnapshotArchive:
    """Snapshots and display names, kept in the database."""

    def __init__(self, database: Database) -> None:
        """Keep them in `database`."""
        self._database = database

    async def load_latest(self, window: Window) -> StoredSnapshot | None:
        """Load the snapshot with the latest `as_of`, and of that the one received last; none if it is spoilt."""
        latest = (
            sa.select(snapshots)
            .where(snapshots.c.window == window)
            .order_by(snapshots.c.as_of.desc(), snapshots.c.checked_at.desc(), snapshots.c.id.desc())
            .limit(1)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(latest)).one_or_none()
        if row is None:
            return None
        try:
            snapshot = Snapshot.parse(row.body, fetched_at=row.fetched_at)
        except InvalidResponseError as spoilt:
            log.error("The archive's snapshot %d cannot be read: %s", row.id, spoilt.operator_sentence)  # noqa: TRY400 - said
            return None
        return StoredSnapshot(snapshot, checked_at=row.checked_at)

    async def save_snapshot(self, snapshot: Snapshot, window: Window) -> None:
        """Save a snapshot as received; one that is there already is marked as checked."""
        same = sa.and_(
            snapshots.c.window == window,
            snapshots.c.as_of == snapshot.as_of,
            snapshots.c.sha256 == snapshot.sha256,
        )
        async with self._database.transaction(alone_in=snapshots) as connection:
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
        """Load the display names."""
        async with self._database.reading() as connection:
            row = (await connection.execute(sa.select(catalogs))).one_or_none()
        return None if row is None else Catalog(row.names, asked_at=row.asked_at)

    async def save_catalog(self, catalog: Catalog) -> None:
        """Save the display names in place of the earlier ones."""
        async with self._database.transaction(alone_in=catalogs) as connection:
            await connection.execute(sa.delete(catalogs))
            await connection.execute(
                sa.insert(catalogs).values(id=ONLY_ROW, names=dict(catalog.names), asked_at=catalog.asked_at)
            )
