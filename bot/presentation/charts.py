"""The picture: a bar for each share, its label before it and its figure behind it.

The one file that imports the drawing library.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from bot.presentation.palette import Palette
from bot.presentation.sheets import Sheet
from bot.presentation.text import Markup, clip_apart, foreign, percent

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
LEGEND_GAP = 18

TITLE_SIZE = 31
LABEL_SIZE = 21
LEAD_SIZE = 19
SOURCE_SIZE = 16

# An opaque ground of the picture's own reads alike on Discord's dark and light themes.
GROUND = "#1e1f22"
INK = "#f2f3f5"
FAINT_INK = "#b5bac1"

LABEL_CELLS = 23
TITLE_CELLS = 36
LEAD_CELLS = 62
LEGEND_CELLS = 9
LONGEST = 300


def draw(sheet: Sheet, palette: Palette) -> bytes:
    """Draw the rows of a sheet as a PNG."""
    rows = sheet.pictured
    canvas = _Canvas(HEADER + len(rows) * ROW + FOOTER)
    canvas.write(MARGIN, 46, _fitted(sheet.title, TITLE_CELLS), size=TITLE_SIZE, weight="bold")
    canvas.write(MARGIN, 80, _fitted(sheet.lead, LEAD_CELLS), size=LEAD_SIZE, colour=FAINT_INK)
    canvas.write(MARGIN, 107, sheet.scale, size=LEAD_SIZE, colour=FAINT_INK)
    canvas.legend(107, _legend(sheet, palette))
    ranked = any(row.rank for row in rows)
    labels = clip_apart([_plain(row.label) for row in rows], LABEL_CELLS)
    longest = max((row.share for row in rows), default=0.0) or 1.0
    for position, (row, label) in enumerate(zip(rows, labels, strict=True)):
        top = HEADER + position * ROW
        end = BAR_LEFT + max(2.0, row.share / longest * (BAR_RIGHT - BAR_LEFT))
        canvas.write(RANK_RIGHT, top + 21, str(row.rank or ""), size=LABEL_SIZE, colour=FAINT_INK, ha="right")
        canvas.write(LABEL_LEFT if ranked else MARGIN, top + 21, label, size=LABEL_SIZE)
        canvas.bar(top, end, palette.colour(row.macro_category))
        canvas.write(end + 10, top + 21, percent(row.share), size=LABEL_SIZE, weight="bold")
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
        """Write one line whose base is at `y`; give its width back. `look`: size, colour, weight, ha."""
        size = look.pop("size") * POINTS_PER_INCH / DOTS_PER_INCH
        written = self._figure.text(
            x / WIDTH,
            1 - y / self.height,
            text,
            size=size,
            color=look.pop("colour", INK),
            va="baseline",
            parse_math=False,
            **look,
        )
        return float(written.get_window_extent(self._renderer).width)

    def bar(self, top: float, end: float, colour: str) -> None:
        """Draw a bar from the common base line to `end`."""
        corner = (BAR_LEFT / WIDTH, 1 - (top + BAR_THICKNESS) / self.height)
        breadth, height = (end - BAR_LEFT) / WIDTH, BAR_THICKNESS / self.height
        self._figure.add_artist(
            Rectangle(corner, breadth, height, linewidth=0, facecolor=colour, transform=self._figure.transFigure)
        )

    def legend(self, y: float, entries: Sequence[tuple[str, str]]) -> None:
        """Write labels in their colours, up to the right edge."""
        x = float(WIDTH - MARGIN)
        for label, colour in reversed(entries):
            x -= self.write(x, y, label, size=LEAD_SIZE, colour=colour, ha="right") + LEGEND_GAP

    def png(self) -> bytes:
        """Render what was drawn."""
        self._surface.draw()  # type: ignore[no-untyped-call]  # matplotlib leaves it untyped
        pixels = np.asarray(self._surface.buffer_rgba())  # type: ignore[no-untyped-call]  # so this
        rendered = BytesIO()
        # Few colours are in use, and a palette makes the upload a quarter of the size.
        image = Image.fromarray(pixels).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        image.save(rendered, "PNG", optimize=True)
        return rendered.getvalue()


def _sign(canvas: _Canvas, sheet: Sheet) -> None:
    """Write the citation, and how many rows the picture leaves to the text."""
    source, licence = sheet.citation.split(". ", 1)
    canvas.write(MARGIN, canvas.height - 38, f"{source}.", size=SOURCE_SIZE, colour=FAINT_INK)
    canvas.write(MARGIN, canvas.height - 15, licence, size=SOURCE_SIZE, colour=FAINT_INK)
    left_out = sheet.unpictured
    if left_out:
        right = WIDTH - MARGIN
        canvas.write(right, canvas.height - 15, f"and {left_out} more", size=SOURCE_SIZE, colour=FAINT_INK, ha="right")


def _legend(sheet: Sheet, palette: Palette) -> list[tuple[str, str]]:
    """The categories by colour, where a picture has more than one and does not name them itself."""
    keys = list(dict.fromkeys(row.macro_category for row in sheet.pictured))
    if len(keys) == 1:
        return []
    return [(_fitted(sheet.category_labels.get(key, key), LEGEND_CELLS), palette.colour(key)) for key in keys]


def _plain(text: str) -> str:
    return foreign(text, limit=LONGEST, markup=Markup.PLAIN)


def _fitted(text: str, cells: int) -> str:
    return clip_apart([_plain(text)], cells)[0]
