"""How cogs answer interactions: with a card (at once, deferred, or in place) or with choices."""

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
    """A button or menu that keeps nothing in memory: all it needs is in its `custom_id` and its values."""

    @classmethod
    async def from_custom_id(cls, interaction: object, item: Any, match: object) -> Self:  # noqa: ANN401, ARG003 - discord.py's signature
        """Make the item from what Discord sent."""
        return cls(item)  # type: ignore[call-arg]  # the signature of DynamicItem, which this is mixed into


def choices(offered: Sequence[tuple[str, str]]) -> Choices:
    """Make the choices of an autocomplete from pairs: the label that users read, and the value that Discord sends."""
    return [app_commands.Choice(name=name, value=value) for name, value in offered]


async def load_edition(interaction: Interaction, *, private: bool = False) -> Edition:
    """Load the newest edition; if none is in memory, defer first, because it may take long; raise RankingsBotError."""
    market = interaction.client.gallery.market
    edition = market.find_edition()
    if edition is not None:
        return edition
    await defer(interaction, private=private)
    return await market.load_edition()


async def show_card(interaction: Interaction, board: Board, *, private: bool = False) -> None:
    """Answer with a card: at once if it is ready, otherwise deferred, because Discord waits only 3 seconds."""
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
    """Show the board of a clicked key: in place for the user who requested the card, privately for anyone else."""
    async with interaction.client.answering_errors(interaction):
        in_place = _is_requester(interaction)
        board = (await _resolve_key(interaction, key, in_place=in_place)).ensure_known()
        if in_place:
            await replace_card(interaction, board)
        else:
            await show_card(interaction, board, private=True)


async def _resolve_key(interaction: Interaction, key: str, *, in_place: bool) -> Board:
    """Find the board of a key; raise BoardGoneError if the key is shortened and the edition has no such board."""
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
    """Replace the clicked card by another."""
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
    """Whether the user who clicked also requested the card; Discord stores that user with the message."""
    asked = interaction.message.interaction_metadata if interaction.message else None
    return asked is not None and asked.user.id == interaction.user.id
