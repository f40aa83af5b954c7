"""Two to four models or tasks side by side: in each row a mark for each share, and a line between the outermost.

Each of those compared has its colour, its shape and its column; the largest share of a row is bold.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.presentation.compared import Cell, Compared, dash_in_words, dash_or_text
from bot.presentation.palette import COMPARED, FAINT_INK, GROUND, TRACK, Palette
from bot.presentation.pictures.canvas import Anchor, Canvas, Drawing, Point
from bot.presentation.pictures.fonts import Glyphs, Weight
from bot.presentation.pictures.frame import (
    FOOTER,
    GAP,
    HIGHEST,
    MARGIN,
    RIGHT,
    ROOM,
    SMALL,
    WIDTH,
    write_footer,
    write_header,
)
from bot.presentation.pictures.lettering import Lettering, Style
from bot.presentation.pictures.signs import MARKERS
from bot.presentation.row_texts import caveat
from bot.presentation.sheets import Row, Sheet, Subject
from bot.presentation.text import clip_middle

NAME = Style(28, Weight.BOLD)
SHARE = Style(27)
LEGEND = Style(27, Weight.BOLD)
RESULT = Style(22, colour=FAINT_INK)
LEAST_NAME = 0.4
"""The part of the legend's width that a name gets at least."""

LEGEND_PITCH = 33
HEAD_HEIGHT = 24
MARK = 8
"""Half the width of a mark."""

HALO, INNER_HALO = 2, 1
LEAST_MARK = 3.5
COVERED = 7
"""How near, in pixels, two marks are that cover each other."""

INNER = 0.6
"""How much smaller a mark is that lies on another one."""

NAME_BASE = 27
LINE_ABOVE = 9
"""How far a track beside a name lies above the name's base line."""

LINE_BELOW = 20
"""How far a track below a name lies under the name's base line."""

WIDEST_PITCH = 64
WIDEST_NAME = 330
"""The room of a name beside a track."""

NUMBERS = {2: "Two", 3: "Three", 4: "Four"}
TITLES = {Subject.TASK: "{number} models, task by task", Subject.MODEL: "{number} tasks, model by model"}
"""By what the rows are. The legend has the names."""


@dataclass(frozen=True)
class _Column:
    """Where the shares of one of those compared are written, in pixels."""

    end: float
    width: float


@dataclass(frozen=True)
class _Layout:
    """Where names, tracks and shares are, in pixels. A share of `longest` is at the end of its track.

    Two columns of shares leave room for names beside the tracks; with more columns, the names are above them.
    """

    columns: tuple[_Column, ...]
    names_end: float
    track_start: float
    track_end: float
    line: float
    """How far a track is below the top of its row."""

    longest: float

    def x(self, share: float) -> float:
        """Where a share lies on the track."""
        return self.track_start + MARK + share / self.longest * (self.track_end - self.track_start - 2 * MARK)


def draw_dumbbells(sheet: Sheet, _: Palette, glyphs: Glyphs) -> Drawing:
    """Draw the rows of a comparison that a picture has room for; `glyphs` are the host's."""
    canvas, rows = Canvas(glyphs), sheet.pictured
    title = TITLES[sheet.sections[-1].subject].format(number=NUMBERS[len(sheet.compared)])
    top = write_header(canvas, replace(sheet, title=title), _captions(sheet))
    top = _draw_legend(canvas, sheet.compared, top=top)
    layout = _layout(canvas.lettering, rows)
    top = _draw_heads(canvas, layout, top=top)
    pitch = min((HIGHEST - FOOTER - top) / len(rows), WIDEST_PITCH)
    labels, style = canvas.lettering.fit(
        [row.label for row in rows], NAME, room=layout.names_end - MARGIN, least=NAME.size
    )
    for row, label in zip(rows, labels, strict=True):
        with canvas.part("row"):
            canvas.text(label, (MARGIN, top + NAME_BASE), style, says="label")
            _draw_marks(canvas, row.compared, layout, y=top + layout.line)
            _write_shares(canvas, row.compared, layout, base=top + (NAME_BASE + LINE_ABOVE + layout.line) / 2)
        top += pitch
    more = f"and {sheet.unpictured} more" if sheet.unpictured else ""
    return canvas.drawing(WIDTH, write_footer(canvas, sheet, top=top, aside=more))


def _captions(sheet: Sheet) -> list[str]:
    """Say what the order is, what a dash means, that others may have more tokens, and what to be careful with."""
    dash = dash_in_words(cell for row in sheet.pictured for cell in row.compared)
    order = f"{sheet.scale}. {dash}" if dash else sheet.scale
    return [order, *filter(None, (caveat(sheet), *sheet.cautions))]


