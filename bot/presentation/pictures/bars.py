"""A bar for each share, with the name, the change and the share above it and the leader beside it.

On a model's board, each task shows the model's rank in it.
"""

from dataclasses import replace

from bot.market.boards import BoardKind, Metric
from bot.presentation.figures import FigureKind, meaning
from bot.presentation.palette import Palette
from bot.presentation.pictures.canvas import Canvas, Drawing
from bot.presentation.pictures.fonts import Glyphs
from bot.presentation.pictures.frame import FOOTER, HIGHEST, WIDTH, write_footer, write_header
from bot.presentation.pictures.rows import Entry, draw_rows
from bot.presentation.pictures.strip import draw_legend, draw_strip
from bot.presentation.row_texts import caveat
from bot.presentation.sheets import Row, Sheet


def draw_bars(sheet: Sheet, palette: Palette, glyphs: Glyphs) -> Drawing:
    """Draw as many rows of a sheet as a picture has room for; `glyphs` are the host's."""
    canvas, rows = Canvas(glyphs), sheet.pictured
    top = write_header(canvas, sheet, _captions(sheet))
    categories = dict.fromkeys(row.macro_category for row in rows)
    if sheet.summarized:
        left_out = len(sheet.sections[0].rows) + sheet.sections[0].left_out - len(sheet.summarized)
        top = draw_strip(canvas, sheet.summarized, palette, top=top, left_out=left_out)
    elif len(categories) > 1:
        top = draw_legend(canvas, {key: sheet.category_labels.get(key, key) for key in categories}, palette, top=top)
    longest = max((row.figures[0].value for row in rows), default=0.0) or 1.0
    entries = [_entry(sheet, row, palette, longest=longest) for row in rows]
    top = draw_rows(canvas, entries, top=top, bottom=HIGHEST - FOOTER)
    more = f"and {sheet.unpictured} more" if sheet.unpictured else ""
    return canvas.drawing(WIDTH, write_footer(canvas, sheet, top=top, aside=more))


def _captions(sheet: Sheet) -> list[str]:
    """Say what the bars mean, and what is beside them."""
    captions = [sheet.scale] if sheet.scale else []
    if sheet.board.kind is BoardKind.MODEL:
        captions = [f"{sheet.scale}. Rank: by requests, among the task's models"]
    elif any(row.leader for row in sheet.pictured):
        captions = _captions_of_leaders(sheet)
    return [*captions, *(sentence for sentence in (caveat(sheet), *sheet.cautions) if sentence)]


def _captions_of_leaders(sheet: Sheet) -> list[str]:
    """By requests, one line is enough, because the lead has the metric, and the model with the most requests leads."""
    if sheet.scale and sheet.board.metric is Metric.REQUESTS:
        return [f"{sheet.scale}. Beside: the leading model's share of the task"]
    share = meaning(FigureKind.TASK, metric=sheet.board.metric, whole="the task's")
    beside = f"Beside: the model with the most requests, with its {share}"
    return [sheet.scale, beside] if sheet.scale else [beside]


def _entry(sheet: Sheet, row: Row, palette: Palette, *, longest: float) -> Entry:
    (change,) = row.texts([FigureKind.CHANGE])
    rank = "" if row.rank is None else str(row.rank)
    entry = Entry(
        rank=rank,
        label=row.label,
        share=row.figures[0].text,
        colour=palette.colour(row.macro_category),
        fraction=row.figures[0].value / longest,
        change=change,
        news="now leads" if row.is_new_leader else "",
    )
    if sheet.board.kind is BoardKind.MODEL:
        return replace(entry, rank="", note=f"rank {rank}")
    if row.leader is not None:
        new = "new" if row.leader.is_new else ""
        return replace(entry, aside=row.leader.name, aside_share=row.leader.figure.text, aside_news=new)
    return entry
