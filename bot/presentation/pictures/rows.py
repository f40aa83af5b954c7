"""The rows of a picture with bars: two lines each, in columns that are as wide as their content."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.presentation.palette import FAINT_INK, FALLEN, RISEN, TRACK
from bot.presentation.pictures.canvas import Anchor, Canvas, Point
from bot.presentation.pictures.fonts import Weight
from bot.presentation.pictures.frame import MARGIN, RIGHT, SMALLEST
from bot.presentation.pictures.lettering import Lettering, Style
from bot.presentation.pictures.signs import TRIANGLE_ADVANCE, falling, rising
from bot.presentation.sheets import Figure
from bot.presentation.text import FALLING, RISING

RANK = Style(23, Weight.MEDIUM, FAINT_INK)
NAME = Style(27, Weight.BOLD)
CHANGE = Style(23, Weight.MEDIUM)
NOTE = Style(22, colour=FAINT_INK)
ASIDE = Style(20, colour=FAINT_INK)
SMALLEST_NAME = 22

GAP = 13
NAME_BASE = 28
BAR_TOP = 36
BAR_THICKNESS = 10
ASIDE_BASE = 49
PITCH = 54
PITCH_WITH_ASIDES = 61
LEAST_BAR = 2.0
LEAST_TRACK = 200


@dataclass(frozen=True)
class Entry:
    """The content of a row: rank, label, note, change and share above its bar, and an aside with a share beside it."""

    rank: str
    label: str
    share: Figure
    colour: str
    note: str = ""
    change: Figure | None = None
    aside: str | None = None
    aside_share: str = ""


@dataclass(frozen=True)
class _Columns:
    """Where the columns begin and end, in pixels; `bar` is the length of a track."""

    labels: float
    labels_end: float
    notes_end: float
    changes_end: float
    bar: float
    asides_end: float
    pitch: float


def draw_rows(canvas: Canvas, entries: Sequence[Entry], *, longest: float, top: float) -> float:
    """Draw the rows from `top` down; the bar of a share of `longest` fills its track. Return where they end."""
    columns = _columns(canvas.lettering, entries)
    labels, label_style = canvas.lettering.fit(
        [entry.label for entry in entries], NAME, room=columns.labels_end - columns.labels, least=SMALLEST_NAME
    )
    asides, aside_style = canvas.lettering.fit(
        [entry.aside or "" for entry in entries],
        ASIDE,
        room=columns.asides_end - columns.labels - columns.bar - GAP,
        least=SMALLEST,
    )
    for entry, label, aside in zip(entries, labels, asides, strict=True):
        base = top + NAME_BASE
        with canvas.part("row"):
            canvas.text(entry.rank, (MARGIN, base), RANK, says="rank")
            canvas.text(label, (columns.labels, base), label_style, says="label")
            canvas.text(entry.note, (columns.notes_end, base), NOTE, anchor=Anchor.END, says="note")
            _write_change(canvas, entry.change, (columns.changes_end, base))
            canvas.text(entry.share.text, (RIGHT, base), NAME, anchor=Anchor.END, says="share")
            canvas.bar((columns.labels, top + BAR_TOP), (columns.bar, BAR_THICKNESS), TRACK, says="track")
            length = max(LEAST_BAR, entry.share.value / longest * columns.bar)
            canvas.bar((columns.labels, top + BAR_TOP), (length, BAR_THICKNESS), entry.colour, says="bar")
            if entry.aside is not None:
                canvas.text(aside, (columns.asides_end, top + ASIDE_BASE), aside_style, anchor=Anchor.END, says="aside")
                canvas.text(entry.aside_share, (RIGHT, top + ASIDE_BASE), ASIDE, anchor=Anchor.END, says="aside share")
        top += columns.pitch
    return top


def _columns(lettering: Lettering, entries: Sequence[Entry]) -> _Columns:
    ranks = _widest(lettering, (entry.rank for entry in entries), RANK)
    shares = _widest(lettering, (entry.share.text for entry in entries), NAME)
    changes = _widest(lettering, (_unsigned(entry.change) for entry in entries if entry.change), CHANGE)
    aside_shares = _widest(lettering, (entry.aside_share for entry in entries), ASIDE)
    notes = _widest(lettering, (entry.note for entry in entries), NOTE)
    asides = _widest(
        lettering, (lettering.drawable(entry.aside) for entry in entries if entry.aside is not None), ASIDE
    )
    labels, changes_end = MARGIN + ranks + bool(ranks) * GAP, RIGHT - shares - GAP
    notes_end = changes_end - bool(changes) * (TRIANGLE_ADVANCE * CHANGE.size + changes + GAP)
    asides_end = RIGHT - aside_shares - bool(aside_shares) * GAP / 2
    bar = max(LEAST_TRACK, asides_end - asides - 2 * GAP - labels) if asides else RIGHT - labels
    return _Columns(
        labels=labels,
        labels_end=notes_end - bool(notes) * (notes + GAP),
        notes_end=notes_end,
        changes_end=changes_end,
        bar=bar,
        asides_end=asides_end,
        pitch=PITCH_WITH_ASIDES if asides else PITCH,
    )


def _widest(lettering: Lettering, texts: Iterable[str], style: Style) -> float:
    return max((lettering.width(text, style) for text in texts), default=0.0)


def _write_change(canvas: Canvas, change: Figure | None, at: Point) -> None:
    """Write a change. A triangle before it shows the direction by its shape and its colour."""
    if change is None:
        return
    went_up, text = change.value > 0, _unsigned(change)
    colour = FAINT_INK if text == change.text else RISEN if went_up else FALLEN
    style = replace(CHANGE, colour=colour)
    canvas.text(text, at, style, anchor=Anchor.END, says="change")
    if change.text != text:
        left = at[0] - canvas.lettering.width(text, style) - TRIANGLE_ADVANCE * style.size
        sign = rising if went_up else falling
        canvas.outline(sign(left, at[1], style.size), colour, says="rising" if went_up else "falling")


def _unsigned(change: Figure) -> str:
    """A change without its sign, which a triangle replaces; a change without a sign is none."""
    return change.text.lstrip(f"{RISING}{FALLING} ")
