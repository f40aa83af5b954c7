"""`/about`: what the numbers are, their source and licence, and what the bot stores."""

import re
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot import __version__
from bot.app.bot import Interaction, RankingsBot
from bot.app.interactions import Stateless, load_edition
from bot.app.messages import NOBODY
from bot.presentation.about import PRIVACY, PRIVACY_ID, make_about


class About(commands.Cog):
    """The command that explains the bot."""

    @app_commands.command(description="What the numbers mean, their source and licence, and your privacy")
    async def about(self, interaction: Interaction) -> None:
        """Explain the numbers."""
        await _explain(interaction)


class PrivacyButton(Stateless, discord.ui.DynamicItem[discord.ui.Button[Any]], template=re.escape(PRIVACY_ID)):
    """Says what the bot stores, privately to whoever clicks."""

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Send the privacy notice."""
        async with interaction.client.answering_errors(interaction):
            await interaction.response.send_message(PRIVACY, ephemeral=True, allowed_mentions=NOBODY)


async def _explain(interaction: Interaction) -> None:
    bot = interaction.client
    edition = await load_edition(interaction)
    embed = make_about(edition, now=bot.gallery.clock(), version=__version__, figures_url=bot.figures_url)
    view = _privacy_button(bot.privacy_url)
    if interaction.response.is_done():
        await interaction.edit_original_response(embed=embed, view=view, allowed_mentions=NOBODY)
    else:
        await interaction.response.send_message(embed=embed, view=view, allowed_mentions=NOBODY)


def _privacy_button(url: str | None) -> discord.ui.View:
    """A link to the operator's privacy policy; without one, a button that shows the project's own."""
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="Privacy", url=url, custom_id=None if url else PRIVACY_ID))
    view.stop()
    return view


async def setup(bot: RankingsBot) -> None:
    """Add the cog and its button."""
    bot.add_dynamic_items(PrivacyButton)
    await bot.add_cog(About())


async def teardown(bot: RankingsBot) -> None:
    """Remove the button; discord.py removes the cog."""
    bot.remove_dynamic_items(PrivacyButton)
