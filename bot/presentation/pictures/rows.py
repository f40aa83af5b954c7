"""The rows of a picture with bars: two lines each, in columns that are as wide as their content."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from bot.presentation.palette import FAINT_INK, FALLEN, NEW, RISEN, TRACK
from bot.presentation.pictures.canvas import Anchor, Canvas, Point
from bot.presentation.pictures.fonts import Weight
from bot.presentation.pictures.frame import GAP, MARGIN, RIGHT
from bot.presentation.pictures.lettering import Lettering, Style
from bot.presentation.pictures.signs import TRIANGLE_ADVANCE, falling, rising
from bot.presentation.text import FALLING, RISING, UNCHANGED

RANK = Style(25, Weight.MEDIUM, FAINT_INK)
NAME = Style(30, Weight.BOLD)
SMALLEST_NAME = 28
SHARE = Style(29, Weight.BOLD)
CHANGE = Style(25, Weight.MEDIUM)
NOTE = Style(22, colour=FAINT_INK)
ASIDE = Style(21, colour=FAINT_INK)
SMALLEST_ASIDE = 20
NEWS = Style(21, Weight.MEDIUM, NEW)

NAME_BASE = 28
BAR_TOP = 38
BAR_THICKNESS = 10
ASIDE_BASE = 51
WIDEST_PITCH, WIDEST_PITCH_WITH_ASIDES = 62, 72
LEAST_BAR = 2.0
LEAST_TRACK = 200


class _Sign(NamedTuple):
    colour: str
    outline: Callable[[float, float, float], str]
    says: str


SIGNS = {RISING: _Sign(RISEN, rising, "rising"), FALLING: _Sign(FALLEN, falling, "falling")}
"""The triangles in the place of characters that Roboto lacks."""


@dataclass(frozen=True)
class Entry:
    """The content of a row: rank, label, note, change and share above its bar, and an aside with a share beside it.

    `news` is behind the label, and `aside_news` before the aside.
    """

    rank: str
    label: str
    share: str
    colour: str
    fraction: float
    """The length of its bar, 0–1."""

    change: str = ""
    note: str = ""
    news: str = ""
    aside: str | None = None
    aside_share: str = ""
    aside_news: str = ""


@dataclass(frozen=True)
class _Columns:
    """Where the columns begin and end, in pixels; `bar` is the length of a track."""

    labels: float
    labels_end: float
    notes_end: float
    changes_end: float
    bar: float
    asides_end: float


def draw_rows(canvas: Canvas, entries: Sequence[Entry], *, top: float, bottom: float) -> float:
    """Draw the rows from `top` down to `bottom` at the most; return where they end."""
    columns = _columns(canvas.lettering, entries)
    has_asides = any(entry.aside is not None for entry in entries)
    pitch = min((bottom - top) / len(entries), WIDEST_PITCH_WITH_ASIDES if has_asides else WIDEST_PITCH)
    labels, label_style = canvas.lettering.fit(
        [entry.label for entry in entries], NAME, room=columns.labels_end - columns.labels, least=SMALLEST_NAME
    )
    asides, aside_style = canvas.lettering.fit(
        [entry.aside or "" for entry in entries],
        ASIDE,
        room=_aside_room(columns, canvas.lettering, entries),
        least=SMALLEST_ASIDE,
    )
    for whole, label, aside in zip(entries, labels, asides, strict=True):
        entry = replace(whole, label=label, aside=None if whole.aside is None else aside)
        with canvas.part("row"):
            _write_name(canvas, entry, style=label_style, columns=columns, base=top + NAME_BASE)
            canvas.bar((columns.labels, top + BAR_TOP), (columns.bar, BAR_THICKNESS), TRACK, says="track")
            length = max(LEAST_BAR, entry.fraction * columns.bar)
            canvas.bar((columns.labels, top + BAR_TOP), (length, BAR_THICKNESS), entry.colour, says="bar")
            _write_aside(canvas, entry, style=aside_style, at=(columns.asides_end, top + ASIDE_BASE))
        top += pitch
    return top


def write_change(canvas: Canvas, change: str, at: Point) -> None:
    """Write a change, which ends at a point. A triangle before it shows the direction by its shape and its colour."""
    sign, text = SIGNS.get(change[:1]), change.lstrip(f"{RISING}{FALLING} ")
    colour = sign.colour if sign else FAINT_INK if change == UNCHANGED else NEW
    canvas.text(text, at, replace(CHANGE, colour=colour), anchor=Anchor.END, says="change")
    if sign:
        left = at[0] - change_width(canvas.lettering, change)
        canvas.outline(sign.outline(left, at[1], CHANGE.size), colour, says=sign.says)


def change_width(lettering: Lettering, change: str) -> float:
    """The width of a change with its triangle, in pixels."""
    text = change.lstrip(f"{RISING}{FALLING} ")
    return lettering.width(text, CHANGE) + (text != change) * TRIANGLE_ADVANCE * CHANGE.size


def _columns(lettering: Lettering, entries: Sequence[Entry]) -> _Columns:
    ranks = _widest(lettering, (entry.rank for entry in entries), RANK)
    shares = _widest(lettering, (entry.share for entry in entries), SHARE)
    changes = max(change_width(lettering, entry.change) for entry in entries)
    notes = _widest(lettering, (entry.note for entry in entries), NOTE)
    aside_shares = _widest(lettering, (entry.aside_share for entry in entries), ASIDE)
    asides = _widest(
        lettering, (lettering.drawable(entry.aside) for entry in entries if entry.aside is not None), ASIDE
    )
    labels, changes_end = MARGIN + _with_gap(ranks), RIGHT - shares - 1.5 * GAP
    notes_end = changes_end - _with_gap(changes)
    asides_end = RIGHT - _with_gap(aside_shares) + GAP / 2
    room = asides_end - _with_gap(asides + _news_width(lettering, entries)) - GAP - labels
    return _Columns(
        labels=labels,
        labels_end=notes_end - _with_gap(notes),
        notes_end=notes_end,
        changes_end=changes_end,
        bar=max(LEAST_TRACK, room) if asides else RIGHT - labels,
        asides_end=asides_end,
    )


def _with_gap(width: float) -> float:
    return width + GAP if width else 0.0


def _widest(lettering: Lettering, texts: Iterable[str], style: Style) -> float:
    return max((lettering.width(text, style) for text in texts), default=0.0)


def _news_width(lettering: Lettering, entries: Sequence[Entry]) -> float:
    news = _widest(lettering, (entry.aside_news for entry in entries), NEWS)
    return news + GAP / 2 if news else 0.0


def _aside_room(columns: _Columns, lettering: Lettering, entries: Sequence[Entry]) -> float:
    return columns.asides_end - columns.labels - columns.bar - GAP - _news_width(lettering, entries)


def _write_name(canvas: Canvas, entry: Entry, *, style: Style, columns: _Columns, base: float) -> None:
    canvas.text(entry.rank, (MARGIN, base), RANK, says="rank")
    canvas.text(entry.label, (columns.labels, base), style, says="label")
    canvas.text(entry.note, (columns.notes_end, base), NOTE, anchor=Anchor.END, says="note")
    write_change(canvas, entry.change, (columns.changes_end, base))
    canvas.text(entry.share, (RIGHT, base), SHARE, anchor=Anchor.END, says="share")
    behind = columns.labels + canvas.lettering.width(entry.label, style) + GAP
    if behind + canvas.lettering.width(entry.news, NEWS) <= columns.labels_end:
        canvas.text(entry.news, (behind, base), NEWS, says="news")


def _write_aside(canvas: Canvas, entry: Entry, *, style: Style, at: Point) -> None:
    if entry.aside is None:
        return
    canvas.text(entry.aside, at, style, anchor=Anchor.END, says="aside")
    canvas.text(entry.aside_share, (RIGHT, at[1]), ASIDE, anchor=Anchor.END, says="aside share")
    before = at[0] - canvas.lettering.width(entry.aside, style) - GAP / 2
    canvas.text(entry.aside_news, (before, at[1]), NEWS, anchor=Anchor.END, says="aside news")
