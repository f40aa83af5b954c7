"""The header `Retry-After`."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.retry_after import parse_retry_after

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        (" 30 ", 30),
        ("1.5", 1.5),
        ("7200", 3600),
        ("Tue, 01 Sep 2026 12:00:10 GMT", 10),
        ("Tue, 01 Sep 2026 11:00:00 GMT", 0),
        ("Wed, 02 Sep 2026 12:00:00 GMT", 3600),
    ],
)
def test_seconds_and_dates_are_understood(header: str, seconds: float) -> None:
    """Never less than 0, and never more than the longest."""
    assert timedelta(seconds=seconds) == parse_retry_after(header, now=NOW, longest=HOUR)


@pytest.mark.parametrize("header", [None, "", "soon", "-5", "nan", "inf", "1e3", "1.5.1", "9" * 5000])
def test_anything_else_is_none(header: str | None) -> None:
    """The caller then uses its own delay."""
    assert parse_retry_after(header, now=NOW, longest=HOUR) is None
