"""Diverging bars: each change as a bar from a line that stands for no change, rises to the right and falls to the left."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from bot.presentation.figures import FigureKind
from bot.presentation.palette import FAINT_INK, FALLEN, RISEN, Palette
from bot.presentation.pictures.canvas import Canvas, Drawing
from bot.presentation.pictures.fonts import Glyphs, Weight
from bot.presentation.pictures.frame import FOOTER, GAP, HIGHEST, MARGIN, RIGHT, WIDTH, write_footer, write_header
from bot.presentation.pictures.lettering import Lettering, Style
from bot.presentation.pictures.mentions import draw_mentions, mentions_height
from bot.presentation.pictures.rows import change_width, write_change
from bot.presentation.sheets import Row, Section, Sheet, Subject

NAME = Style(28, Weight.BOLD)
SHARES = Style(21, colour=FAINT_INK)
WIDEST_LABEL = 400
NAME_BASE, SHARES_BASE, CHANGE_BASE = 27, 51, 38
BAR_TOP, BAR_THICKNESS = 18, 24
LEAST_BAR = 2.0
ROUNDNESS = 0.3
LINE = 2
LEAST_PITCH, WIDEST_PITCH = 55, 64
ABOVE_ROWS, BELOW_ROWS = 8, 4


@dataclass(frozen=True)
class _Columns:
    """Where the labels end, and the line from which bars go; `scale` is the pixels of a change of 1."""

    labels_end: float
    line: float
    scale: float


def draw_movers(sheet: Sheet, _: Palette, glyphs: Glyphs) -> Drawing:
    """Draw as many changes of a sheet as there is room for, and below what is new, gone, or led by another model."""
    canvas = Canvas(glyphs)
    captions = [caption for caption in (sheet.scale, *sheet.cautions) if caption]
    top = write_header(canvas, sheet, captions)
    mentioned = [section for section in sheet.sections if not _has_changes(section)]
    bottom = HIGHEST - FOOTER - mentions_height(canvas, mentioned)
    top, left_out = draw_moves(canvas, sheet, top=top, bottom=bottom)
    top = draw_mentions(canvas, mentioned, top=top)
    more = f"and {left_out} more" if left_out else ""
    return canvas.drawing(WIDTH, write_footer(canvas, sheet, top=top, aside=more))


def draw_moves(canvas: Canvas, sheet: Sheet, *, top: float, bottom: float) -> tuple[float, int]:
    """Draw rises and falls, the largest of each, from `top` to `bottom` at the most.

    Return where they end, and how many more there are.
    """
    moves = [section for section in sheet.sections if _has_changes(section)]
    top += ABOVE_ROWS
    rows = _largest(moves, most=int((bottom - top - BELOW_ROWS) // LEAST_PITCH))
    if rows:
        pitch = min((bottom - top - BELOW_ROWS) / len(rows), WIDEST_PITCH)
        columns = _columns(canvas.lettering, rows)
        canvas.bar((columns.line - LINE / 2, top), (LINE, pitch * len(rows)), FAINT_INK, roundness=0, says="line")
        _draw_rows(canvas, rows, columns, top=top, pitch=pitch)
        top += pitch * len(rows) + BELOW_ROWS
    return top, sum(section.count for section in moves) - len(rows)


def _has_changes(section: Section) -> bool:
    return section.subject is not Subject.CATEGORY and any(row.change for row in section.rows)


def _largest(sections: Sequence[Section], *, most: int) -> list[Row]:
    """As many rows as fit, in their order: the first of each section, then the second of each, and so on."""
    in_turn = chain.from_iterable(zip_longest(*(section.rows for section in sections)))
    kept = [id(row) for row in in_turn if row is not None][:most]
    return [row for section in sections for row in section.rows if id(row) in kept]


def _draw_rows(canvas: Canvas, rows: Sequence[Row], columns: _Columns, *, top: float, pitch: float) -> None:
    room = columns.labels_end - MARGIN
    names, name_style = canvas.lettering.fit([row.label for row in rows], NAME, room=room, least=NAME.size)
    notes, note_style = canvas.lettering.fit([_shares(row) for row in rows], SHARES, room=room, least=SHARES.size - 1)
    for row, name, note in zip(rows, names, notes, strict=True):
        value = row.change.value if row.change else 0.0
        length = max(LEAST_BAR, abs(value) * columns.scale)
        left = columns.line + LINE / 2 if value > 0 else columns.line - LINE / 2 - length
        centre = top + (pitch - WIDEST_PITCH) / 2
        with canvas.part("row"):
            canvas.text(name, (MARGIN, centre + NAME_BASE), name_style, says="label")
            canvas.text(note, (MARGIN, centre + SHARES_BASE), note_style, says="shares")
            canvas.bar(
                (left, centre + BAR_TOP), (length, BAR_THICKNESS), _colour(value), roundness=ROUNDNESS, says="bar"
            )
            write_change(canvas, _written(row), (RIGHT, centre + CHANGE_BASE))
        top += pitch


def _columns(lettering: Lettering, rows: Sequence[Row]) -> _Columns:
    """The labels take what they need; the bars have the rest, and the longest ones of both directions fill it."""
    needed = [
        max(
            lettering.width(lettering.drawable(row.label), NAME),
            lettering.width(lettering.drawable(_shares(row)), SHARES),
        )
        for row in rows
    ]
    labels_end = MARGIN + min(WIDEST_LABEL, max(needed) + GAP)
    changes = [row.change.value for row in rows if row.change]
    left, right = labels_end + GAP, RIGHT - max(change_width(lettering, _written(row)) for row in rows) - 2 * GAP
    most, least = max(0.0, *changes), min(0.0, *changes)
    scale = (right - left) / ((most - least) or 1.0)
    return _Columns(labels_end, left - least * scale, scale)


def _colour(change: float) -> str:
    return RISEN if change > 0 else FALLEN


def _written(row: Row) -> str:
    return row.texts([FigureKind.CHANGE])[0]


def _shares(row: Row) -> str:
    """Both shares, and the task whose they are: “4.0 to 4.8 % in Debugging”."""
    earlier = row.find(FigureKind.EARLIER)
    before = f"{earlier.text.removesuffix(' %')} to " if earlier else ""
    place = f" in {row.place.label}" if row.place else ""
    return f"{before}{row.figures[0].text}{place}"
