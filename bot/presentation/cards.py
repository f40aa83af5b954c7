"""A card: everything that users see of a board, made from the board and an edition."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import discord

from bot.market.boards import Board, BoardKind
from bot.market.editions import Edition
from bot.market.queries import category_keys
from bot.presentation.alt_text import alt_text
from bot.presentation.board_sheets import make_sheet
from bot.presentation.compare_alt_text import compare_alt_text
from bot.presentation.controls import Controls, make_controls
from bot.presentation.embeds import make_embed
from bot.presentation.palette import Palette
from bot.presentation.pictures.bars import draw_bars
from bot.presentation.pictures.canvas import Drawing
from bot.presentation.pictures.digest import draw_digest
from bot.presentation.pictures.diverging import draw_movers
from bot.presentation.pictures.dumbbells import draw_dumbbells
from bot.presentation.pictures.fonts import Glyphs
from bot.presentation.pictures.lines import draw_lines
from bot.presentation.section_alt_text import section_alt_text
from bot.presentation.sheets import Sheet

NO_GLYPHS: Glyphs = MappingProxyType({})

PICTURES: Mapping[BoardKind, Callable[[Sheet, Palette, Glyphs], Drawing]] = {
    BoardKind.MOVERS: draw_movers,
    BoardKind.DIGEST: draw_digest,
    BoardKind.COMPARE: draw_dumbbells,
    BoardKind.HISTORY: draw_lines,
}
"""What draws each kind of board, other than with bars."""

ALT_TEXTS: Mapping[BoardKind, Callable[[Sheet], str]] = {
    BoardKind.MOVERS: section_alt_text,
    BoardKind.DIGEST: section_alt_text,
    BoardKind.COMPARE: compare_alt_text,
}
"""What describes the picture of each kind of board, other than bars."""


@dataclass(frozen=True)
class Picture:
    """A picture as SVG, the file name of its PNG, and its alt text.

    `missing` has the characters that no known font has.
    """

    filename: str
    svg: str = field(repr=False)
    alt_text: str
    missing: frozenset[str]


@dataclass(frozen=True)
class Card:
    """The sheet of a board, and what is made from it: embed, controls, and a picture if there is anything to draw."""

    board: Board
    embed: discord.Embed
    picture: Picture | None
    controls: Controls
    sheet: Sheet

    @property
    def linked_boards(self) -> frozenset[Board]:
        """The boards to which its controls lead, and its own, which they name too."""
        options = (option.board for select in self.controls.selects for option in select.options)
        buttons = (button.board for button in self.controls.buttons if button.board is not None)
        return frozenset((self.board, *options, *buttons))


def make_card(board: Board, edition: Edition, *, age: int | None, glyphs: Glyphs = NO_GLYPHS) -> Card:
    """Make the card of a board; `age` is in days, None for new data.

    `glyphs` are characters that the packaged font lacks and fonts of the host have.
    """
    sheet = make_sheet(board, edition, age=age)
    palette = Palette.of(category_keys(edition.snapshot.data))
    picture = _draw(sheet, palette, glyphs) if sheet.rows else None
    return Card(
        board=board,
        embed=make_embed(sheet, palette, picture=picture.filename if picture else None),
        picture=picture,
        controls=make_controls(board, edition),
        sheet=replace(sheet, chart=None),  # cards are kept, and the points of years take megabytes
    )


def _draw(sheet: Sheet, palette: Palette, glyphs: Glyphs) -> Picture:
    drawing = PICTURES.get(sheet.board.kind, draw_bars)(sheet, palette, glyphs)
    return Picture(f"{sheet.stem}.png", drawing.svg, ALT_TEXTS.get(sheet.board.kind, alt_text)(sheet), drawing.missing)
