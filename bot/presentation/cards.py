"""A card: everything that users see of a board, made from the board and an edition."""

from dataclasses import dataclass, field

import discord

from bot.market.boards import Board
from bot.market.editions import Edition
from bot.market.queries import category_keys
from bot.presentation.alt_text import alt_text
from bot.presentation.board_sheets import make_sheet
from bot.presentation.controls import Controls, make_controls
from bot.presentation.embeds import make_embed
from bot.presentation.palette import Palette
from bot.presentation.sheets import Sheet


@dataclass(frozen=True)
class Picture:
    """A PNG, its file name, and its figures as text."""

    filename: str
    png: bytes = field(repr=False)
    alt_text: str


@dataclass(frozen=True)
class Card:
    """The sheet of a board, and what is made from it: embed, controls, and a picture if there is anything to draw."""

    board: Board
    embed: discord.Embed
    picture: Picture | None
    controls: Controls
    sheet: Sheet


def make_card(board: Board, edition: Edition, *, age: int | None) -> Card:
    """Make the card of a board; `age` is in days, None for new data. It draws, so call it in a thread."""
    sheet = make_sheet(board, edition, age=age)
    palette = Palette.of(category_keys(edition.snapshot.data))
    picture = _draw(sheet, palette) if sheet.rows else None
    return Card(
        board=board,
        embed=make_embed(sheet, palette, picture=picture.filename if picture else None),
        picture=picture,
        controls=make_controls(board, edition),
        sheet=sheet,
    )


def _draw(sheet: Sheet, palette: Palette) -> Picture:
    # The drawing library takes 45 MiB: import it only for the first picture.
    from bot.presentation.charts import draw  # noqa: PLC0415

    return Picture(f"{sheet.stem}.png", draw(sheet, palette), alt_text(sheet))
