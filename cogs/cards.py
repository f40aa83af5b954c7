"""The controls under a card: a click shows another board, the card's data, or how to read it."""

from typing import Any

import discord

from bot.app.bot import RankingsBot
from bot.app.interactions import Stateless, explain_card, follow_click, send_data
from bot.app.messages import custom_ids_of
from bot.presentation.controls import BUTTON_ID, BUTTON_PREFIX, DATA_ID, GUIDE_ID, POST_BUTTON_ID, SELECT_ID


class BoardButton(Stateless, discord.ui.DynamicItem[discord.ui.Button[Any]], template=BUTTON_ID):
    """A button that shows the board in its `custom_id`."""

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show its board."""
        await follow_click(interaction, self.custom_id.removeprefix(BUTTON_PREFIX))


class BoardSelect(Stateless, discord.ui.DynamicItem[discord.ui.Select[Any]], template=SELECT_ID):
    """A menu whose values are boards; its `custom_id` contains the present board, so that each card has its own."""

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the chosen board."""
        await follow_click(interaction, self.item.values[0])


class DataButton(Stateless, discord.ui.DynamicItem[discord.ui.Button[Any]], template=DATA_ID):
    """Sends the data of the board in its `custom_id` as CSV, privately to whoever clicks."""

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Send the file."""
        async with interaction.client.answering_errors(interaction):
            await send_data(interaction, [self.custom_id])


class GuideButton(Stateless, discord.ui.DynamicItem[discord.ui.Button[Any]], template=GUIDE_ID):
    """Sends the guide to the card in its `custom_id`, privately to whoever clicks."""

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Send the guide."""
        async with interaction.client.answering_errors(interaction):
            await explain_card(interaction, [self.custom_id])


class PostButton(Stateless, discord.ui.DynamicItem[discord.ui.Button[Any]], template=POST_BUTTON_ID):
    """The same button under an autopost. It carries the post's nonce; the other controls tell what the card shows."""

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Send the guide."""
        async with interaction.client.answering_errors(interaction):
            await explain_card(interaction, custom_ids_of(interaction.message))


CONTROLS = (BoardButton, BoardSelect, DataButton, GuideButton, PostButton)


async def setup(bot: RankingsBot) -> None:
    """Add the controls."""
    bot.add_dynamic_items(*CONTROLS)


async def teardown(bot: RankingsBot) -> None:
    """Remove the controls."""
    bot.remove_dynamic_items(*CONTROLS)
