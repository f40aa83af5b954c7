from bot.storage.database import Database, open_database
from bot.storage.registrations import Registrations
from tests.storage.at_once import all_at_once

LARGEST_SNOWFLAKE = 2**63 - 1


async def test_what_was_never_registered_has_no_hash(database: Database) -> None:
    """So it is registered."""
    assert await Registrations(database).load_hash(1) is None


async def test_each_application_has_its_own(database: Database) -> None:
    """A test bot and the real one may share a database; ids are as large as Discord's may be."""
    registrations = Registrations(database)
    await registrations.save_hash(1, "a" * 64)
    await registrations.save_hash(LARGEST_SNOWFLAKE, "b" * 64)
    await registrations.save_hash(1, "c" * 64)

    assert ["c" * 64, "b" * 64] == [await registrations.load_hash(number) for number in (1, LARGEST_SNOWFLAKE)]


async def test_several_processes_may_save_it_at_once(database_url: str) -> None:
    """Two that start together have both registered the same."""
    await all_at_once(database_url, lambda own: Registrations(own).save_hash(1, "a" * 64))

    async with open_database(database_url) as database:
        assert "a" * 64 == await Registrations(database).load_hash(1)
