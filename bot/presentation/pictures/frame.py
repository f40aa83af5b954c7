"""What every picture has around its content: title and lead above, source and dates below."""

from collections.abc import Sequence

from bot.presentation.palette import FAINT_INK, NEW
from bot.presentation.pictures.canvas import Anchor, Canvas, Point
from bot.presentation.pictures.fonts import Weight
from bot.presentation.pictures.lettering import Style
from bot.presentation.row_texts import changes_in_words
from bot.presentation.sheets import Sheet

WIDTH, HIGHEST = 800, 760
"""Pixels. A phone shows a picture 330 pixels wide, a desktop at most 400 by 300: there, names and shares need 11."""

MARGIN = 32
RIGHT = WIDTH - MARGIN
ROOM = RIGHT - MARGIN
GAP = 14

TITLES = (Style(44, Weight.BOLD), Style(38, Weight.BOLD), Style(32, Weight.BOLD))
LEADS = tuple(Style(size, colour=FAINT_INK) for size in (24, 22, 20))
SMALL = Style(20, colour=FAINT_INK)
"""The smallest text: 8 pixels on a phone."""

WARNING = Style(20, Weight.BOLD, NEW)

TITLE_BASE = 57
TITLE_PITCH = 38
LEAD_PITCH = 34
PITCH = 28
BELOW_HEADER = 10
FOOTER = 70
"""The height of source, licence and dates."""


def write_header(canvas: Canvas, sheet: Sheet, captions: Sequence[str]) -> float:
    """Write title, lead and captions; return the height that they take."""
    titles, style = canvas.lettering.lines(sheet.title, TITLES, room=ROOM, most=2)
    y = TITLE_BASE - TITLE_PITCH
    for title in titles:
        y += TITLE_PITCH
        canvas.text(title, (MARGIN, y), style, says="title")
    y += LEAD_PITCH
    _write(canvas, sheet.lead, (MARGIN, y), styles=LEADS)
    for caption in captions:
        y += PITCH
        _write(canvas, caption, (MARGIN, y))
    return y + BELOW_HEADER


def write_footer(canvas: Canvas, sheet: Sheet, *, top: float, aside: str) -> float:
    """Write source, licence and dates, and an aside at the right; return the height of the whole picture."""
    source, stop, licence = sheet.citation.partition(". ")
    y = top + FOOTER - PITCH - 18
    canvas.text(aside, (RIGHT, y), SMALL, anchor=Anchor.END)
    room_ends = RIGHT - (canvas.lettering.width(aside, SMALL) + GAP if aside else 0)
    _write(canvas, source + stop.strip(), (MARGIN, y), styles=[WARNING if sheet.is_synthetic else SMALL], end=room_ends)
    _write(canvas, licence, (MARGIN, y + PITCH))
    behind = MARGIN + (canvas.lettering.width(licence, SMALL) + GAP / 2 if licence else 0)
    _write(canvas, changes_in_words(sheet), (behind, y + PITCH))
    return top + FOOTER


def _write(canvas: Canvas, text: str, at: Point, *, styles: Sequence[Style] = (SMALL,), end: float = RIGHT) -> None:
    """Write a text on one line, smaller or clipped if it is long."""
    if text:
        (shown,), style = canvas.lettering.lines(text, styles, room=end - at[0])
        canvas.text(shown, at, style)
