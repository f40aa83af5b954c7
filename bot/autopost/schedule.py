"""When a plan posts: wall-clock times in any zone, and one rule for lateness, downtime and late data.

A due instant stays open for 22 h, or until 2 h before the plan's next one, whichever is earlier. While it is
open, the post goes out as soon as the bot is up and there is data that the plan has not posted; then it closes.
Only the newest instant counts, so there is never a backlog.
"""

import enum
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from tzdata import IANA_VERSION  # type: ignore[import-untyped]  # it has no types

OPEN_FOR = timedelta(hours=22)
GAP_BEFORE_NEXT = timedelta(hours=2)
# A plan without a time waits this long for the data of its own day before it posts older data.
OWN_DATA_WAIT = timedelta(hours=6)
# Instants this close belong to one day: if a zone's rules change, an instant may move, but must not come twice.
SAME_DAY = timedelta(hours=12)
ZONE_RULES: str = IANA_VERSION
"""The version of the time zone database that all local times are computed with."""

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class Days(enum.Enum):
    """The days of the week on which a plan posts; the value is stored, and shown to users."""

    EVERY_DAY = "every day"
    WEEKDAYS = "weekdays"
    MONDAY = "Monday"
    TUESDAY = "Tuesday"
    WEDNESDAY = "Wednesday"
    THURSDAY = "Thursday"
    FRIDAY = "Friday"
    SATURDAY = "Saturday"
    SUNDAY = "Sunday"

    def includes(self, day: date) -> bool:
        """Whether a plan with these days posts on that date."""
        if self is Days.EVERY_DAY:
            return True
        if self is Days.WEEKDAYS:
            return day.weekday() < _WEEK.index(Days.SATURDAY)
        return self is _WEEK[day.weekday()]


_WEEK = tuple(Days)[2:]  # Monday first, as in `date.weekday`


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a plan posts: a naive wall-clock time in an IANA zone, on some days.

    Without a time it posts as soon as there is new data: the instant is 00:00 UTC and the days are UTC dates, whatever
    the zone, because the source's days are UTC days.
    """

    time: time | None
    timezone: str = "UTC"
    days: Days = Days.EVERY_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a plan has come; no instant at or before `since` or `settled` (aware UTC) is ever due."""

    since: datetime  # when the plan was made or last resumed
    settled: datetime | None = None  # the newest instant that is finished, with or without a post
    posted: date | None = None  # the newest as_of that was posted


@dataclass(frozen=True, slots=True)
class Post:
    """Post the data of `as_of` now, for `instant`; keep trying until `closes_at` (both aware UTC)."""

    instant: datetime
    as_of: date
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class WaitForData:
    """The instant is open but there is nothing to post: look again when new data comes, or at `until` (aware UTC)."""

    instant: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is due before `until` (aware UTC), the plan's next instant; new data does not matter."""

    until: datetime


@dataclass(frozen=True, slots=True)
class NothingNew:
    """The instant (aware UTC) has closed without any data that the plan has not posted: settle it."""

    instant: datetime


@dataclass(frozen=True, slots=True)
class Missed:
    """The instant (aware UTC) has closed without its post although there is data, as after an outage: settle it."""

    instant: datetime


Due = Post | WaitForData | Wait | NothingNew | Missed


def instants(schedule: Schedule, *, after: datetime) -> Iterator[datetime]:
    """The instants of a schedule strictly after an aware instant, in order, in aware UTC."""
    day = _local_day(schedule, after)
    while True:
        instant = _instant_of(schedule, day)
        if instant is not None and instant > after:
            yield instant
        day += _DAY


def next_instant(schedule: Schedule, *, after: datetime) -> datetime:
    """The first instant of a schedule strictly after an aware instant, in aware UTC."""
    return next(instants(schedule, after=after))


def last_instant(schedule: Schedule, *, until: datetime) -> datetime:
    """The newest instant of a schedule at or before an aware instant, in aware UTC."""
    # Where a zone set its calendar back, the next date has already begun once: start one day later.
    day = _local_day(schedule, until) + _DAY
    while True:
        instant = _instant_of(schedule, day)
        if instant is not None and instant <= until:
            return instant
        day -= _DAY


