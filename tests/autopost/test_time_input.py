"""Reading the times of day and the days that people type."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.autopost.schedule import Days
from bot.autopost.time_input import parse_days, parse_time
from bot.errors import PlanError
from bot.presentation.error_texts import error_sentence


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
    with pytest.raises(PlanError) as refused:
        parse_time(text)
    assert "Type a time like 09:30, 9am or 9:30 pm." == error_sentence(refused.value)


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
    with pytest.raises(PlanError) as refused:
        parse_days(text)
    assert "Type “every day”, “weekdays” or a day such as “Monday”." == error_sentence(refused.value)
