"""The picture: a bar for each share, with its label on the left and its figure on the right.

Only this file imports the drawing library.
"""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.patches import Rectangle
from PIL import Image

from bot.presentation.palette import Palette
from bot.presentation.sheets import Sheet
from bot.presentation.text import NAMELESS, Markup, clip_apart, sanitize

DOTS_PER_INCH = 160
POINTS_PER_INCH = 72
COLOURS = 64

# Pixels. Discord shows a picture of an embed 400 wide and 300 high at the most: half of this.
WIDTH = 800
MARGIN = 36
HEADER = 128
ROW = 41
FOOTER = 74
RANK_RIGHT = 66
LABEL_LEFT = 78
BAR_LEFT = 362
BAR_RIGHT = 668
BAR_THICKNESS = 24
LABEL_GAP = 8
LEGEND_GAP = 18

TITLE_SIZE = 31
LABEL_SIZE = 21
LEAD_SIZE = 19
SOURCE_SIZE = 16
SMALLEST_SIZE = 8

# An opaque background looks the same on Discord's dark and light themes.
GROUND = "#1e1f22"
INK = "#f2f3f5"
FAINT_INK = "#b5bac1"

LABEL_CELLS = 23
TITLE_CELLS = 36
LEAD_CELLS = 90
LEGEND_CELLS = 12
LONGEST = 1000

TOFU = "\N{WHITE SQUARE}"
"""Replaces a character that the drawing library's fonts do not have."""


def draw(sheet: Sheet, palette: Palette) -> bytes:
    """Draw the rows of a sheet as a PNG."""
    rows = sheet.pictured
    canvas = _Canvas(HEADER + len(rows) * ROW + FOOTER)
    canvas.write(MARGIN, 46, _fitted(sheet.title, TITLE_CELLS), size=TITLE_SIZE, weight="bold")
    canvas.write(MARGIN, 80, _fitted(sheet.lead, LEAD_CELLS), size=LEAD_SIZE, colour=FAINT_INK)
    scale = canvas.write(MARGIN, 107, sheet.scale, size=LEAD_SIZE, colour=FAINT_INK)
    canvas.legend(MARGIN + scale, 107, _legend(sheet, palette))
    ranked = any(row.rank for row in rows)
    label_left = LABEL_LEFT if ranked else MARGIN
    labels = clip_apart([row.label for row in rows], LABEL_CELLS, sanitize=_drawable)
    longest = max((row.figures[0].value for row in rows), default=0.0) or 1.0
    for position, (row, label) in enumerate(zip(rows, labels, strict=True)):
        top = HEADER + position * ROW
        end = BAR_LEFT + max(2.0, row.figures[0].value / longest * (BAR_RIGHT - BAR_LEFT))
        canvas.write(RANK_RIGHT, top + 21, str(row.rank or ""), size=LABEL_SIZE, colour=FAINT_INK, ha="right")
        canvas.write(label_left, top + 21, label, size=LABEL_SIZE, room=BAR_LEFT - LABEL_GAP - label_left)
        canvas.bar(top, end, palette.colour(row.macro_category))
        canvas.write(end + 10, top + 21, row.figures[0].text, size=LABEL_SIZE, weight="bold")
    _sign(canvas, sheet)
    return canvas.png()


