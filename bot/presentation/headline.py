"""The line of an autopost that a push notification shows."""

from datetime import date
from functools import partial

from bot.market.boards import BoardKind, Metric
from bot.presentation.row_texts import change_in_words
from bot.presentation.sheets import Sheet
from bot.presentation.text import at_line_start, clip_apart, plain, plural, sanitize

LONGEST_NAME = 60
"""Cells."""

LONGEST_ESCAPED = 500
LONGEST_NOTE = 300

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def headline(sheet: Sheet) -> str:
    """Say in one line what a sheet shows and what is first in it: “Code, 7 Sep: Code Generation leads with 4.8 %, up 0.8 points”.

    Discord reads mentions and markdown in this line, so names are escaped.
    """
    metric = sheet.board.metric
    day = date.fromisoformat(sheet.as_of)
    title = f"{_name(sheet.title)}{'' if metric is Metric.REQUESTS else f' by {metric}'}"
    return f"{at_line_start(title)}, {day.day} {MONTHS[day.month - 1]}: {_news(sheet)}"


def _news(sheet: Sheet) -> str:
    if sheet.news is not None:
        return sanitize(sheet.news, limit=LONGEST_ESCAPED)
    if not sheet.pictured:
        return " ".join(sanitize(note, limit=LONGEST_NOTE) for note in sheet.notes)
    first, *others = sheet.sections[-1].rows
    label, share, change = _name(first.label), first.figures[0].text, change_in_words(first)
    if sheet.board.kind is BoardKind.MODEL:
        return f"its largest share is {share}, of {label}{change}"
    if first.rank is None:
        return f"{label} has {share} of {sheet.board.metric}{change}"
    tied = sum(row.rank == first.rank for row in others)
    if tied:
        return f"{label} and {plural(tied, 'other')} lead with {share}"
    return f"{label} {'now leads' if first.is_new_leader else 'leads'} with {share}{change}"


def _name(text: str) -> str:
    (clipped,) = clip_apart([text], LONGEST_NAME, sanitize=partial(plain, limit=LONGEST_ESCAPED))
    return sanitize(clipped, limit=LONGEST_ESCAPED)
