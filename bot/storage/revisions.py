"""All revisions of the archive with their instants, to copy an archive or parts of it."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StorageError
from bot.market.models import Window
from bot.storage.archive import NEWEST_FIRST
from bot.storage.bodies import Encoding, pack, unpack
from bot.storage.database import Database
from bot.storage.schema import snapshots

DAYS_AT_ONCE = 16


@dataclass(frozen=True)
class Revision:
    """An answer for a day, with its body and its instants (aware UTC)."""

    window: Window
    as_of: date
    body: bytes = field(repr=False)
    fetched_at: datetime
    checked_at: datetime
    fetched_at_known: bool = True
    """False if both instants are only the latest at which it can have been fetched."""
    may_be_reformatted: bool = False
    """True if the body may have other spaces or line breaks than the answer had: then the same value is the same."""

    @cached_property
    def sha256(self) -> str:
        """The hash of the body in hexadecimal."""
        return sha256(self.body).hexdigest()


class RevisionStore:
    """Saves and loads revisions as they are."""

    def __init__(self, database: Database) -> None:
        """Use an open database."""
        self._database = database
        self.unreadable = 0
        """How many rows `load` has left out."""

    async def save(self, revisions: Sequence[Revision]) -> Sequence[bool]:
        """Save all or none in one transaction; return for each whether it is new.

        For one that is archived already, the first known fetch and the last known check count, whatever the order
        of the calls. A known instant counts more than an unknown one.
        """
        async with self._database.transaction(locking=snapshots) as connection:
            return [await _save(connection, revision) for revision in revisions]

    async def load(self, since: date, until: date) -> AsyncIterator[Revision]:
        """Load every readable revision from `since` to `until` (both included), oldest first."""
        as_of = snapshots.c.as_of
        days = sa.select(as_of).where(as_of.between(since, until)).distinct().order_by(as_of)
        async with self._database.reading() as connection:
            found = list((await connection.execute(days)).scalars())
        for start in range(0, len(found), DAYS_AT_ONCE):
            some = found[start : start + DAYS_AT_ONCE]
            rows = sa.select(snapshots).where(as_of.between(some[0], some[-1])).order_by(*NEWEST_FIRST)
            async with self._database.reading() as connection:
                newest_first = (await connection.execute(rows)).all()
            for row in reversed(newest_first):
                body = _body(row)
                if body is None:
                    self.unreadable += 1
                    continue
                yield Revision(row.window, row.as_of, body, row.fetched_at, row.checked_at, row.fetched_at_known)


async def _save(connection: AsyncConnection, offered: Revision) -> bool:
    """Insert a revision, or update the row that is the same; return whether it was inserted."""
    of_the_day = sa.and_(snapshots.c.window == offered.window, snapshots.c.as_of == offered.as_of)
    rows = (await connection.execute(sa.select(snapshots).where(of_the_day).order_by(snapshots.c.id))).all()
    same = _same(rows, offered)
    if same is None:
        new = {"window": offered.window, "as_of": offered.as_of, "sha256": offered.sha256}
        await connection.execute(sa.insert(snapshots).values(**new, **_packed(offered), **_instants([offered])))
        return True
    # A spoilt body is repaired.
    body = _packed(offered) if same.sha256 == offered.sha256 and _body(same) is None else {}
    merged = _instants([same, offered])
    await connection.execute(sa.update(snapshots).where(snapshots.c.id == same.id).values(**body, **merged))
    return False


def _same(rows: Sequence[sa.Row[Any]], offered: Revision) -> sa.Row[Any] | None:
    """The row of the same answer: with the same hash, or with the same value if the body may be reformatted."""
    by_hash = next((row for row in rows if row.sha256 == offered.sha256), None)
    if by_hash is not None or not offered.may_be_reformatted:
        return by_hash
    value = json.loads(offered.body)
    bodies = ((row, _body(row)) for row in rows)
    return next((row for row, body in bodies if body is not None and json.loads(body) == value), None)


def _instants(same: Sequence["Revision | sa.Row[Any]"]) -> dict[str, object]:
    """The instants of one answer that came several times."""
    known = [each for each in same if each.fetched_at_known]
    # Among unknown ones, the earliest says most: each is the latest possible time.
    last = max if known else min
    return {
        "fetched_at": min(each.fetched_at for each in known or same),
        "checked_at": last(each.checked_at for each in known or same),
        "fetched_at_known": bool(known),
    }


def _packed(revision: Revision) -> dict[str, object]:
    return {"body": pack(revision.body), "encoding": Encoding.ZLIB}


def _body(row: sa.Row[Any]) -> bytes | None:
    """The body as received; None if it is spoilt."""
    try:
        return unpack(row.body, row.encoding, expected_sha256=row.sha256)
    except StorageError:
        return None
