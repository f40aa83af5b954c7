"""The schedule: local times in any zone, and what is due, checked by examples, properties and simulated years."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import accumulate, islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.autopost.schedule import (
    OWN_DATA_WAIT,
    Days,
    Due,
    Missed,
    NothingNew,
    Post,
    Progress,
    Schedule,
    Wait,
    WaitForData,
    closes_at,
    due,
    instants,
    last_instant,
    next_instant,
)
from bot.market.service import RECENT_DAYS

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SECOND = timedelta(seconds=1)
# Zones with an interesting year: daylight saving by an hour, by half an hour or not at all, and a skipped day.
YEARS = [
    ("Europe/Berlin", 2026),
    ("America/New_York", 2024),
    ("Asia/Kolkata", 2026),
    ("Australia/Lord_Howe", 2026),
    ("Pacific/Apia", 2011),
    ("America/Nuuk", 2024),
]
STEP = timedelta(minutes=5)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def daily(at: str, zone: str = "UTC", days: Days = Days.EVERY_DAY) -> Schedule:
    return Schedule(time.fromisoformat(at), zone, days)


# --- instants ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        (daily("09:00", "Europe/Berlin"), "2026-01-10T07:59:59", "2026-01-10T08:00"),
        (daily("09:00", "Europe/Berlin"), "2026-01-10T08:00", "2026-01-11T08:00"),
        (daily("09:00", "Europe/Berlin"), "2026-07-10T00:00", "2026-07-10T07:00"),
        (daily("20:00", "America/New_York"), "2026-01-10T00:00", "2026-01-10T01:00"),
        (daily("05:30", "Asia/Kolkata"), "2026-01-10T00:00", "2026-01-11T00:00"),
        (daily("12:00", "UTC"), "2028-02-28T12:00", "2028-02-29T12:00"),
        (Schedule(None), "2026-01-10T00:00", "2026-01-11T00:00"),
        (Schedule(None, "Asia/Tokyo"), "2026-01-10T15:00", "2026-01-11T00:00"),
    ],
)
def test_the_next_instant_is_strictly_after(schedule: Schedule, after: str, expected: str) -> None:
    """A plan's wall-clock time is converted to UTC; without a time it is 00:00 UTC, whatever the zone."""
    assert utc(expected) == next_instant(schedule, after=utc(after))


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        # 2026-01-09 is a Friday.
        (daily("09:00", days=Days.WEEKDAYS), "2026-01-09T09:00", "2026-01-12T09:00"),
        (daily("09:00", days=Days.SUNDAY), "2026-01-09T09:00", "2026-01-11T09:00"),
        (daily("09:00", days=Days.FRIDAY), "2026-01-09T09:00", "2026-01-16T09:00"),
        # Saturday morning in Tokyo is still Friday in UTC.
        (daily("08:00", "Asia/Tokyo", Days.SATURDAY), "2026-01-09T00:00", "2026-01-09T23:00"),
        # Without a time, the day is the one in UTC.
        (Schedule(None, "Asia/Tokyo", Days.SATURDAY), "2026-01-09T00:00", "2026-01-10T00:00"),
    ],
)
def test_days_are_days_of_the_plans_zone(schedule: Schedule, after: str, expected: str) -> None:
    """The weekday is that of the local calendar."""
    assert utc(expected) == next_instant(schedule, after=utc(after))


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        # 02:30 does not exist on 2026-03-29 in Berlin: 03:00 there is the first instant after the gap.
        (daily("02:30", "Europe/Berlin"), "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:30"]),
        # 02:30 exists twice on 2026-10-25: the first one counts.
        (daily("02:30", "Europe/Berlin"), "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
        (daily("02:30", "America/New_York"), "2026-03-08T00:00", ["2026-03-08T07:00", "2026-03-09T06:30"]),
        (daily("01:30", "America/New_York"), "2026-11-01T00:00", ["2026-11-01T05:30", "2026-11-02T06:30"]),
        # Lord Howe's daylight saving is half an hour.
        (daily("02:15", "Australia/Lord_Howe"), "2026-10-03T00:00", ["2026-10-03T15:30", "2026-10-04T15:15"]),
        (daily("01:45", "Australia/Lord_Howe"), "2026-04-04T00:00", ["2026-04-04T14:45", "2026-04-05T15:15"]),
        # In Cairo the gap is the first hour of the day.
        (daily("00:15", "Africa/Cairo"), "2026-04-23T00:00", ["2026-04-23T22:00", "2026-04-24T21:15"]),
        # In Nuuk it was the last hour of the day: the first instant after it is the next day's midnight.
        (daily("23:30", "America/Nuuk"), "2024-03-30T02:00", ["2024-03-31T01:00", "2024-04-01T00:30"]),
        # Apia skipped 2011-12-30.
        (daily("12:00", "Pacific/Apia"), "2011-12-29T00:00", ["2011-12-29T22:00", "2011-12-30T22:00"]),
        # In Kwajalein most of the 30th of September 1969 happened twice.
        (daily("12:00", "Pacific/Kwajalein"), "1969-09-29T12:00", ["1969-09-30T01:00", "1969-10-02T00:00"]),
        # Turkey stayed on summer time in 2016.
        (daily("09:00", "Europe/Istanbul"), "2016-11-05T12:00", ["2016-11-06T06:00", "2016-11-07T06:00"]),
        # Volgograd changed its standard time on 2020-12-27 at 02:00.
        (daily("09:00", "Europe/Volgograd"), "2020-12-26T00:00", ["2020-12-26T05:00", "2020-12-27T06:00"]),
    ],
)
def test_clock_changes_neither_skip_nor_double_a_day(schedule: Schedule, after: str, expected: Sequence[str]) -> None:
    """A time that does not exist means the first instant after the gap; one that exists twice means the first."""
    found = list(islice(instants(schedule, after=utc(after)), 2))
    assert [utc(text) for text in expected] == found


