"""Editions of the two real answers, which are seven days apart."""

from datetime import UTC, datetime
from functools import cache

from bot.market.editions import Edition
from bot.market.models import Snapshot
from bot.operations import sample

EARLIER, NEWER = "2026-08-31", "2026-09-07"


@cache
def snapshot_as_of(day: str) -> Snapshot:
    """Read the answer of a day."""
    path = sample.PATH.with_name(f"classifications-task-{day}.json")
    return Snapshot.parse(path.read_bytes(), fetched_at=datetime(2026, 9, 8, tzinfo=UTC))


@cache
def compared() -> Edition:
    """The newer answer, compared with the earlier one."""
    return Edition(snapshot_as_of(NEWER), snapshot_as_of(EARLIER))


@cache
def alone() -> Edition:
    """The newer answer, with nothing to compare it with."""
    return Edition(snapshot_as_of(NEWER))
