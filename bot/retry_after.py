"""How long a server asks to be left alone: the header `Retry-After` of HTTP."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


def parse_retry_after(header: str | None, *, now: datetime, longest: timedelta) -> timedelta | None:
    """Read the header: seconds, or an HTTP date; at most `longest`, and None for what makes no sense."""
    if header is None:
        return None
    try:
        wait = timedelta(seconds=float(header))
    except (ValueError, OverflowError):
        try:
            at = parsedate_to_datetime(header)
        except (ValueError, OverflowError):
            return None
        wait = at.replace(tzinfo=at.tzinfo or UTC) - now
    return min(max(timedelta(0), wait), longest)
