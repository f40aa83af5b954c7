from collections.abc import Callable
from datetime import UTC, datetime, time
from time import perf_counter
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.autopost.schedule import Days
from bot.autopost.spoken import find_timezones, load_timezones, parse_days, parse_time, parse_timezone

WINTER = datetime(2026, 1, 15, tzinfo=UTC)
SUMMER = datetime(2026, 7, 15, tzinfo=UTC)


def names(typed: str, *, now: datetime = WINTER) -> list[str]:
    return [name for _, name in find_timezones(typed, now=now)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("09:30", time(9, 30)),
        ("9:30", time(9, 30)),
        ("21.30", time(21, 30)),
        ("9h30", time(9, 30)),
        ("0930", time(9, 30)),
        ("9", time(9)),
        ("0", time(0)),
        ("23:59", time(23, 59)),
        ("9am", time(9)),
        ("9 AM", time(9)),
        ("9:30 pm", time(21, 30)),
        ("9.30 p.m.", time(21, 30)),
        ("12am", time(0)),
        ("12:05 am", time(0, 5)),
        ("12pm", time(12)),
        ("noon", time(12)),
        (" Midnight ", time(0)),
        ("\N{FULLWIDTH DIGIT NINE}\N{FULLWIDTH COLON}30", time(9, 30)),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, expected: time) -> None:
    """Hours, minutes and am or pm, in the usual spellings."""
    assert expected == parse_time(text)


@pytest.mark.parametrize("text", ["", "24:00", "25", "9:60", "9:5", "13pm", "0am", "-1", "9:30:15", "soon", "9" * 5000])
def test_a_time_that_cannot_be_read_says_what_to_type(text: str) -> None:
    """One sentence with examples, without the text that was typed."""
    with pytest.raises(ValueError, match=r"^Type the time like 09:30, 9am or 9:30 pm\.$"):
        parse_time(text)


@given(st.times())
def test_every_time_reads_back(at: time) -> None:
    """Each minute of the day is read from both ways of writing it."""
    minute = at.replace(second=0, microsecond=0)
    assert minute == parse_time(minute.strftime("%H:%M"))
    assert minute == parse_time(minute.strftime("%I:%M %p"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("every day", Days.EVERY_DAY),
        ("Daily", Days.EVERY_DAY),
        ("everyday", Days.EVERY_DAY),
        ("weekdays", Days.WEEKDAYS),
        ("every weekday", Days.WEEKDAYS),
        ("workdays", Days.WEEKDAYS),
        ("Mon", Days.MONDAY),
        ("tues", Days.TUESDAY),
        ("on Fridays", Days.FRIDAY),
        ("every sunday", Days.SUNDAY),
        *((days.value, days) for days in Days),
    ],
)
def test_days_are_read_as_people_write_them(text: str, expected: Days) -> None:
    """Every day, weekdays or one weekday; what is stored reads back."""
    assert expected == parse_days(text)


@pytest.mark.parametrize("text", ["", "m", "weekend", "Monday and Friday", "someday", "2"])
def test_days_that_cannot_be_read_say_what_to_type(text: str) -> None:
    """One sentence with the choices."""
    with pytest.raises(ValueError, match=r"^Type every day, weekdays or one weekday such as Monday\.$"):
        parse_days(text)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("berlin", "Europe/Berlin"),
        ("ber", "Europe/Berlin"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/ber", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("America/New York", "America/New_York"),
        ("s\N{LATIN SMALL LETTER A WITH TILDE}o paulo", "America/Sao_Paulo"),
        ("germany", "Europe/Berlin"),
        ("japan", "Asia/Tokyo"),
        ("spain", "Europe/Madrid"),
        ("south korea", "Asia/Seoul"),
        ("canada", "America/Toronto"),
        ("uk", "Europe/London"),
        ("nz", "Pacific/Auckland"),
        ("lond", "Europe/London"),
        ("beijing", "Asia/Shanghai"),
        ("mumbai", "Asia/Kolkata"),
        ("calcutta", "Asia/Kolkata"),
        ("kiev", "Europe/Kyiv"),
        ("pst", "America/Los_Angeles"),
        ("us/eastern", "America/New_York"),
        ("utc", "UTC"),
        ("gmt", "UTC"),
        ("", "UTC"),
        ("brelin", "Europe/Berlin"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("iceland", "Atlantic/Reykjavik"),
        ("lord howe", "Australia/Lord_Howe"),
    ],
)
def test_the_best_match_comes_first(typed: str, expected: str) -> None:
    """City, country, older name, abbreviation and misspelling lead to the zone that was meant."""
    assert expected == names(typed)[0]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("+5:30", "Asia/Kolkata"),
        ("UTC+5:30", "Asia/Kolkata"),
        ("gmt +0530", "Asia/Kolkata"),
        ("+1", "Europe/Berlin"),
        ("-5", "America/New_York"),
        ("\N{MINUS SIGN}3", "America/Sao_Paulo"),
        ("+0", "UTC"),
        ("-03:30", "America/St_Johns"),
        ("+14", "Pacific/Kiritimati"),
    ],
)
def test_an_offset_finds_the_zones_that_have_it_now(typed: str, expected: str) -> None:
    """A typed offset is the present one, in the sign that people use."""
    assert expected in names(typed)


