"""The quota ledger: records each request to OpenRouter before it is made, so that a restart forgets none."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import QuotaSpentError
from bot.market.quota import REQUESTS_A_DAY, Attempt, Outcome, next_allowed
from bot.storage.database import Database
from bot.storage.schema import attempts

RECENT = 2 * REQUESTS_A_DAY
"""How many of the last requests are considered for the next one."""


class QuotaLedger:
    """Requests to OpenRouter, counted across restarts and processes.

    A request that was refused because of its API key counts only for that key: another key may be tried at once.
    """

    def __init__(self, database: Database, *, key_fingerprint: str | None = None) -> None:
        """Count requests in `database`; the key's fingerprint has at most 16 characters."""
        self._database = database
        self._key_fingerprint = key_fingerprint

    async def claim(self, now: datetime) -> int:
        """Record a request and return its id; raise QuotaSpentError if none is allowed at `now` (aware UTC)."""
        async with self._database.transaction(locking=attempts) as connection:
            allowed_at = next_allowed(await self._load_recent(connection), now)
            if allowed_at > now:
                raise QuotaSpentError(allowed_at)
            entered = await connection.execute(
                sa.insert(attempts)
                .values(at=now, outcome=Outcome.PENDING, key_fingerprint=self._key_fingerprint)
                .returning(attempts.c.id)
            )
            return int(entered.scalar_one())

    async def settle(self, attempt: int, outcome: Outcome, *, not_before: datetime | None = None) -> None:
        """Store the outcome of a request, and the instant (aware UTC) before which OpenRouter allows no other."""
        async with self._database.transaction() as connection:
            await connection.execute(
                sa.update(attempts).where(attempts.c.id == attempt).values(outcome=outcome, not_before=not_before)
            )

    async def load_next_allowed(self, now: datetime) -> datetime:
        """Load the instant from which the next request is allowed, `now` or later (aware UTC)."""
        async with self._database.reading() as connection:
            return next_allowed(await self._load_recent(connection), now)

    async def load_last(self) -> Attempt | None:
        """Load the last request that counts for this key; None if there is none."""
        async with self._database.reading() as connection:
            recent = await self._load_recent(connection)
        return recent[-1] if recent else None

    async def has_answered(self) -> bool:
        """Return whether OpenRouter has ever sent data for this key."""
        answered = sa.select(attempts.c.id).where(
            attempts.c.key_fingerprint == self._key_fingerprint,
            attempts.c.outcome.in_([Outcome.CURRENT, Outcome.STALE]),
        )
        async with self._database.reading() as connection:
            return (await connection.execute(answered.limit(1))).first() is not None

    async def _load_recent(self, connection: AsyncConnection) -> list[Attempt]:
        """Load the last requests that count for this key, oldest first."""
        counts = sa.or_(
            attempts.c.outcome != Outcome.REFUSED,
            attempts.c.key_fingerprint.is_not_distinct_from(self._key_fingerprint),
        )
        newest_first = sa.select(attempts).where(counts).order_by(attempts.c.id.desc()).limit(RECENT)
        rows = (await connection.execute(newest_first)).all()
        return [Attempt(row.at, Outcome(row.outcome), row.not_before) for row in reversed(rows)]
