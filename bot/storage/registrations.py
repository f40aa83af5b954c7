"""Which commands an application registered last, so that they are registered only when they changed."""

import sqlalchemy as sa

from bot.storage.database import Database
from bot.storage.schema import registrations


class Registrations:
    """The hash of each application's registered commands."""

    def __init__(self, database: Database) -> None:
        """Keep them in `database`."""
        self._database = database

    async def load_hash(self, application_id: int) -> str | None:
        """Load the hash of what was registered last, in hexadecimal."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(registrations.c.sha256).where(registrations.c.application_id == application_id)
            )
            return found.scalar_one_or_none()

    async def save_hash(self, application_id: int, sha256: str) -> None:
        """Save the hash of what has just been registered."""
        async with self._database.transaction(alone_in=registrations) as connection:
            await connection.execute(sa.delete(registrations).where(registrations.c.application_id == application_id))
            await connection.execute(sa.insert(registrations).values(application_id=application_id, sha256=sha256))
