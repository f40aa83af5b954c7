import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.storage.database import Database, open_database
from tests.fakes.postgres import IS_INSTALLED, PostgresServer

collect_ignore = [] if IS_INSTALLED else ["test_postgresql.py"]
KINDS = ["sqlite", "postgresql"] if IS_INSTALLED else ["sqlite"]


@pytest.fixture(autouse=True)
async def no_thread_outlives_its_test() -> AsyncIterator[None]:
    """Wait for the threads of SQLite connections: one that could not be opened ends later, and needs its event loop."""
    yield
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            thread.join(5)
            assert not thread.is_alive(), "a connection was left open"


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, for each kind of database on this machine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'rankings.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.empty_database()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The database of `database_url`, open and migrated."""
    async with open_database(database_url) as opened:
        yield opened