def _draw_legend(canvas: Canvas, compared: Sequence[Compared], *, top: float) -> float:
    """Name each mark, with where it is ahead or who leads it; return where the legend ends."""
    left = MARGIN + 2 * MARK + GAP
    widest = max(canvas.lettering.width(canvas.lettering.drawable(each.name), LEGEND) for each in compared)
    names_end = left + min(widest, max(LEAST_NAME * ROOM, ROOM - 400))
    names, style = canvas.lettering.fit(
        [each.name for each in compared], LEGEND, room=names_end - left, least=SMALL.size
    )
    results, result_style = _results(canvas.lettering, compared, room=RIGHT - names_end - 1.5 * GAP)
    for place, (name, result) in enumerate(zip(names, results, strict=True)):
        top += LEGEND_PITCH
        with canvas.part("legend"):
            _draw_mark(canvas, place, (MARGIN + MARK, top - MARK), says="key")
            canvas.text(name, (left, top), replace(style, colour=COMPARED[place]), says="name")
            canvas.text(result, (names_end + 1.5 * GAP, top), result_style, says="result")
    return top + GAP / 2


def _results(lettering: Lettering, compared: Sequence[Compared], *, room: float) -> tuple[list[str], Style]:
    """The results in the same size. The middle of a long one is left out, because figures are at its ends."""
    texts = [lettering.drawable(each.result) for each in compared]
    is_long = any(lettering.width(text, RESULT) > room for text in texts)
    style = SMALL if is_long else RESULT
    return [clip_middle(text, room, lambda part: lettering.width(part, style)) for text in texts], style


def _draw_heads(canvas: Canvas, layout: _Layout, *, top: float) -> float:
    """Put each mark above its column; return where they end."""
    for place, column in enumerate(layout.columns):
        _draw_mark(canvas, place, (column.end - column.width / 2, top + HEAD_HEIGHT / 2), says="head")
    return top + HEAD_HEIGHT - 4


def _layout(lettering: Lettering, rows: Sequence[Row]) -> _Layout:
    """Make each column as wide as its widest share."""
    end, columns = float(RIGHT), []
    for cells in reversed(list(zip(*(row.compared for row in rows), strict=True))):
        width = max(lettering.width(dash_or_text(cell), replace(SHARE, weight=Weight.BOLD)) for cell in cells)
        columns.append(_Column(end, width))
        end -= width + 1.5 * GAP
    has_names_beside = len(columns) == len("ab")
    widest = max(lettering.width(lettering.drawable(row.label), NAME) for row in rows)
    names_end = MARGIN + min(widest, WIDEST_NAME) if has_names_beside else end
    return _Layout(
        columns=tuple(reversed(columns)),
        names_end=names_end,
        track_start=names_end + 1.5 * GAP if has_names_beside else MARGIN,
        track_end=end,
        line=NAME_BASE - LINE_ABOVE if has_names_beside else NAME_BASE + LINE_BELOW,
        longest=max(cell.share or 0.0 for row in rows for cell in row.compared) or 1.0,
    )


def _draw_marks(canvas: Canvas, cells: Sequence[Cell], layout: _Layout, *, y: float) -> None:
    """Draw a mark at each share; one that lies on another is smaller, so that both are seen."""
    canvas.bar((layout.track_start, y - 1.5), (layout.track_end - layout.track_start, 3), TRACK, says="track")
    marks = [(place, layout.x(cell.share)) for place, cell in enumerate(cells) if cell.share is not None]
    xs = [x for _, x in marks]
    canvas.bar((min(xs), y - 3), (max(xs) - min(xs), 6), FAINT_INK, says="span")
    for number, (place, x) in enumerate(marks):
        below = sum(abs(x - other) < COVERED for other in xs[:number])
        size = max(LEAST_MARK, MARK * INNER**below)
        canvas.outline(MARKERS[place](x, y, size + (HALO if size == MARK else INNER_HALO)), GROUND, says="halo")
        _draw_mark(canvas, place, (x, y), size=size, says="mark")


def _draw_mark(canvas: Canvas, place: int, at: Point, *, says: str, size: float = MARK) -> None:
    canvas.outline(MARKERS[place](*at, size), COMPARED[place], says=says)


def _write_shares(canvas: Canvas, cells: Sequence[Cell], layout: _Layout, *, base: float) -> None:
    for place, (cell, column) in enumerate(zip(cells, layout.columns, strict=True)):
        weight = Weight.BOLD if cell.is_ahead else Weight.REGULAR
        style = replace(SHARE, weight=weight, colour=FAINT_INK if cell.share is None else COMPARED[place])
        canvas.text(dash_or_text(cell), (column.end, base), style, anchor=Anchor.END, says="share")
