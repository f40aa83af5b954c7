"""A card: everything that is shown of a board, made from the board and an edition."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import discord

from bot.market.boards import Board
from bot.market.editions import Edition
from bot.market.queries import category_keys
from bot.presentation.board_sheets import make_sheet
from bot.presentation.controls import Controls, make_controls
from bot.presentation.embeds import make_embed
from bot.presentation.palette import Palette
from bot.presentation.pictures.bars import draw_bars
from bot.presentation.pictures.fonts import Glyphs
from bot.presentation.sheets import Row, Sheet
from bot.presentation.text import NAMELESS, Markup, clip_apart, sanitize

LONGEST_ALT_TEXT = 1024
LONGEST_LABEL = 34
LONGEST_STEM = 60


NO_GLYPHS: Glyphs = MappingProxyType({})


@dataclass(frozen=True)
class Picture:
    """A picture as SVG, the file name of its PNG, and its figures as text.

    `missing` are the characters in it for which no font was known.
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


def make_card(board: Board, edition: Edition, *, age: int | None, glyphs: Glyphs = NO_GLYPHS) -> Card:
    """Make the card of a board; `age` is in days, None for new data.

    `glyphs` are characters that the pictures' own font lacks and the fonts of the host have.
    """
    sheet = make_sheet(board, edition, age=age)
    palette = Palette.of(category_keys(edition.snapshot.data))
    picture = _draw(sheet, palette, glyphs) if sheet.rows else None
    return Card(
        board=board,
        embed=make_embed(sheet, palette, picture=picture.filename if picture else None),
        picture=picture,
        controls=make_controls(board, edition),
        sheet=sheet,
    )


def alt_text(sheet: Sheet) -> str:
    """Describe the picture, with the figures that it shows."""
    rankings = [sheet.summarized, sheet.pictured] if sheet.summarized else [sheet.pictured]
    figures = ". ".join(map(_figures, rankings))
    title = clip_apart([sheet.title], LONGEST_LABEL, sanitize=_plain)[0]
    return _plain(f"{title}. {sheet.lead}. {figures}. {sheet.citation}")


def _figures(rows: Sequence[Row]) -> str:
    labels = clip_apart([row.label for row in rows], LONGEST_LABEL, sanitize=_plain)
    return "; ".join(f"{label} {row.figures[0].text}" for label, row in zip(labels, rows, strict=True))


def _draw(sheet: Sheet, palette: Palette, glyphs: Glyphs) -> Picture:
    drawing = draw_bars(sheet, palette, glyphs)
    return Picture(_filename(sheet), drawing.svg, alt_text(sheet), drawing.missing)


def _plain(text: str) -> str:
    return sanitize(text, limit=LONGEST_ALT_TEXT, markup=Markup.PLAIN) or NAMELESS


def _filename(sheet: Sheet) -> str:
    stem = re.sub(r"[^a-z0-9]+", "-", str(sheet.board).lower()).strip("-")[:LONGEST_STEM]
    return f"{stem}-{sheet.as_of}.png"
