"""What every picture has around its content: title and lead above, source and dates below."""

from collections.abc import Sequence

from bot.presentation.palette import FAINT_INK
from bot.presentation.pictures.canvas import Canvas
from bot.presentation.pictures.fonts import Weight
from bot.presentation.pictures.lettering import Style
from bot.presentation.sheets import Sheet

WIDTH = 660
"""Pixels: twice as many as a phone shows. There, row names and shares need 11 pixels, and other text 8."""

MARGIN = 28
RIGHT = WIDTH - MARGIN
ROOM = RIGHT - MARGIN

TITLE = Style(42, Weight.BOLD)
LEAD = Style(22, colour=FAINT_INK)
SMALL = Style(17.5, colour=FAINT_INK)
SMALLEST_TITLE = 28
SMALLEST_LEAD = 18
SMALLEST = 16


def write_header(canvas: Canvas, sheet: Sheet, captions: Sequence[str]) -> float:
    """Write title, lead and captions; return the height that they take."""
    line(canvas, sheet.title, 58, style=TITLE, least=SMALLEST_TITLE)
    line(canvas, sheet.lead, 93, style=LEAD, least=SMALLEST_LEAD)
    y = 97.0
    for caption in captions:
        y += 24
        line(canvas, caption, y, style=SMALL)
    return y + 18


def write_footer(canvas: Canvas, sheet: Sheet, top: float) -> float:
    """Write source, licence and dates; return the height of the whole picture."""
    source, licence = sheet.citation.split(". ", 1)
    compared = f" Change in points since {sheet.compared_with}." if sheet.compared_with else ""
    line(canvas, f"{source}.", top + 28, style=SMALL)
    line(canvas, f"{licence}{compared}", top + 52, style=SMALL)
    return top + 74


def line(canvas: Canvas, text: str, y: float, *, style: Style, least: float = SMALLEST) -> None:
    """Write a text on one line, smaller or clipped if it is long."""
    (shown,), fitting = canvas.lettering.fit([text], style, room=ROOM, least=least)
    canvas.text(shown, (MARGIN, y), fitting)