def closes_at(schedule: Schedule, instant: datetime) -> datetime:
    """When an instant of the schedule closes, in aware UTC."""
    return min(instant + OPEN_FOR, next_instant(schedule, after=instant) - GAP_BEFORE_NEXT)


def due(schedule: Schedule, progress: Progress, *, available: Collection[date], now: datetime) -> Due:
    """What a plan has to do at `now` (aware UTC), given the `as_of` dates of the available data.

    Pass the newest four or more, not only the newest: a late post takes the data that it would have taken on time,
    and no older data can be taken.
    Finish a post that was begun before you ask again: the answer may then name another `as_of`.
    """
    finished = progress.since
    if progress.settled is not None:
        finished = max(finished, progress.settled + SAME_DAY)
    instant = last_instant(schedule, until=now)
    if instant <= finished:
        return Wait(next_instant(schedule, after=max(now, finished)))
    closing = closes_at(schedule, instant)
    unposted = sorted(as_of for as_of in available if progress.posted is None or as_of > progress.posted)
    if now >= closing:
        return Missed(instant) if unposted else NothingNew(instant)
    # Otherwise older data would keep a plan without a time one day behind the source for ever.
    waits = schedule.time is None and progress.posted is not None
    wait_until = min(instant + OWN_DATA_WAIT, closing) if waits else instant
    as_of = _pick(unposted, instant, may_wait=now < wait_until)
    if as_of is not None:
        return Post(instant, as_of, closing)
    return WaitForData(instant, wait_until if unposted else closing)


def _pick(unposted: Sequence[date], instant: datetime, *, may_wait: bool) -> date | None:
    """Pick the as_of to post for an instant from those that the plan has not posted (oldest first)."""
    # The source's newest as_of is yesterday in UTC. Later data belongs to the plan's next instant. If a late post took
    # it although its own data is available, the next post would have to wait for new data, and would be late too, and
    # so would every post after it.
    own = instant.date() - _DAY
    in_time = [as_of for as_of in unposted if as_of <= own]
    later = unposted[len(in_time) :]
    # If there is later data, the instant's own data will not come any more.
    if in_time and (in_time[-1] == own or later or not may_wait):
        return in_time[-1]
    return later[0] if later else None


def _instant_of(schedule: Schedule, day: date) -> datetime | None:
    """The instant of one local day, if the schedule and the zone have that day."""
    if not schedule.days.includes(day):
        return None
    zone = _zone_of(schedule)
    instant = _first_reading(datetime.combine(day, schedule.time or time.min), zone)
    if instant.astimezone(zone).date() == day:
        return instant
    # The time is in a gap that reaches into the next day: did any part of this day exist?
    midnight = _first_reading(datetime.combine(day, time.min), zone)
    return instant if midnight.astimezone(zone).date() == day else None


def _first_reading(wall: datetime, zone: tzinfo) -> datetime:
    """The first instant (aware UTC) at which clocks in the zone show this naive time or a later one."""
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    # The time is in a gap: clocks skip it at some instant between its readings by the new and by the old offset.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC).replace(microsecond=0) - _SECOND
    seconds = (first - before) // _SECOND + 1
    low, high = 0, seconds
    while high - low > 1:
        middle = (low + high) // 2
        shown = (before + middle * _SECOND).astimezone(zone).replace(tzinfo=None)
        low, high = (low, middle) if shown >= wall else (middle, high)
    return before + high * _SECOND


def _local_day(schedule: Schedule, instant: datetime) -> date:
    return instant.astimezone(_zone_of(schedule)).date()


def _zone_of(schedule: Schedule) -> tzinfo:
    return UTC if schedule.time is None else zone_named(schedule.timezone)


@cache  # ZoneInfo caches only eight zones itself: with more, every look would read files
def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name, with the rules of the tzdata package, whatever the machine has; raise ValueError."""
    try:
        with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as rules:
            return ZoneInfo.from_file(rules, key=name)
    except OSError:
        raise ValueError(f"there is no time zone {name}") from None
