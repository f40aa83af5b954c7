"""The one clock. Code that needs the current time is handed a clock, so that tests can use their own."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the current time, aware UTC."""


def utc_now() -> datetime:
    """The current time by the machine's clock, aware UTC."""
    return datetime.now(UTC)
