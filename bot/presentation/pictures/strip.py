"""The strip: shares of one whole as parts of one bar, with their names, changes and colours below."""

from collections.abc import Mapping, Sequence

from bot.presentation.figures import FigureKind
from bot.presentation.palette import FAINT_INK, TRACK, Palette
from bot.presentation.pictures.canvas import Anchor, Canvas, Point
from bot.presentation.pictures.fonts import Weight
from bot.presentation.pictures.frame import GAP, MARGIN, ROOM, SMALL
from bot.presentation.pictures.lettering import Style
from bot.presentation.pictures.rows import change_width, write_change
from bot.presentation.sheets import Row

COLUMNS = 2
BETWEEN = 44
COLUMN = (ROOM - BETWEEN) / COLUMNS
PITCH = 37
GAP_OF_PARTS = 3
ABOVE, BELOW = 6, 14
THICKNESS = 18
DOT = 14
LABEL_LEFT = DOT + 9
LABEL = Style(28)
SHARE = Style(28, Weight.BOLD)

MOST_NAMED = 8
LEGEND_COLUMNS = 4
LEGEND_COLUMN = ROOM / LEGEND_COLUMNS
LEGEND = Style(21, colour=FAINT_INK)
LEGEND_PITCH = 31


def draw_strip(canvas: Canvas, rows: Sequence[Row], palette: Palette, *, top: float, left_out: int) -> float:
    """Draw shares of all traffic as parts of one bar, and name them; return where it ends."""
    top += ABOVE
    whole = max(1.0, sum(row.figures[0].value for row in rows))
    canvas.bar((MARGIN, top), (ROOM, THICKNESS), TRACK, says="track")
    x = float(MARGIN)
    for row in rows:
        length = row.figures[0].value / whole * ROOM
        if length > GAP_OF_PARTS:
            canvas.bar((x, top), (length - GAP_OF_PARTS, THICKNESS), palette.colour(row.macro_category), says="part")
        x += length
    return _write_names(canvas, rows, palette, top=top + THICKNESS + 4, left_out=left_out) + BELOW


def draw_legend(canvas: Canvas, labels: Mapping[str, str], palette: Palette, *, top: float) -> float:
    """Write the labels of categories, by key, beside their colours; return where the legend ends."""
    keys = list(labels) if len(labels) <= MOST_NAMED else list(labels)[: MOST_NAMED - 1]
    room = LEGEND_COLUMN - LABEL_LEFT - GAP
    shown, style = canvas.lettering.fit([labels[key] for key in keys], LEGEND, room=room, least=SMALL.size)
    places = [
        (MARGIN + place % LEGEND_COLUMNS * LEGEND_COLUMN, top + place // LEGEND_COLUMNS * LEGEND_PITCH + 20)
        for place in range(MOST_NAMED)
    ]
    for (x, y), key, label in zip(places, keys, shown, strict=False):
        canvas.bar((x, y - DOT), (DOT, DOT), palette.colour(key), says="dot")
        canvas.text(label, (x + LABEL_LEFT, y), style, says="category")
    if len(keys) < len(labels):
        canvas.text(f"and {len(labels) - len(keys)} more", places[-1], SMALL)
    return top + -(-min(len(labels), MOST_NAMED) // LEGEND_COLUMNS) * LEGEND_PITCH + 4


def _write_names(canvas: Canvas, rows: Sequence[Row], palette: Palette, *, top: float, left_out: int) -> float:
    texts = [row.texts([FigureKind.CHANGE])[0] for row in rows]
    changes = max(change_width(canvas.lettering, text) for text in texts)
    shares = max(canvas.lettering.width(row.figures[0].text, SHARE) for row in rows)
    changes_end = COLUMN - shares - 1.5 * GAP
    room = changes_end - changes - GAP - LABEL_LEFT
    labels, style = canvas.lettering.fit([row.label for row in rows], LABEL, room=room, least=LABEL.size)
    places = [_place(number, top) for number in range(len(rows) + bool(left_out))]
    for (x, y), row, label, change in zip(places, rows, labels, texts, strict=False):
        with canvas.part("category"):
            canvas.bar((x, y - DOT - 3), (DOT, DOT), palette.colour(row.macro_category), says="dot")
            canvas.text(label, (x + LABEL_LEFT, y), style, says="label")
            write_change(canvas, change, (x + changes_end, y))
            canvas.text(row.figures[0].text, (x + COLUMN, y), SHARE, anchor=Anchor.END, says="share")
    if left_out:
        x, y = places[-1]
        canvas.text(f"and {left_out} more", (x + LABEL_LEFT, y), SMALL)
    return places[-1][1] + GAP / 2


def _place(number: int, top: float) -> Point:
    """Where a category is written: its left end, on the base line."""
    return MARGIN + number % COLUMNS * (COLUMN + BETWEEN), top + (number // COLUMNS + 1) * PITCH - 6
