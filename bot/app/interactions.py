"""How cogs answer interactions: with a card, by one of three ways; with what is behind a card; and with choices."""

from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO
from typing import Any, Self

import discord
from discord import app_commands
from discord.utils import MISSING

from bot.app.bot import Interaction, defer
from bot.app.messages import NOBODY, edit_of, message_of, send_card
from bot.errors import BoardGoneError, NoSuchDayError
from bot.market.boards import Board, BoardKind
from bot.market.editions import Edition
from bot.market.keys import is_shortened
from bot.market.search import find_value
from bot.presentation.board_csv import board_csv
from bot.presentation.board_sheets import make_sheet
from bot.presentation.controls import Shown, read_shown
from bot.presentation.guide import about_data, make_guide
from bot.presentation.sheets import Sheet

Choices = list[app_commands.Choice[str]]


class Stateless:
    """A button or menu that keeps nothing between clicks: all that it needs is in its `custom_id`."""

    @classmethod
    async def from_custom_id(cls, interaction: object, item: Any, match: object) -> Self:  # noqa: ANN401, ARG003 - discord.py's signature
        """Make the item from what Discord sent."""
        return cls(item)  # type: ignore[call-arg]  # of the DynamicItem that this is mixed into


def choices(offered: Sequence[tuple[str, str]]) -> Choices:
    """Make the choices of an autocomplete from pairs: what users read, and what Discord sends."""
    return [app_commands.Choice(name=name, value=value) for name, value in offered]


async def load_edition(interaction: Interaction, *, private: bool = False, as_of: date | None = None) -> Edition:
    """Load the newest edition, or that of a day if it is archived. Raise RankingsBotError.

    If it is not in memory, defer, because it may take long.
    """
    market = interaction.client.gallery.market
    edition = market.find_edition()
    if edition is not None and as_of in (None, edition.snapshot.as_of):
        return edition
    await defer(interaction, private=private)
    try:
        return await market.load_edition(as_of)
    except NoSuchDayError:
        return await market.load_edition()


async def show_card(interaction: Interaction, board: Board, *, private: bool = False) -> None:
    """Answer with a card: at once if it is ready, else after deferring, because Discord waits only 3 seconds."""
    gallery = interaction.client.gallery
    if not interaction.response.is_done():
        card = gallery.find_card(board)
        if card is not None:
            await send_card(lambda: interaction.response.send_message(**message_of(card), ephemeral=private))
            return
        await defer(interaction, private=private)
    await _put_card(interaction, board)


async def follow_click(interaction: Interaction, key: str) -> None:
    """Show the board of a key that was clicked. Whoever asked for the card sees it there, anyone else privately."""
    async with interaction.client.answering_errors(interaction):
        in_place = _asked_for_it(interaction)
        board = (await _resolve_key(interaction, key, in_place=in_place)).ensure_known()
        if in_place:
            await switch_card(interaction, board)
        else:
            await show_card(interaction, board, private=True)


async def _resolve_key(interaction: Interaction, key: str, *, in_place: bool) -> Board:
    """Find the board of a key; raise BoardGoneError if it is a short one that the edition does not have."""
    if not is_shortened(key):
        return Board.parse(key)
    market = interaction.client.gallery.market
    edition = market.find_edition()
    if edition is None:
        await (interaction.response.defer() if in_place else defer(interaction, private=True))
        edition = await market.load_edition()
    return _find_board(key, edition)


def _find_board(key: str, edition: Edition) -> Board:
    """Find the board of a short key; raise BoardGoneError."""
    found = find_value(edition.boards, key)
    if found is None:
        raise BoardGoneError
    return Board.parse(found.key)


async def switch_card(interaction: Interaction, board: Board) -> None:
    """Replace the card that was clicked by another one."""
    gallery = interaction.client.gallery
    if not interaction.response.is_done():
        card = gallery.find_card(board)
        if card is not None:
            await send_card(lambda: interaction.response.edit_message(**edit_of(card)))
            return
        await interaction.response.defer()
    await _put_card(interaction, board)


async def send_data(interaction: Interaction, custom_ids: Iterable[str]) -> None:
    """Give the rows of the card that was clicked as a file, privately; raise RankingsBotError."""
    shown = _read_shown(custom_ids)
    sheet = await _load_sheet(interaction, shown)
    file = discord.File(BytesIO(board_csv(sheet).encode("utf-8-sig")), filename=f"{sheet.stem}.csv")
    await _tell_privately(interaction, content=about_data(sheet, asked=shown.as_of), file=file)


async def explain_card(interaction: Interaction, custom_ids: Iterable[str]) -> None:
    """Say privately how to read the card that was clicked; raise RankingsBotError."""
    sheet = await _load_sheet(interaction, _read_shown(custom_ids))
    await _tell_privately(interaction, embed=make_guide(sheet))


async def _put_card(interaction: Interaction, board: Board) -> None:
    """Load a card and put it where it was announced."""
    card = await interaction.client.gallery.load_card(board)
    await send_card(lambda: interaction.edit_original_response(**edit_of(card)))


async def _load_sheet(interaction: Interaction, shown: Shown) -> Sheet:
    """Load all rows of what a card shows: of its day, or of the newest if that day is not archived."""
    if not is_shortened(shown.key):
        Board.parse(shown.key).ensure_known()
    edition = await load_edition(interaction, private=True, as_of=shown.as_of)
    board = _find_board(shown.key, edition) if is_shortened(shown.key) else Board.parse(shown.key)
    return make_sheet(board, edition, age=None, is_whole=True)


async def _tell_privately(
    interaction: Interaction,
    *,
    content: str | None = None,
    embed: discord.Embed = MISSING,
    file: discord.File = MISSING,
) -> None:
    """Answer the user alone, at once or in the place of the announcement."""
    if interaction.response.is_done():
        files = [] if file is MISSING else [file]
        await interaction.edit_original_response(
            content=content, embed=embed, attachments=files, allowed_mentions=NOBODY
        )
        return
    await interaction.response.send_message(content, embed=embed, file=file, ephemeral=True, allowed_mentions=NOBODY)


def _read_shown(custom_ids: Iterable[str]) -> Shown:
    return read_shown(custom_ids) or Shown(Board(BoardKind.OVERVIEW).key, None)


def _asked_for_it(interaction: Interaction) -> bool:
    """Tell whether the user who clicked had asked for the card. Discord keeps with a message who asked for it."""
    asked = interaction.message.interaction_metadata if interaction.message else None
    return asked is not None and asked.user.id == interaction.user.id
