"""`/autopost`: the daily posts of a server. Requires the Manage Server permission, and works only in servers."""

import asyncio
from typing import Any, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import plan_commands
from bot.app.bot import Interaction, RankingsBot
from bot.app.interactions import Choices, Stateless, choices, find_choices
from bot.app.plan_commands import PlanChange
from bot.autopost.plan_input import PlanInput
from bot.autopost.schedule import Days
from bot.autopost.timezone_input import find_timezones
from bot.market.board_input import postable
from bot.presentation.plan_texts import POST_NOW_ID, POST_NOW_PREFIX

CHANGES: dict[str, tuple[str, PlanChange]] = {
    "remove": ("Remove an autopost", plan_commands.remove_plan),
    "pause": ("Pause an autopost", plan_commands.pause_plan),
    "resume": ("Resume an autopost that is paused or has ended", plan_commands.resume_plan),
    "preview": ("Preview what an autopost posts, and post it now if you like", plan_commands.preview_plan),
}
DAYS = [app_commands.Choice(name=days.value, value=days.value) for days in Days]


@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class Autopost(commands.GroupCog, name="autopost", description="Post a ranking to a channel every day"):
    """The daily posts of a server."""

    def __init__(self) -> None:
        """Add a command for each change to a plan."""
        for name, (description, change) in CHANGES.items():
            cast("app_commands.Group", self.app_command).add_command(_plan_command(name, description, change))

    @app_commands.command(description="Post a ranking to a channel every day")
    @app_commands.describe(
        channel="A text or announcement channel, or a thread",
        board="Which ranking to post",
        time="Such as 09:00 or 9:30 pm; if left out, as soon as the day's data is available",
        timezone="The time zone, by city, country or offset; UTC if left out",
        days="On which days; every day if left out",
        mention="A role to mention",
        silent="Post without a notification",
        publish="In an announcement channel: publish the post to its follower channels",
    )
    @app_commands.choices(days=DAYS)
    async def add(  # noqa: PLR0913 - Discord hands each option over as a parameter
        self,
        interaction: Interaction,
        *,
        channel: plan_commands.Channel,
        board: str,
        time: str | None = None,
        timezone: str | None = None,
        days: str | None = None,
        mention: discord.Role | None = None,
        silent: bool = False,
        publish: bool = False,
    ) -> None:
        """Save a new plan."""
        asked = PlanInput(board=board, time=time, timezone=timezone, days=days)
        extras = plan_commands.PostOptions(mention=mention, silent=silent, publish=publish)
        await plan_commands.add_plan(interaction, channel, asked=asked, extras=extras)

    @app_commands.command(name="list", description="The autoposts of this server")
    async def show(self, interaction: Interaction) -> None:
        """List the plans."""
        await plan_commands.show_plans(interaction)

    @add.autocomplete("board")
    async def complete_board(self, interaction: Interaction, typed: str) -> Choices:
        """Offer boards by title, tag, id or metric."""
        return find_choices(interaction, typed, lambda edition: postable(edition, typed))

    @add.autocomplete("timezone")
    async def complete_timezone(self, interaction: Interaction, typed: str) -> Choices:
        """Offer zones by city, country or offset; in a thread, because the first call reads all of them."""
        return choices(await asyncio.to_thread(find_timezones, typed, now=interaction.client.gallery.clock()))


class PostNowButton(Stateless, discord.ui.DynamicItem[discord.ui.Button[Any]], template=POST_NOW_ID):
    """Posts the plan in its `custom_id` when a moderator clicks."""

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Post now."""
        async with interaction.client.answering_errors(interaction):
            await plan_commands.post_now(interaction, self.custom_id.removeprefix(POST_NOW_PREFIX))


def _plan_command(name: str, description: str, change: PlanChange) -> app_commands.Command[Any, ..., None]:
    """Make a command that changes or shows one plan of the server."""

    @app_commands.command(name=name, description=description)
    @app_commands.describe(autopost="Which autopost")
    async def change_plan(interaction: Interaction, autopost: str) -> None:
        await change(interaction, autopost)

    @change_plan.autocomplete("autopost")
    async def complete_plan(interaction: Interaction, typed: str) -> Choices:
        return choices(await plan_commands.offer_plans(interaction, typed))

    return change_plan


async def setup(bot: RankingsBot) -> None:
    """Add the cog and its button."""
    bot.add_dynamic_items(PostNowButton)
    await bot.add_cog(Autopost())


async def teardown(bot: RankingsBot) -> None:
    """Remove the button; discord.py removes the cog."""
    bot.remove_dynamic_items(PostNowButton)
