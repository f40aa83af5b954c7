"""How cogs answer interactions: with a card, by one of three ways; and with choices."""

from collections.abc import Sequence
from typing import Any, Self

from discord import app_commands

from bot.app.bot import Interaction, defer
from bot.app.messages import edit_of, message_of
from bot.errors import BoardGoneError
from bot.market.boards import Board
from bot.market.editions import Edition
from bot.market.keys import is_shortened
from bot.market.search import find_value

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


async def load_edition(interaction: Interaction, *, private: bool = False) -> Edition:
    """Load the edition. If there is none in memory, defer, because it may take long; raise RankingsBotError."""
    market = interaction.client.gallery.market
    edition = market.find_edition()
    if edition is not None:
        return edition
    await defer(interaction, private=private)
    return await market.load_edition()


async def show_card(interaction: Interaction, board: Board, *, private: bool = False) -> None:
    """Answer with a card: at once if it is ready, else after deferring, because Discord waits only 3 seconds."""
    gallery = interaction.client.gallery
    if not interaction.response.is_done():
        card = gallery.find_card(board)
        if card is not None:
            await interaction.response.send_message(**message_of(card), ephemeral=private)
            return
        await defer(interaction, private=private)
    card = await gallery.load_card(board)
    await interaction.edit_original_response(**edit_of(card))


async def follow_click(interaction: Interaction, key: str) -> None:
    """Show the board of a key that was clicked. Whoever asked for the card sees it there, anyone else privately."""
    async with interaction.client.answering_errors(interaction):
        in_place = _is_requester(interaction)
        board = (await _resolve_key(interaction, key, in_place=in_place)).ensure_known()
        if in_place:
            await replace_card(interaction, board)
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
    found = find_value(edition.boards, key)
    if found is None:
        raise BoardGoneError
    return Board.parse(found.key)


async def replace_card(interaction: Interaction, board: Board) -> None:
    """Replace the card that was clicked by another one."""
    gallery = interaction.client.gallery
    if not interaction.response.is_done():
        card = gallery.find_card(board)
        if card is not None:
            await interaction.response.edit_message(**edit_of(card))
            return
        await interaction.response.defer()
    card = await gallery.load_card(board)
    await interaction.edit_original_response(**edit_of(card))


def _is_requester(interaction: Interaction) -> bool:
    """Tell whether the user who clicked had asked for the card. Discord keeps with a message who asked for it."""
    asked = interaction.message.interaction_metadata if interaction.message else None
    return asked is not None and asked.user.id == interaction.user.id