def test_a_date_that_begins_twice_does_not_hide_its_instant() -> None:
    """In St. John's the 7th became the 6th again one minute after midnight: the 7th's post is not due twice."""
    schedule = daily("00:00", "America/St_Johns")
    expected, following = utc("2010-11-07T02:30"), utc("2010-11-08T03:30")
    assert expected == last_instant(schedule, until=utc("2010-11-07T03:00"))
    assert following == next_instant(schedule, after=utc("2010-11-07T03:00"))


def test_a_weekly_plan_skips_a_day_that_its_zone_skipped() -> None:
    """Friday the 30th of December 2011 did not exist in Apia: the plan is due a week later, not on Saturday."""
    schedule = daily("12:00", "Pacific/Apia", Days.FRIDAY)
    expected = [utc("2011-12-23T22:00"), utc("2012-01-05T22:00")]
    assert expected == list(islice(instants(schedule, after=utc("2011-12-20T00:00")), 2))
    assert expected[0] == last_instant(schedule, until=expected[1] - SECOND)


@cache
def clock_readings(zone: str, year: int) -> tuple[list[datetime], list[datetime], frozenset[date]]:
    """A zone's year in steps of 5 min: the instants, the latest local time shown by then, and the local days."""
    begin = datetime(year, 1, 1, tzinfo=UTC) - 3 * DAY
    walked = [begin + step * STEP for step in range(372 * DAY // STEP)]
    shown = [instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for instant in walked]
    return walked, list(accumulate(shown, max)), frozenset(reading.date() for reading in shown)


def instants_by_walking(schedule: Schedule, year: int) -> list[datetime]:
    """A year's instants, found by brute force: for each day, the first step that shows the time or a later one."""
    at, zone = (time(0), "UTC") if schedule.time is None else (schedule.time, schedule.timezone)
    walked, latest, lived = clock_readings(zone, year)
    days = (date(year, 1, 1) + day * DAY for day in range((date(year + 1, 1, 1) - date(year, 1, 1)).days))
    return [
        walked[bisect_left(latest, datetime.combine(day, at))]
        for day in days
        if day in lived and schedule.days.includes(day)
    ]


times = st.integers(0, 287).map(lambda step: time(step // 12, step % 12 * 5))


@settings(deadline=None, max_examples=60)
@given(zoned=st.sampled_from(YEARS), at=st.none() | times, days=st.sampled_from(Days))
def test_a_year_has_one_instant_for_each_local_day(zoned: tuple[str, int], at: time | None, days: Days) -> None:
    """Over a year, the instants equal those of the brute-force search: one a day, at the right time."""
    zone, year = zoned
    schedule = Schedule(at, zone, days)
    expected = instants_by_walking(schedule, year)
    found = islice(instants(schedule, after=expected[0] - SECOND), len(expected))
    assert expected == list(found)


@given(
    zone=st.sampled_from([*(zone for zone, _ in YEARS), "Pacific/Kwajalein", "Africa/Cairo", "Asia/Tehran"]),
    at=st.none() | st.times(),
    days=st.sampled_from(Days),
    now=st.integers(-10 * 365 * 86400, 130 * 365 * 86400).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
)
def test_next_and_last_instant_are_adjacent(*, zone: str, at: time | None, days: Days, now: datetime) -> None:
    """The last instant is at or before now, the next one after it, and none is between them."""
    schedule = Schedule(at, zone, days)
    last, following = last_instant(schedule, until=now), next_instant(schedule, after=now)
    assert last <= now < following
    assert following == next_instant(schedule, after=last)
    assert last == last_instant(schedule, until=following - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("schedule", "instant", "expected"),
    [
        (daily("09:00"), "2026-01-10T09:00", "2026-01-11T07:00"),
        (daily("09:00", days=Days.MONDAY), "2026-01-12T09:00", "2026-01-13T07:00"),
        # On the day on which clocks go forward, the next instant is 23 h away.
        (daily("09:00", "Europe/Berlin"), "2026-03-28T08:00", "2026-03-29T05:00"),
        # On the day on which they go back, it is 25 h away.
        (daily("09:00", "Europe/Berlin"), "2026-10-24T07:00", "2026-10-25T05:00"),
    ],
)
def test_an_instant_stays_open_for_22_h_or_until_2_h_before_the_next(
    schedule: Schedule, instant: str, expected: str
) -> None:
    """The earlier of the two closes it."""
    assert utc(expected) == closes_at(schedule, utc(instant))


# --- what is due ------------------------------------------------------------------------------------------------

NINE = daily("09:00")
MADE = Progress(since=utc("2026-01-01T12:00"))
# At nine on the 10th the newest data is that of the 9th; the plan has posted that of the 8th.
RUNNING = Progress(since=MADE.since, settled=utc("2026-01-09T09:00"), posted=date(2026, 1, 8))
TENTH = utc("2026-01-10T09:00")
CLOSING = utc("2026-01-11T07:00")


def as_of(*days: int) -> list[date]:
    return [date(2026, 1, day) for day in days]


def at_nine(progress: Progress, available: list[date], now: str) -> Due:
    return due(NINE, progress, available=available, now=utc(now))


@pytest.mark.parametrize(
    ("progress", "available", "now", "expected"),
    [
        # Before the instant, new data changes nothing.
        (RUNNING, as_of(8, 9), "2026-01-10T08:59:59", Wait(TENTH)),
        # On time.
        (RUNNING, as_of(8, 9), "2026-01-10T09:00", Post(TENTH, date(2026, 1, 9), CLOSING)),
        # While the instant is open, late data and a late bot are no problem.
        (RUNNING, as_of(8), "2026-01-10T09:00", WaitForData(TENTH, CLOSING)),
        (RUNNING, as_of(8, 9), "2026-01-11T06:59:59", Post(TENTH, date(2026, 1, 9), CLOSING)),
        (RUNNING, [], "2026-01-10T12:00", WaitForData(TENTH, CLOSING)),
        # Then it closes.
        (RUNNING, as_of(7, 8), "2026-01-11T07:00", NothingNew(TENTH)),
        (RUNNING, as_of(8, 9), "2026-01-11T07:00", Missed(TENTH)),
        # A settled instant is finished.
        (replace(RUNNING, settled=TENTH), as_of(8, 9), "2026-01-10T10:00", Wait(utc("2026-01-11T09:00"))),
        # A first post takes the newest data, however old.
        (MADE, as_of(3), "2026-01-10T09:00", Post(TENTH, date(2026, 1, 3), CLOSING)),
        (MADE, as_of(3, 4), "2026-01-10T09:00", Post(TENTH, date(2026, 1, 4), CLOSING)),
        (MADE, [], "2026-01-10T09:00", WaitForData(TENTH, CLOSING)),
        # After a week of downtime there is one post, with the newest data.
        (
            RUNNING,
            as_of(8, 17),
            "2026-01-18T10:00",
            Post(utc("2026-01-18T09:00"), date(2026, 1, 17), utc("2026-01-19T07:00")),
        ),
        # Data that was withdrawn, or that is older than the last post, is not new.
        (replace(RUNNING, posted=date(2026, 1, 9)), as_of(7, 8), "2026-01-10T09:00", WaitForData(TENTH, CLOSING)),
    ],
)
def test_what_a_plan_has_to_do(*, progress: Progress, available: list[date], now: str, expected: Due) -> None:
    """One rule covers lateness, downtime and late data."""
    assert expected == at_nine(progress, available, now)


@pytest.mark.parametrize("since", ["2026-01-10T09:00", "2026-01-10T09:05", "2026-01-10T20:00"])
def test_no_instant_before_a_plan_was_made_or_resumed_is_due(since: str) -> None:
    """A plan that is made at or after its time starts with the next one."""
    progress = Progress(since=utc(since))
    assert Wait(utc("2026-01-11T09:00")) == at_nine(progress, as_of(9), "2026-01-10T21:00")


def test_a_late_post_takes_the_data_of_its_own_time() -> None:
    """A post that is so late that there is newer data leaves that data for the next instant, which is on time."""
    late = at_nine(RUNNING, as_of(8, 9, 10), "2026-01-11T06:00")
    assert Post(TENTH, date(2026, 1, 9), CLOSING) == late
    progress = replace(RUNNING, settled=TENTH, posted=date(2026, 1, 9))
    following = utc("2026-01-11T09:00")
    expected = Post(following, date(2026, 1, 10), utc("2026-01-12T07:00"))
    assert expected == at_nine(progress, as_of(8, 9, 10), "2026-01-11T09:00")


def test_a_late_post_takes_newer_data_if_its_own_is_missing() -> None:
    """If the instant's own data never came, the newer data is posted."""
    assert Post(TENTH, date(2026, 1, 10), CLOSING) == at_nine(RUNNING, as_of(8, 10), "2026-01-11T06:00")


@given(
    schedule=st.builds(
        Schedule, st.none() | st.times(), st.sampled_from([zone for zone, _ in YEARS]), st.sampled_from(Days)
    ),
    posted=st.none() | st.integers(-9, 1),
    days=st.sets(st.integers(-9, 1)),
    now=st.integers(0, 86399),
)
def test_the_newest_days_are_enough(*, schedule: Schedule, posted: int | None, days: set[int], now: int) -> None:
    """Data that is older than the market's recent days never changes what is due."""
    today, clock = date(2026, 3, 29), utc("2026-03-29") + now * SECOND
    last = None if posted is None else today + posted * DAY
    progress = Progress(since=utc("2026-03-01"), posted=last)
    available = sorted(today + day * DAY for day in days)
    expected = due(schedule, progress, available=available, now=clock)
    assert expected == due(schedule, progress, available=available[-RECENT_DAYS:], now=clock)


UNTIMED = Schedule(None)
MIDNIGHT = utc("2026-01-10T00:00")
UNTIMED_CLOSING = utc("2026-01-10T22:00")


@pytest.mark.parametrize(
    ("posted", "available", "now", "expected"),
    [
        (8, as_of(8), "2026-01-10T00:00", WaitForData(MIDNIGHT, UNTIMED_CLOSING)),
        (8, as_of(8, 9), "2026-01-10T00:39", Post(MIDNIGHT, date(2026, 1, 9), UNTIMED_CLOSING)),
        # Data of an earlier day is not the day's own data …
        (7, as_of(7, 8), "2026-01-10T00:00", WaitForData(MIDNIGHT, utc("2026-01-10T06:00"))),
        (7, as_of(7, 8, 9), "2026-01-10T00:39", Post(MIDNIGHT, date(2026, 1, 9), UNTIMED_CLOSING)),
        # … but is posted if that does not come in time.
        (7, as_of(7, 8), "2026-01-10T06:00", Post(MIDNIGHT, date(2026, 1, 8), UNTIMED_CLOSING)),
        (None, as_of(7, 8), "2026-01-10T00:00", Post(MIDNIGHT, date(2026, 1, 8), UNTIMED_CLOSING)),
    ],
)
def test_a_plan_without_a_time_posts_new_data_when_it_comes(
    *, posted: int | None, available: list[date], now: str, expected: Due
) -> None:
    """It does not stay a day behind the source because its first post took older data."""
    last = None if posted is None else date(2026, 1, posted)
    progress = Progress(since=MADE.since, settled=MIDNIGHT - DAY, posted=last)
    assert expected == due(UNTIMED, progress, available=available, now=utc(now))


def test_an_instant_that_moved_with_its_zones_rules_does_not_come_twice() -> None:
    """If a newer time zone database moves the settled instant by some hours, that day is still settled."""
    progress = replace(RUNNING, settled=TENTH - 2 * HOUR, posted=date(2026, 1, 8))
    assert Wait(utc("2026-01-11T09:00")) == at_nine(progress, as_of(8, 9), "2026-01-10T09:30")


def test_a_clock_set_back_waits_for_the_next_instant() -> None:
    """If the clock is set back to before a settled instant, nothing is due until the instant after it."""
    progress = replace(RUNNING, settled=TENTH, posted=date(2026, 1, 9))
    found = at_nine(progress, as_of(8, 9, 10), "2026-01-02T09:30")
    assert Wait(utc("2026-01-11T09:00")) == found


schedules = st.builds(
    Schedule, st.none() | st.times(), st.sampled_from([zone for zone, _ in YEARS]), st.sampled_from(Days)
)
dates = st.dates(date(2026, 1, 1), date(2026, 1, 31))
moments = st.integers(0, 31 * 86400).map(lambda seconds: utc("2026-01-01") + seconds * SECOND)


@given(
    schedule=schedules,
    progress=st.builds(Progress, since=moments, settled=st.none() | moments, posted=st.none() | dates),
    available=st.lists(dates, max_size=4),
    now=moments,
    fraction=st.floats(0, 0.999),
)
@example(  # the instant's own data is missing, older and later data is available
    schedule=Schedule(None),
    progress=Progress(since=utc("2026-01-01"), posted=date(2026, 1, 1)),
    available=[date(2026, 1, 2), date(2026, 1, 10)],
    now=utc("2026-01-10"),
    fraction=0.0,
)
def test_a_loop_may_sleep_until_the_returned_instant(
    *, schedule: Schedule, progress: Progress, available: list[date], now: datetime, fraction: float
) -> None:
    """Without new data, nothing changes before that instant, and at that instant something does."""
    found = due(schedule, progress, available=available, now=now)
    if isinstance(found, Wait | WaitForData):
        assert now < found.until
        between = now + (found.until - now) * fraction
        assert found == due(schedule, progress, available=available, now=between)
        assert found != due(schedule, progress, available=available, now=found.until)
    if isinstance(found, Post):
        assert found.instant <= now < found.closes_at
        assert found == due(schedule, progress, available=available, now=found.closes_at - timedelta(microseconds=1))


# --- a simulated year -------------------------------------------------------------------------------------------


@dataclass
class World:
    """One plan, its poster and a source, with a simulated clock."""

    schedule: Schedule
    arrivals: Sequence[tuple[datetime, date]]  # when each as_of comes, in order
    down: Sequence[tuple[datetime, datetime]]  # from, until; in order
    progress: Progress
    seen: list[date] = field(default_factory=list)
    posts: list[tuple[datetime, Post]] = field(default_factory=list)

    def is_up(self, now: datetime) -> bool:
        return not any(begin <= now < end for begin, end in self.down)

    def newest(self, now: datetime) -> date | None:
        """What the source returns: only the newest data."""
        come = bisect_left(self.arrivals, (now + SECOND,))
        return self.arrivals[come - 1][1] if come else None

    def has_news(self, instant: datetime, now: datetime, posted: date | None) -> bool:
        """Whether the source has data for the plan to post, which is not too old for a plan without a time."""
        newest = self.newest(now)
        if newest is None or posted is None or newest <= posted:
            return newest is not None and posted is None
        of_the_day = newest >= instant.date() - DAY
        return of_the_day or self.schedule.time is not None or now >= instant + OWN_DATA_WAIT

    def look(self, now: datetime) -> datetime:
        """One look of the poster: do what is due, and return until when to sleep."""
        newest = self.newest(now)
        if newest is not None and newest not in self.seen:
            self.seen = [*self.seen[-3:], newest]
        while True:
            found = due(self.schedule, self.progress, available=self.seen, now=now)
            if isinstance(found, Wait | WaitForData):
                return found.until
            if isinstance(found, Post):
                self.posts.append((now, found))
                self.progress = replace(self.progress, posted=found.as_of)
            self.progress = replace(self.progress, settled=found.instant)

    def run(self, begin: datetime, end: datetime) -> None:
        events = sorted({moment for moment, _ in self.arrivals} | {until for _, until in self.down})
        now = begin
        while now < end:
            sleep_until = self.look(now) if self.is_up(now) else end
            later = bisect_left(events, now + timedelta(microseconds=1))
            now = min([sleep_until, *events[later : later + 1]])


def source(begin: datetime, days: int, lateness: Sequence[timedelta | None]) -> list[tuple[datetime, date]]:
    """When yesterday's data arrives on each UTC day; None in `lateness`, which repeats, means never."""
    delays = ((begin + day * DAY, lateness[day % len(lateness)]) for day in range(days))
    return sorted((midnight + delay, midnight.date() - DAY) for midnight, delay in delays if delay is not None)


PUNCTUAL = 39 * MINUTE


@settings(deadline=None, max_examples=40)
@given(zoned=st.sampled_from(YEARS), at=st.none() | times, days=st.sampled_from(Days))
def test_a_year_of_a_plan_is_one_post_for_each_local_day(zoned: tuple[str, int], at: time | None, days: Days) -> None:
    """With a punctual source each local day has one post, at its time or when the day's data comes."""
    zone, year = zoned
    begin, end = datetime(year, 1, 1, tzinfo=UTC) - 3 * DAY, datetime(year + 1, 1, 1, tzinfo=UTC)
    schedule = Schedule(at, zone, days)
    world = World(schedule, source(begin - DAY, 380, [PUNCTUAL]), [], Progress(since=begin))
    world.run(begin, end)
    expected = [instant for instant in instants_by_walking(schedule, year) if instant < end - HOUR]
    posted = [(now, post) for now, post in world.posts if post.instant >= expected[0]][: len(expected)]
    assert expected == [post.instant for _, post in posted]
    # A post has to wait for its data only if its time is, in some season, shortly before new data arrives.
    turn = (datetime(year, 1, 1, tzinfo=UTC) + PUNCTUAL).time()
    at_once = schedule.time is not None and all(turn < instant.time() < time(23, 39) for instant in expected)
    longest = max(now - post.instant for now, post in posted)
    assert longest <= (timedelta(0) if at_once else HOUR)


spans = st.lists(
    st.tuples(st.integers(0, 60 * 24 * 60), st.integers(1, 40 * 60)).map(
        lambda span: (span[0] * MINUTE, (span[0] + span[1]) * MINUTE)
    ),
    max_size=8,
)
delays = st.none() | st.integers(1, 30 * 60).map(lambda minutes: minutes * MINUTE)
# Each begins some weeks before its zone's clocks change, if they do.
SEASONS = [
    ("Europe/Berlin", "2026-03-01"),
    ("America/New_York", "2026-10-05"),
    ("Asia/Kolkata", "2028-02-01"),
    ("Australia/Lord_Howe", "2026-09-10"),
    ("Pacific/Apia", "2011-12-01"),
]


@settings(deadline=None, max_examples=100)
@given(
    season=st.sampled_from(SEASONS),
    at=st.none() | st.times(),
    days=st.sampled_from(Days),
    down=spans,
    lateness=st.lists(delays, min_size=1, max_size=20),
)
def test_nothing_is_lost_and_nothing_doubled(
    *,
    season: tuple[str, str],
    at: time | None,
    days: Days,
    down: list[tuple[timedelta, timedelta]],
    lateness: list[timedelta | None],
) -> None:
    """With random downtimes and late data, each instant has exactly one post if it was possible to post it."""
    zone, first = season
    begin, end = utc(first), utc(first) + 60 * DAY
    outages = sorted((begin + since, begin + until) for since, until in down)
    schedule = Schedule(at, zone, days)
    world = World(schedule, source(begin, 60, lateness), outages, Progress(since=begin))
    world.run(begin, end)
    assert_nothing_doubled(world)
    assert_nothing_lost(world, end)


def assert_nothing_doubled(world: World) -> None:
    zone = ZoneInfo("UTC" if world.schedule.time is None else world.schedule.timezone)
    for (_, before), (_, after) in pairwise(world.posts):
        assert before.as_of < after.as_of
        assert before.closes_at < after.instant
        assert before.instant.astimezone(zone).date() < after.instant.astimezone(zone).date()
    for now, post in world.posts:
        assert post.instant <= now < closes_at(world.schedule, post.instant)


def assert_nothing_lost(world: World, end: datetime) -> None:
    """While an instant without a post was open, the bot was never up when the source had data for the plan."""
    taken = {post.instant: post.as_of for _, post in world.posts}
    posted: date | None = None
    for instant in instants(world.schedule, after=world.progress.since):
        closing = closes_at(world.schedule, instant)
        if closing >= end:
            break
        moments = [
            instant,
            instant + OWN_DATA_WAIT,
            *(when for when, _ in world.arrivals),
            *(up for _, up in world.down),
        ]
        looks = [when for when in moments if instant <= when < closing and world.is_up(when)]
        assert any(world.has_news(instant, when, posted) for when in looks) <= (instant in taken)
        posted = taken.get(instant, posted)


@settings(deadline=None)
@given(
    schedule=schedules,
    looks=st.lists(st.tuples(moments, st.lists(dates, max_size=3)), max_size=30),
)
def test_a_clock_that_jumps_back_and_forth_doubles_nothing(
    schedule: Schedule, looks: list[tuple[datetime, list[date]]]
) -> None:
    """Whatever the clock does and whatever data is available, no instant and no as_of is posted twice."""
    progress = Progress(since=utc("2026-01-01T00:00"))
    posts = []
    for now, available in looks:
        found = due(schedule, progress, available=available, now=now)
        if isinstance(found, Post):
            posts.append(found)
            progress = replace(progress, settled=found.instant, posted=found.as_of)
        elif isinstance(found, NothingNew | Missed):
            progress = replace(progress, settled=found.instant)
    assert sorted({post.instant for post in posts}) == [post.instant for post in posts]
    assert sorted({post.as_of for post in posts}) == [post.as_of for post in posts]
