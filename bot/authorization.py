"""Who may plan a post: the member who asks, by what they may do themselves, and the bot."""

import discord

from bot.app import Interaction, RankingsBot
from bot.channels import WRITING, fetch_access, missing_permissions
from bot.errors import PlanError

AnyChannel = discord.app_commands.AppCommandChannel | discord.app_commands.AppCommandThread


def managed_guild(interaction: Interaction) -> int:
    """The one gate to a server's plans: give the server to who may manage it; raise MissingPermissions."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise discord.app_commands.MissingPermissions(["manage_guild"])
    return interaction.guild_id


def check_member(channel: AnyChannel, *, mentions: discord.Role | None, publishes: bool) -> None:
    """Let nobody have the bot post what they may not post themselves; raise PlanError naming what they lack."""
    # Discord lets an author publish a message, and others with Manage Messages: the author is the bot.
    wanted = WRITING | discord.Permissions(manage_messages=publishes)
    in_thread = isinstance(channel, discord.app_commands.AppCommandThread)
    missing = missing_permissions(channel.permissions, wanted, in_thread=in_thread, mentions=mentions)
    if missing:
        raise PlanError(f"In that channel you lack: {', '.join(missing)}. Ask somebody who has that there to add it.")


async def check_bot(bot: RankingsBot, channel: AnyChannel, *, guild_id: int, mentions: discord.Role | None) -> None:
    """Ask Discord what the bot may do in the channel; raise PlanError naming what it lacks."""
    try:
        access = await fetch_access(bot, guild_id=guild_id, channel_id=channel.id)
    except (discord.Forbidden, discord.NotFound):
        raise PlanError("I cannot see that channel: invite me to this server and give me View Channel there.") from None
    missing = access.missing(mentions=mentions)
    if missing:
        raise PlanError(f"In that channel I lack: {', '.join(missing)}. Give me that there and ask again.")
