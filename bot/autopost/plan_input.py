"""Parses what a moderator typed into `/autopost`."""

from dataclasses import dataclass
from datetime import datetime

from bot.autopost.schedule import Schedule
from bot.autopost.time_input import parse_days, parse_time
from bot.autopost.timezone_input import parse_timezone


@dataclass(frozen=True, kw_only=True)
class PlanInput:
    """What a moderator typed, unparsed."""

    board: str
    time: str | None = None
    timezone: str | None = None
    days: str | None = None


def read_schedule(asked: PlanInput, *, now: datetime) -> Schedule:
    """Parse time, zone and days: by default every day, as soon as there is new data; raise PlanError."""
    return Schedule(
        parse_time(asked.time) if asked.time else None,
        parse_timezone(asked.timezone, now=now) if asked.timezone else "UTC",
        parse_days(asked.days or "every day"),
    )
