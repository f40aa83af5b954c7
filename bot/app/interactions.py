"""How cogs answer interactions: with a card (at once, deferred, or in place), its data, its guide, or with choices."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from io import BytesIO
from typing import Any, Self

import discord
from discord import app_commands
from discord.utils import MISSING

from bot.app.bot import Interaction, defer
from bot.app.gallery import OVER_TIME
from bot.app.messages import NOBODY, edit_of, message_of, send_card
from bot.errors import NoSuchDayError
from bot.market.boards import Board, BoardKind
from bot.market.editions import Edition
from bot.market.keys import is_shortened
from bot.market.search import Candidate, search
from bot.presentation.board_csv import board_csv
from bot.presentation.board_sheets import make_sheet
from bot.presentation.controls import Shown, offers, read_shown
from bot.presentation.guide import about_data, make_guide
from bot.presentation.sheets import Sheet

Choices = list[app_commands.Choice[str]]


class Stateless:
    """A button or menu that keeps nothing in memory: all it needs is in its `custom_id` and its values."""

    @classmethod
    async def from_custom_id(cls, interaction: object, item: Any, match: object) -> Self:  # noqa: ANN401, ARG003 - discord.py's signature
        """Make the item from what Discord sent."""
        return cls(item)  # type: ignore[call-arg]  # the signature of DynamicItem, which this is mixed into


def choices(offered: Sequence[tuple[str, str]]) -> Choices:
    """Make the choices of an autocomplete from pairs: the label that users read, and the value that Discord sends."""
    return [app_commands.Choice(name=name, value=value) for name, value in offered]


def find_choices(interaction: Interaction, typed: str, candidates: Callable[[Edition], Sequence[Candidate]]) -> Choices:
    """Offer the candidates of the newest edition that match what was typed; none if no edition is in memory."""
    edition = interaction.client.gallery.market.find_edition()
    return choices(offers(search(candidates(edition), typed))) if edition else []


async def load_edition(interaction: Interaction, *, private: bool = False, as_of: date | None = None) -> Edition:
    """Load the newest edition, or that of a day if it is archived; raise RankingsBotError.

    If it is not in memory, defer first, because loading may take long.
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
    """Answer with a card: at once if it is ready, otherwise deferred, because Discord waits only 3 seconds."""
    gallery = interaction.client.gallery
    if not interaction.response.is_done():
        card = gallery.find_card(board)
        if card is not None:
            await send_card(lambda: interaction.response.send_message(**message_of(card), ephemeral=private))
            return
        await defer(interaction, private=private)
    await _put_card(interaction, board)


async def follow_click(interaction: Interaction, key: str) -> None:
    """Show the board of a clicked key: in place for the user who requested the card, privately for anyone else."""
    async with interaction.client.answering_errors(interaction):
        in_place = _is_requester(interaction)
        board = (await _resolve_key(interaction, key, in_place=in_place)).ensure_known()
        if in_place:
            await replace_card(interaction, board)
        else:
            await show_card(interaction, board, private=True)


async def _resolve_key(interaction: Interaction, key: str, *, in_place: bool) -> Board:
    """Find the board of a key; raise BoardGoneError if a shortened key is unknown."""
    gallery = interaction.client.gallery
    board = gallery.find_board(key)
    if board is not None:
        return board
    await (interaction.response.defer() if in_place else defer(interaction, private=True))
    return await gallery.load_board(key, await gallery.market.load_edition())


async def replace_card(interaction: Interaction, board: Board) -> None:
    """Replace the clicked card by another."""
    gallery = interaction.client.gallery
    if not interaction.response.is_done():
        card = gallery.find_card(board)
        if card is not None:
            await send_card(lambda: interaction.response.edit_message(**edit_of(card)))
            return
        await interaction.response.defer()
    await _put_card(interaction, board)


async def send_data(interaction: Interaction, custom_ids: Iterable[str]) -> None:
    """Send all rows of the clicked card as a file, privately; raise RankingsBotError."""
    shown = _read_shown(custom_ids)
    sheet = await _load_sheet(interaction, shown)
    written = await asyncio.to_thread(board_csv, sheet)  # years of days take long
    file = discord.File(BytesIO(written.encode("utf-8-sig")), filename=f"{sheet.stem}.csv")
    await _answer_privately(interaction, content=about_data(sheet, asked=shown.as_of), file=file)


async def explain_card(interaction: Interaction, custom_ids: Iterable[str]) -> None:
    """Send the guide to the clicked card, privately; raise RankingsBotError."""
    sheet = await _load_sheet(interaction, _read_shown(custom_ids))
    await _answer_privately(interaction, embed=make_guide(sheet, figures_url=interaction.client.figures_url))


async def _put_card(interaction: Interaction, board: Board) -> None:
    """Load a card and put it where it was announced."""
    card = await interaction.client.gallery.load_card(board)
    await send_card(lambda: interaction.edit_original_response(**edit_of(card)))


async def _load_sheet(interaction: Interaction, shown: Shown) -> Sheet:
    """Make the whole sheet of what a card shows, from its day or, if that is not archived, the newest."""
    gallery = interaction.client.gallery
    if not is_shortened(shown.key):
        Board.parse(shown.key).ensure_known()
    edition = await load_edition(interaction, private=True, as_of=shown.as_of)
    board = gallery.find_board(shown.key, edition)
    if (board is None or board.kind in OVER_TIME) and not interaction.response.is_done():
        await defer(interaction, private=True)  # what follows may need the database
    board = board or await gallery.load_board(shown.key, edition)
    edition = await gallery.market.load_past(board, edition)
    return await asyncio.to_thread(make_sheet, board, edition, age=None, is_whole=True)


async def _answer_privately(
    interaction: Interaction,
    *,
    content: str | None = None,
    embed: discord.Embed = MISSING,
    file: discord.File = MISSING,
) -> None:
    """Answer the user privately: at once, or in place of the deferred response."""
    if interaction.response.is_done():
        files = [] if file is MISSING else [file]
        await interaction.edit_original_response(
            content=content, embed=embed, attachments=files, allowed_mentions=NOBODY
        )
        return
    await interaction.response.send_message(content, embed=embed, file=file, ephemeral=True, allowed_mentions=NOBODY)


def _read_shown(custom_ids: Iterable[str]) -> Shown:
    return read_shown(custom_ids) or Shown(Board(BoardKind.OVERVIEW).key, None)


def _is_requester(interaction: Interaction) -> bool:
    """Whether the user who clicked also requested the card; Discord stores that user with the message."""
    asked = interaction.message.interaction_metadata if interaction.message else None
    return asked is not None and asked.user.id == interaction.user.id
