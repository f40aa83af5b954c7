"""A digest: the categories as a strip, the largest rises and falls as bars, and who is new, gone or leads."""

from bot.presentation.palette import Palette
from bot.presentation.pictures.bars import draw_bars
from bot.presentation.pictures.canvas import Canvas, Drawing
from bot.presentation.pictures.diverging import draw_moves
from bot.presentation.pictures.fonts import Glyphs
from bot.presentation.pictures.frame import FOOTER, HIGHEST, WIDTH, write_footer, write_header
from bot.presentation.pictures.mentions import draw_mentions, mentions_height
from bot.presentation.pictures.strip import draw_strip
from bot.presentation.sheets import MOST_SUMMARIZED, Sheet, Subject


def draw_digest(sheet: Sheet, palette: Palette, glyphs: Glyphs) -> Drawing:
    """Draw a digest; with nothing to compare, it is an overview."""
    if sheet.compared_with is None:
        return draw_bars(sheet, palette, glyphs)
    canvas = Canvas(glyphs)
    top = write_header(canvas, sheet, sheet.cautions)
    for section in sheet.sections:
        if section.subject is Subject.CATEGORY:
            shown = section.rows[:MOST_SUMMARIZED]
            top = draw_strip(canvas, shown, palette, top=top, left_out=section.count - len(shown))
    mentioned = [
        section
        for section in sheet.sections
        if section.subject is not Subject.CATEGORY and not any(row.change for row in section.rows)
    ]
    bottom = HIGHEST - FOOTER - mentions_height(canvas, mentioned)
    top, _ = draw_moves(canvas, sheet, top=top, bottom=bottom)
    top = draw_mentions(canvas, mentioned, top=top)
    return canvas.drawing(WIDTH, write_footer(canvas, sheet, top=top, aside=""))
