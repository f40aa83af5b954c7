"""The picture: each share as a bar under its label. The one file that imports the drawing library."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from bot.presentation.palette import Palette
from bot.presentation.sheets import Row, Sheet
from bot.presentation.text import Markup, clip_apart, foreign, percent

WIDTH_INCHES = 5.0
DOTS_PER_INCH = 160
HEADER_INCHES = 1.06
ROW_INCHES = 0.46
FOOTER_INCHES = 0.62
MARGIN_INCHES = 0.26
LEGEND_GAP_INCHES = 0.12

# An opaque ground of the picture's own reads alike on Discord's dark and light themes.
GROUND = "#1e1f22"
INK = "#f2f3f5"
FAINT_INK = "#b5bac1"

COLOURS = 64
LABEL_CELLS = 34
LEGEND_CELLS = 9
TITLE_CELLS = 32
LEAD_CELLS = 58
LONGEST = 300


def draw(sheet: Sheet, palette: Palette) -> bytes:
    """Draw the rows of a sheet as a PNG."""
    rows = sheet.pictured
    canvas = _Canvas(len(rows))
    canvas.write(0.34, _fitted(sheet.title, TITLE_CELLS), size=15, weight="bold")
    canvas.write(0.62, _fitted(sheet.lead, LEAD_CELLS), size=9, colour=FAINT_INK)
    canvas.write(0.82, sheet.scale, size=9, colour=FAINT_INK)
    canvas.legend(0.82, _legend(sheet, palette))
    labels = clip_apart([_plain(_numbered(row)) for row in rows], LABEL_CELLS)
    longest = max((row.share for row in rows), default=0.0) or 1.0
    for position, (row, label) in enumerate(zip(rows, labels, strict=True)):
        top = HEADER_INCHES + position * ROW_INCHES
        canvas.write(top + 0.17, label, size=11)
        canvas.write(top + 0.17, percent(row.share), size=11, weight="bold", at_right=True)
        canvas.bar(top + 0.24, row.share / longest, palette.colour(row.macro_category))
    if len(sheet.rows) > len(rows):
        canvas.write(canvas.height - 0.52, f"and {len(sheet.rows) - len(rows)} more", size=9, colour=FAINT_INK)
    source, licence = sheet.citation.split(". ", 1)
    canvas.write(canvas.height - 0.3, f"{source}.", size=7.5, colour=FAINT_INK)
    canvas.write(canvas.height - 0.14, licence, size=7.5, colour=FAINT_INK)
    return canvas.png()


class _Canvas:
    """A figure measured in inches from its top left corner."""

    def __init__(self, rows: int) -> None:
        self.height = HEADER_INCHES + rows * ROW_INCHES + FOOTER_INCHES
        self._figure = Figure(figsize=(WIDTH_INCHES, self.height), dpi=DOTS_PER_INCH, facecolor=GROUND)
        self._surface = FigureCanvasAgg(self._figure)
        self._renderer = self._surface.get_renderer()  # type: ignore[no-untyped-call]  # matplotlib leaves it untyped

    def write(  # noqa: PLR0913 - the look of a line of text has this many parts
        self,
        top: float,
        text: str,
        *,
        size: float,
        weight: str = "normal",
        colour: str = INK,
        at_right: bool = False,
    ) -> None:
        """Write one line whose base is `top` inches down."""
        x = WIDTH_INCHES - MARGIN_INCHES if at_right else MARGIN_INCHES
        self._figure.text(
            x / WIDTH_INCHES,
            1 - top / self.height,
            text,
            size=size,
            weight=weight,
            color=colour,
            ha="right" if at_right else "left",
            va="baseline",
            parse_math=False,
        )

    def bar(self, top: float, length: float, colour: str) -> None:
        """Draw a bar `top` inches down; its length is a fraction of the room, 0–1."""
        room = (WIDTH_INCHES - 2 * MARGIN_INCHES) / WIDTH_INCHES
        thickness = 0.1 / self.height
        self._figure.add_artist(
            Rectangle(
                (MARGIN_INCHES / WIDTH_INCHES, 1 - top / self.height - thickness),
                max(length, 0.004) * room,
                thickness,
                linewidth=0,
                facecolor=colour,
                transform=self._figure.transFigure,
            )
        )

    def legend(self, top: float, entries: Sequence[tuple[str, str]]) -> None:
        """Write labels in their colours, from the right edge on."""
        x = WIDTH_INCHES - MARGIN_INCHES
        for label, colour in reversed(entries):
            text = self._figure.text(
                x / WIDTH_INCHES, 1 - top / self.height, label, size=9, color=colour, ha="right", parse_math=False
            )
            x -= text.get_window_extent(self._renderer).width / DOTS_PER_INCH + LEGEND_GAP_INCHES

    def png(self) -> bytes:
        """Render what was drawn."""
        self._surface.draw()  # type: ignore[no-untyped-call]  # matplotlib leaves it untyped
        pixels = np.asarray(self._surface.buffer_rgba())  # type: ignore[no-untyped-call]  # so this
        drawn = Image.fromarray(pixels).convert("RGB")
        rendered = BytesIO()
        # Few colours are in use, and a palette makes the upload a quarter of the size.
        drawn.quantize(COLOURS, dither=Image.Dither.NONE).save(rendered, "PNG", optimize=True)
        return rendered.getvalue()


def _legend(sheet: Sheet, palette: Palette) -> list[tuple[str, str]]:
    """The categories by colour, where a picture has more than one and does not name them itself."""
    keys = dict.fromkeys(row.macro_category for row in sheet.pictured)
    if len(keys) < 2 or len(sheet.sections) > 1:  # noqa: PLR2004 - one category needs no telling apart
        return []
    return [(_fitted(sheet.category_labels.get(key, key), LEGEND_CELLS), palette.colour(key)) for key in keys]


def _numbered(row: Row) -> str:
    return row.label if row.rank is None else f"{row.rank}  {row.label}"


def _plain(text: str) -> str:
    return foreign(text, limit=LONGEST, markup=Markup.PLAIN)


def _fitted(text: str, cells: int) -> str:
    return clip_apart([_plain(text)], cells)[0]
