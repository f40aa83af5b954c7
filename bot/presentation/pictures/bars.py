"""A bar for each share, with the name and the figures above it and the leader beside it.

On a model's board, each task shows the model's rank in it.
"""

from dataclasses import replace

from bot.market.boards import BoardKind
from bot.presentation.palette import Palette
from bot.presentation.pictures.canvas import Canvas, Drawing
from bot.presentation.pictures.fonts import Glyphs
from bot.presentation.pictures.frame import MARGIN, WIDTH, write_footer, write_header
from bot.presentation.pictures.rows import ASIDE, Entry, draw_rows
from bot.presentation.pictures.strip import draw_legend, draw_strip
from bot.presentation.sheets import FigureKind, Row, Sheet, age_in_words, meaning

MORE_PITCH = 32


def draw_bars(sheet: Sheet, palette: Palette, glyphs: Glyphs) -> Drawing:
    """Draw as many rows of a sheet as a picture has room for; `glyphs` are the host's."""
    canvas, rows = Canvas(glyphs), sheet.pictured
    top = write_header(canvas, sheet, _captions(sheet))
    categories = dict.fromkeys(row.macro_category for row in rows)
    if sheet.summarized:
        top = draw_strip(canvas, sheet.summarized, palette, top=top)
    elif len(categories) > 1:
        top = draw_legend(canvas, {key: sheet.category_labels.get(key, key) for key in categories}, palette, top=top)
    longest = max((row.figures[0].value for row in rows), default=0.0) or 1.0
    entries = [_entry(sheet, row, palette) for row in rows]
    top = draw_rows(canvas, entries, longest=longest, top=top)
    if sheet.unpictured:
        top += MORE_PITCH
        canvas.text(f"and {sheet.unpictured} more", (MARGIN, top - 6), ASIDE)
    return canvas.drawing(WIDTH, write_footer(canvas, sheet, top))


def _captions(sheet: Sheet) -> list[str]:
    """Say what the bars mean, and what is beside them."""
    captions = [sheet.scale] if sheet.scale else []
    if sheet.board.kind is BoardKind.MODEL:
        captions = [f"{sheet.scale}. Rank: by requests, among the task's models"]
    elif any(row.leader for row in sheet.pictured):
        share = meaning(FigureKind.TASK, metric=sheet.board.metric, whole="the task's")
        captions.append(f"Beside: the model with the most requests, with its {share}")
    return [*captions, *(sentence for sentence in (sheet.caveat, age_in_words(sheet.age_days)) if sentence)]


def _entry(sheet: Sheet, row: Row, palette: Palette) -> Entry:
    changes = [figure for figure in row.figures if figure.kind is FigureKind.CHANGE]
    rank = "" if row.rank is None else str(row.rank)
    entry = Entry(rank, row.label, row.figures[0], palette.colour(row.macro_category), change=next(iter(changes), None))
    if sheet.board.kind is BoardKind.MODEL:
        return replace(entry, rank="", note=f"rank {rank}")
    if row.leader is not None:
        return replace(entry, aside=row.leader.name, aside_share=row.leader.figure.text)
    return entry
