"""Dates in words."""

from datetime import date

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_in_words(day: date, *, has_year: bool = True) -> str:
    """Write a day, such as “8 Sep 2026” or “8 Sep”."""
    written = f"{day.day} {MONTHS[day.month - 1]}"
    return f"{written} {day.year}" if has_year else written


def range_in_words(since: date, until: date) -> str:
    """Name both days, such as “8 Sep to 6 Nov 2026”; the first has its year only if the years differ."""
    return f"{day_in_words(since, has_year=since.year != until.year)} to {day_in_words(until)}"
