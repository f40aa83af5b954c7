"""How long a server asks to be left alone: the header `Retry-After` of HTTP."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"\d+(\.\d+)?")
"""Discord sends fractions too, which HTTP does not know."""


def parse_retry_after(header: str | None, *, now: datetime, longest: timedelta) -> timedelta | None:
    """Read the header: seconds, or an HTTP date; at most `longest`, and None for what makes no sense."""
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
