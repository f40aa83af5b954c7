"""A card as a Discord message, and the three ways in which an interaction is given one."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any, Self, TypedDict

import discord
from cachetools import LRUCache, cached
from discord import app_commands
from discord.types.embed import Embed as EmbedData

from bot.app.bot import Interaction, defer
from bot.app.gallery import MOST_CARDS
from bot.errors import BoardGoneError
from bot.market.boards import Board
from bot.market.editions import Edition
from bot.market.keys import is_shortened
from bot.market.search import find_value
from bot.presentation.cards import Card
from bot.presentation.controls import Controls, Select

Choices = list[app_commands.Choice[str]]
NOBODY = discord.AllowedMentions.none()
WHAT_DISCORD_ASSUMES = {"default": False, "disabled": False, "min_values": 1, "max_values": 1, "required": True}
"""What discord.py says of each menu, button and option, and need not."""


class CardMessage(TypedDict, total=False):
    """What a card puts into a new message, by discord.py's own names."""

    embed: discord.Embed
    view: discord.ui.View
    file: discord.File
    allowed_mentions: discord.AllowedMentions


class CardEdit(TypedDict):
    """What a card puts into a message that is there already."""

    embed: discord.Embed
    view: discord.ui.View
    attachments: list[discord.File]
    allowed_mentions: discord.AllowedMentions


def message_of(card: Card) -> CardMessage:
    """Make the parts of a new message; a file can be sent once, so they are made for each."""
    parts = CardMessage(embed=embed_of(card.embed), view=view_of(card.controls), allowed_mentions=NOBODY)
    for file in _files(card):
        parts["file"] = file
    return parts


def edit_of(card: Card) -> CardEdit:
    """Make the parts of an edit, in which the card's picture takes the place of what was attached."""
    return CardEdit(
        embed=embed_of(card.embed), view=view_of(card.controls), attachments=_files(card), allowed_mentions=NOBODY
    )


class LaidOut(discord.ui.View):
    """Controls as discord.py's view, laid out once and sent as often as their card.

    It is stopped, so that nothing of it is kept for a message: clicks find their way by the `custom_id` (see
    `cogs/rankings.py`), and so do those after a restart.
    """

    def __init__(self, controls: Controls) -> None:
        """Lay them out; what discord.py makes of them is the JSON alone."""
        super().__init__(timeout=None)
        self.controls = controls
        for row, select in enumerate(controls.selects):
            self.add_item(_menu(select, row))
        self.add_item(discord.ui.Button(custom_id=controls.button.custom_id, label=controls.button.label))
        self.wire: list[dict[str, Any]] = _without_defaults(super().to_components())
        self.clear_items()
        self.stop()

    def to_components(self) -> list[dict[str, Any]]:
        """Give what goes over the wire."""
        return self.wire


class SpelledOut(discord.Embed):
    """An embed whose JSON is made once and sent as often as its card."""

    __slots__ = ("made_from", "wire")
    made_from: discord.Embed
    wire: EmbedData

    @classmethod
    def of(cls, embed: discord.Embed) -> Self:
        """Make the JSON of an embed that does not change any more."""
        spelled_out = cls.from_dict(embed.to_dict())
        spelled_out.made_from, spelled_out.wire = embed, embed.to_dict()
        return spelled_out

    def to_dict(self) -> EmbedData:
        """Give what goes over the wire."""
        return self.wire


# To make these anew each time would double what a warm command costs. Each holds what it is made from, whose id
# is therefore not used anew as long as it is found by it.
@cached(LRUCache[int, LaidOut](MOST_CARDS), key=id)
def view_of(controls: Controls) -> LaidOut:
    """Give the view of the controls."""
    return LaidOut(controls)


@cached(LRUCache[int, SpelledOut](MOST_CARDS), key=id)
def embed_of(embed: discord.Embed) -> SpelledOut:
    """Give the embed, to be sent again and again."""
    return SpelledOut.of(embed)


class Stateless:
    """An item of which nothing is kept between clicks: all it needs is in its `custom_id`."""

    @classmethod
    async def from_custom_id(cls, interaction: object, item: Any, match: object) -> Self:  # noqa: ANN401, ARG003 - discord.py's signature
        """Take the item as Discord shows it."""
        return cls(item)  # type: ignore[call-arg]  # of the DynamicItem that this is mixed into


def choices(offered: Sequence[tuple[str, str]]) -> Choices:
    """Make choices of what to read and what to send."""
    return [app_commands.Choice(name=name, value=value) for name, value in offered]


async def load_edition(interaction: Interaction) -> Edition:
    """Give the edition at once if there is any, else defer and wait for the first; raise RankingsBotError."""
    market = interaction.client.gallery.market
    edition = market.find_edition()
    if edition is not None:
        return edition
    await defer(interaction)
    return await market.load_edition()


async def show_card(interaction: Interaction, board: Board, *, private: bool = False) -> None:
    """Answer with a card: at once if it is ready, else deferred, so that Discord's 3 seconds are never at risk."""
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
    """Lead to the board of a key: in place for whoever asked for the card, privately for anyone else."""
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
    found = find_value(edition.boards, key)
    if found is None:
        raise BoardGoneError
    return Board.parse(found.key)


async def switch_card(interaction: Interaction, board: Board) -> None:
    """Put another card in the place of the one that was clicked."""
    gallery = interaction.client.gallery
    if not interaction.response.is_done():
        card = gallery.find_card(board)
        if card is not None:
            await interaction.response.edit_message(**edit_of(card))
            return
        await interaction.response.defer()
    card = await gallery.load_card(board)
    await interaction.edit_original_response(**edit_of(card))


def _asked_for_it(interaction: Interaction) -> bool:
    """Tell whether the card that was clicked is an answer to the same user; Discord keeps this with the message."""
    asked = interaction.message.interaction_metadata if interaction.message else None
    return asked is not None and asked.user.id == interaction.user.id


def _files(card: Card) -> list[discord.File]:
    picture = card.picture
    if picture is None:
        return []
    return [discord.File(BytesIO(picture.png), filename=picture.filename, description=picture.alt_text)]


def _menu(select: Select, row: int) -> discord.ui.Select[Any]:
    options = [
        discord.SelectOption(
            label=option.label, value=option.board.key, description=option.description, default=option.chosen
        )
        for option in select.options
    ]
    return discord.ui.Select(custom_id=select.custom_id, placeholder=select.placeholder, options=options, row=row)


def _without_defaults(part: Any) -> Any:  # noqa: ANN401 - any piece of JSON
    if isinstance(part, list):
        return [_without_defaults(one) for one in part]
    if isinstance(part, dict):
        return {
            name: _without_defaults(value)
            for name, value in part.items()
            if name not in WHAT_DISCORD_ASSUMES or value != WHAT_DISCORD_ASSUMES[name]
        }
    return part
