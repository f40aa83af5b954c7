"""The one clock. It is handed in wherever the present matters, so that a test can hold its own."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Tells the present, aware UTC."""


def utc_now() -> datetime:
    """The present by the machine's clock, aware UTC."""
    return datetime.now(UTC)
