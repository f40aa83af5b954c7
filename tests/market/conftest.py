from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.storage.database import Database, open_database
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource


@pytest.fixture
def clock() -> FakeClock:
    """Tuesday noon, UTC."""
    return FakeClock(datetime(2026, 9, 1, 12, tzinfo=UTC))


@pytest.fixture
def source(clock: FakeClock) -> FakeSource:
    """A healthy source."""
    return FakeSource(clock)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The URL of a database file for this test."""
    return f"sqlite:///{tmp_path / 'rankings.db'}"


@pytest.fixture
async def database() -> AsyncIterator[Database]:
    """An open in-memory database."""
    async with open_database("sqlite://") as opened:
        yield opened
