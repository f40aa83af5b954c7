"""The HTTP header `Retry-After`: how long a server asks clients to wait."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"\d+(\.\d+)?")
"""Discord also sends fractions, which the HTTP standard does not allow."""


def parse_retry_after(header: str | None, *, now: datetime, longest: timedelta) -> timedelta | None:
    """Parse the header (seconds or an HTTP date) into a wait of 0 to `longest`; None if it is missing or unreadable."""
    if header is None:
        return None
    try:
        if _SECONDS.fullmatch(header.strip()):
            wait = timedelta(seconds=float(header))
        else:
            at = parsedate_to_datetime(header)
            wait = at.replace(tzinfo=at.tzinfo or UTC) - now
    except (ValueError, OverflowError):
        return None
    return min(max(timedelta(0), wait), longest)