def test_an_offset_follows_the_season() -> None:
    """Berlin is at +1 in winter and at +2 in summer."""
    assert "Europe/Berlin" not in names("+2", now=WINTER)
    assert "Europe/Berlin" in names("+2", now=SUMMER)


@pytest.mark.parametrize(
    ("typed", "now", "expected"),
    [
        ("berlin", WINTER, "Europe/Berlin (UTC+01:00)"),
        ("berlin", SUMMER, "Europe/Berlin (UTC+02:00)"),
        ("kolkata", WINTER, "Asia/Kolkata (UTC+05:30)"),
        ("st johns", WINTER, "America/St_Johns (UTC-03:30)"),
        ("utc", WINTER, "UTC (UTC+00:00)"),
    ],
)
def test_a_label_shows_the_present_offset(typed: str, now: datetime, expected: str) -> None:
    """The choice reads as the zone and what its clocks show now."""
    assert expected == find_timezones(typed, now=now)[0][0]


@given(typed=st.text(max_size=30) | st.sampled_from(["a", "e", "america", "+", "UTC+", "us", "/"]))
def test_any_text_gives_choices_that_discord_takes(typed: str) -> None:
    """At most 25, none twice, labels of 1 to 100 characters, and each value is a zone."""
    choices = find_timezones(typed, now=WINTER)
    found = [name for _, name in choices]
    assert len(found) == len(set(found)) <= 25
    assert all(1 <= len(label) <= 100 for label, _ in choices)
    assert found == [parse_timezone(name, now=WINTER) for name in found]


def test_every_zone_is_found_by_its_name() -> None:
    """Each zone with a place is the first choice for its own name."""
    places = {name for letter in "abcdefghijklmnopqrstuvwxyz" for name in all_names(letter)}
    assert len(places) > 400
    assert not [name for name in sorted(places) if names(name)[0] != name]


def all_names(typed: str) -> list[str]:
    return [name for _, name in find_timezones(typed, now=WINTER, limit=1000)]


def test_every_iana_name_is_taken_and_means_the_same_clock() -> None:
    """Older and additional names stay valid, in any case, and lead to a zone with the same time."""
    known = sorted(available_timezones() - {"Factory", "localtime", "posixrules"})
    offsets = {
        name: [
            now.astimezone(ZoneInfo(zone)).utcoffset()
            for zone in (name, parse_timezone(name.upper(), now=WINTER))
            for now in (WINTER, SUMMER)
        ]
        for name in known
    }
    assert not [name for name, found in offsets.items() if found[:2] != found[2:]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("europe/berlin", "Europe/Berlin"),
        (" America/new york ", "America/New_York"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("US/Pacific", "America/Los_Angeles"),
        ("Europe/Oslo", "Europe/Oslo"),
        ("Tokyo", "Asia/Tokyo"),
        ("japan", "Asia/Tokyo"),
        ("Zulu", "UTC"),
        ("+5:45", "Asia/Kathmandu"),
    ],
)
def test_a_zone_that_was_typed_and_not_picked_is_understood(text: str, expected: str) -> None:
    """Whatever means exactly one zone is taken."""
    assert expected == parse_timezone(text, now=WINTER)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Brelin", "Europe/Berlin or "),
        ("germany", "Europe/Berlin or Europe/Busingen."),
        ("+1", "Europe/Madrid or Europe/Paris or Europe/Berlin."),
        ("", "UTC or "),
        ("Factory", " or "),
        ("../../etc/passwd", " or "),
        ("q" * 6000, " or "),
    ],
)
def test_a_zone_that_is_not_clear_names_the_nearest(text: str, expected: str) -> None:
    """One sentence says what to do and names up to three zones."""
    with pytest.raises(ValueError, match=r"^Type a city and pick its time zone from the list: ") as refusal:
        parse_timezone(text, now=WINTER)
    assert expected in str(refusal.value)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize("typed", ["e", "united states", "+2", "zzzzz", "q" * 6000])
def test_a_keystroke_is_fast(typed: str) -> None:
    """Once the tables are read, the best of a few searches takes less than 20 ms."""
    load_timezones()

    def seconds(search: Callable[[], object]) -> float:
        begun = perf_counter()
        search()
        return perf_counter() - begun

    assert min(seconds(lambda: find_timezones(typed, now=WINTER)) for _ in range(5)) < 0.02
