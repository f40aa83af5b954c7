"""Parses the times of day and the days that people type."""

import re
import unicodedata
from datetime import time

from bot.autopost.schedule import Days
from bot.errors import ErrorCode, PlanError
from bot.market.search import folded

_TIME = re.compile(r"(\d{1,2})(?:[:.h]?(\d{2}))?(?:([ap])\.?m\.?)?")
_CLOCK_FACE = range(1, 13)


def parse_time(text: str) -> time:
    """Parse a time of day such as `09:30`, `9`, `9:30 pm`, `21.30` or `noon`; raise PlanError."""
    typed = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).casefold()
    if typed in {"noon", "midnight"}:
        return time(12 if typed == "noon" else 0)
    match = _TIME.fullmatch(typed)
    if match is None or (match[3] and int(match[1]) not in _CLOCK_FACE):
        raise PlanError(ErrorCode.UNREADABLE_TIME)
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, minute)
    except ValueError:
        raise PlanError(ErrorCode.UNREADABLE_TIME) from None


def parse_days(text: str) -> Days:
    """Parse days such as `every day`, `weekdays`, `Mon` or `on Fridays`; raise PlanError."""
    typed = folded(text).removeprefix("on ").removesuffix("s")
    if typed in {"daily", "everyday", "every day"}:
        return Days.EVERY_DAY
    typed = typed.removeprefix("every ")
    if typed in {"workday", "working day"}:
        return Days.WEEKDAYS
    for days in Days:
        if len(typed) >= len("Mon") and days.value.casefold().startswith(typed):
            return days
    raise PlanError(ErrorCode.UNREADABLE_DAYS)