class _Canvas:
    """A figure measured in pixels from its top left corner."""

    def __init__(self, height: float) -> None:
        self.height = height
        size = (WIDTH / DOTS_PER_INCH, height / DOTS_PER_INCH)
        self._figure = Figure(figsize=size, dpi=DOTS_PER_INCH, facecolor=GROUND)
        self._surface = FigureCanvasAgg(self._figure)
        self._renderer = self._surface.get_renderer()  # type: ignore[no-untyped-call]  # matplotlib leaves it untyped

    def write(self, x: float, y: float, text: str, **look: Any) -> float:  # noqa: ANN401 - matplotlib's own keywords
        """Write one line with its base at `y`, smaller if the room is short; return its width.

        `look`: size, room, weight, colour, ha.
        """
        weight = look.pop("weight", "normal")
        size = self.size_to_fit([text], look.pop("size"), room=look.pop("room", WIDTH - 2 * MARGIN), weight=weight)
        font, colour = _font(size, weight), look.pop("colour", INK)
        place = (x / WIDTH, 1 - y / self.height)
        self._figure.text(*place, text, font=font, color=colour, va="baseline", parse_math=False, **look)
        return self._width(text, font)

    def size_to_fit(self, texts: Sequence[str], size: float, *, room: float, weight: str = "normal") -> float:
        """The largest size up to `size` at which the texts fit the room side by side."""
        # The drawn width grows in steps with the size, so it has to be measured each time.
        while size > SMALLEST_SIZE and sum(self._width(text, _font(size, weight)) for text in texts) > room:
            size -= 1
        return size

    def _width(self, text: str, font: FontProperties) -> float:
        return float(self._renderer.get_text_width_height_descent(text, font, False)[0])  # noqa: FBT003 - no maths

    def bar(self, top: float, end: float, colour: str) -> None:
        """Draw a bar from the common base line to `end`."""
        corner = (BAR_LEFT / WIDTH, 1 - (top + BAR_THICKNESS) / self.height)
        breadth, height = (end - BAR_LEFT) / WIDTH, BAR_THICKNESS / self.height
        self._figure.add_artist(
            Rectangle(corner, breadth, height, linewidth=0, facecolor=colour, transform=self._figure.transFigure)
        )

    def legend(self, left: float, y: float, entries: Sequence[tuple[str, str]]) -> None:
        """Write labels in their colours between `left` and the right edge."""
        x = float(WIDTH - MARGIN)
        room = x - left - len(entries) * LEGEND_GAP
        size = self.size_to_fit([label for label, _ in entries], LEAD_SIZE, room=room)
        for label, colour in reversed(entries):
            x -= self.write(x, y, label, size=size, colour=colour, ha="right") + LEGEND_GAP

    def png(self) -> bytes:
        """Render what was drawn."""
        self._surface.draw()  # type: ignore[no-untyped-call]  # matplotlib leaves it untyped
        pixels = np.asarray(self._surface.buffer_rgba())  # type: ignore[no-untyped-call]  # so this
        rendered = BytesIO()
        # The picture has few colours, and a palette makes the upload a quarter of the size.
        image = Image.fromarray(pixels).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        image.save(rendered, "PNG", optimize=True)
        return rendered.getvalue()


def _sign(canvas: _Canvas, sheet: Sheet) -> None:
    """Write the citation, and how many rows the picture leaves out."""
    source, licence = sheet.citation.split(". ", 1)
    canvas.write(MARGIN, canvas.height - 38, f"{source}.", size=SOURCE_SIZE, colour=FAINT_INK)
    canvas.write(MARGIN, canvas.height - 15, licence, size=SOURCE_SIZE, colour=FAINT_INK)
    left_out = sheet.unpictured
    if left_out:
        right = WIDTH - MARGIN
        canvas.write(right, canvas.height - 15, f"and {left_out} more", size=SOURCE_SIZE, colour=FAINT_INK, ha="right")


def _legend(sheet: Sheet, palette: Palette) -> list[tuple[str, str]]:
    """The categories with their colours; none if the picture has only one category."""
    keys = list(dict.fromkeys(row.macro_category for row in sheet.pictured))
    if len(keys) == 1:
        return []
    labels = clip_apart([sheet.category_labels.get(key, key) for key in keys], LEGEND_CELLS, sanitize=_drawable)
    return [(label, palette.colour(key)) for label, key in zip(labels, keys, strict=True)]


def _drawable(text: str) -> str:
    line = sanitize(text, limit=LONGEST, markup=Markup.PLAIN) or NAMELESS
    return "".join(character if ord(character) in _glyphs() else TOFU for character in line)


def _font(size: float, weight: str) -> FontProperties:
    return FontProperties(size=size * POINTS_PER_INCH / DOTS_PER_INCH, weight=weight)


@cache
def _glyphs() -> frozenset[int]:
    """The characters that the fonts of a picture have."""
    fonts = [get_font(findfont(FontProperties(weight=weight))) for weight in ("normal", "bold")]
    return frozenset.intersection(*(frozenset(font.get_charmap()) for font in fonts))


def _fitted(text: str, cells: int) -> str:
    return clip_apart([text], cells, sanitize=_drawable)[0]
