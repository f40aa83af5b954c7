"""The strip: shares of one whole as parts of one bar, with their names and colours below."""

from collections.abc import Mapping, Sequence

from bot.presentation.palette import FAINT_INK, TRACK, Palette
from bot.presentation.pictures.canvas import Canvas
from bot.presentation.pictures.fonts import Weight
from bot.presentation.pictures.frame import MARGIN, ROOM
from bot.presentation.pictures.lettering import Style
from bot.presentation.sheets import Row

MOST_NAMED = 8
COLUMNS = 4
GAP = 3
THICKNESS = 20
DOT = 12
COLUMN = ROOM / COLUMNS
LABEL_LEFT = DOT + 7
LABEL_ROOM = COLUMN - LABEL_LEFT - 10
LABEL = Style(23, colour=FAINT_INK)
SHARE = Style(25, Weight.BOLD)
SMALLEST = 22
SMALLEST_LEGEND = 16
NAMES_PITCH = 68
LEGEND = Style(20, colour=FAINT_INK)
LEGEND_PITCH = 32


def draw_strip(canvas: Canvas, rows: Sequence[Row], palette: Palette, *, top: float) -> float:
    """Draw shares of all traffic as parts of one bar, and name them; return where it ends."""
    whole = max(1.0, sum(row.figures[0].value for row in rows))
    canvas.bar((MARGIN, top), (ROOM, THICKNESS), TRACK, says="track")
    x = float(MARGIN)
    for row in rows:
        length = row.figures[0].value / whole * ROOM
        if length > GAP:
            canvas.bar((x, top), (length - GAP, THICKNESS), palette.colour(row.macro_category), says="part")
        x += length
    return _write_names(canvas, rows, palette, top=top + THICKNESS) + 14


def draw_legend(canvas: Canvas, labels: Mapping[str, str], palette: Palette, *, top: float) -> float:
    """Write the labels of categories, by key, beside their colours; return where the legend ends."""
    keys = list(labels)[:MOST_NAMED]
    shown, style = canvas.lettering.fit([labels[key] for key in keys], LEGEND, room=LABEL_ROOM, least=SMALLEST_LEGEND)
    for place, (key, label) in enumerate(zip(keys, shown, strict=True)):
        x, y = MARGIN + place % COLUMNS * COLUMN, top + place // COLUMNS * LEGEND_PITCH
        canvas.bar((x, y), (DOT, DOT), palette.colour(key), says="dot")
        canvas.text(label, (x + LABEL_LEFT, y + 13), style, says="category")
    return top + -(-len(keys) // COLUMNS) * LEGEND_PITCH


def _write_names(canvas: Canvas, rows: Sequence[Row], palette: Palette, *, top: float) -> float:
    labels, style = canvas.lettering.fit([row.label for row in rows], LABEL, room=LABEL_ROOM, least=SMALLEST)
    for place, (row, label) in enumerate(zip(rows, labels, strict=True)):
        x, y = MARGIN + place % COLUMNS * COLUMN, top + place // COLUMNS * NAMES_PITCH
        with canvas.part("category"):
            canvas.bar((x, y + 18), (DOT, DOT), palette.colour(row.macro_category), says="dot")
            canvas.text(label, (x + LABEL_LEFT, y + 33), style, says="label")
            canvas.text(row.figures[0].text, (x + LABEL_LEFT, y + 61), SHARE, says="share")
    return top + -(-len(rows) // COLUMNS) * NAMES_PITCH
