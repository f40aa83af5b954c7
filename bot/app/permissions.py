"""What a post needs in a channel, and whether the member who plans it and the bot itself have that."""

from dataclasses import dataclass
from typing import cast

import discord

from bot.app.bot import Interaction, RankingsBot
from bot.autopost.pace import Pace
from bot.errors import PlanError

WRITING = discord.Permissions(view_channel=True, send_messages=True, send_messages_in_threads=True)
"""What anybody needs to write in a channel."""

NEEDED = WRITING | discord.Permissions(embed_links=True, attach_files=True, read_message_history=True)
"""What a post needs; the history is read so that no post is ever doubled."""

AnyChannel = discord.app_commands.AppCommandChannel | discord.app_commands.AppCommandThread


@dataclass(frozen=True)
class Access:
    """A channel as the bot sees it, and what the bot may do there."""

    channel: discord.abc.GuildChannel | discord.Thread
    permissions: discord.Permissions

    def missing(self, *, mentions: discord.Role | None = None) -> list[str]:
        """Name the permissions that a post would lack, by Discord's own words."""
        in_thread = isinstance(self.channel, discord.Thread)
        return missing_permissions(self.permissions, NEEDED, in_thread=in_thread, mentions=mentions)


def missing_permissions(
    held: discord.Permissions, wanted: discord.Permissions, *, in_thread: bool, mentions: discord.Role | None = None
) -> list[str]:
    """Name what somebody lacks of the permissions wanted in a channel, by Discord's own words."""
    needed = {name for name, is_wanted in wanted if is_wanted}
    needed.discard("send_messages" if in_thread else "send_messages_in_threads")
    if mentions is not None and not mentions.mentionable:
        needed.add("mention_everyone")
    has = dict(held)
    return [_SPOKEN.get(name, name.replace("_", " ").title()) for name in sorted(needed) if not has[name]]


_SPOKEN = {
    "mention_everyone": "Mention All Roles",
    "read_messages": "View Channel",
    "send_messages_in_threads": "Send Messages in Threads",
}


async def fetch_access(bot: RankingsBot, *, guild_id: int, channel_id: int, pace: Pace | None = None) -> Access:
    """Ask Discord for a channel of a server and for the bot's permissions there; raise discord.HTTPException.

    The first request goes out at once, and each further one at its turn if there is a pace to keep.
    """

    async def turn() -> None:
        if pace is not None:
            await pace.turn()

    guild = await bot.fetch_guild(guild_id, with_counts=False)
    await turn()
    me = await guild.fetch_member(cast("discord.ClientUser", bot.user).id)
    await turn()
    channel = await guild.fetch_channel(channel_id)
    if not isinstance(channel, discord.Thread):
        return Access(channel, channel.permissions_for(me))
    # A thread has the permissions of its channel, but for what a channel that is for reading only takes away.
    # discord.py would look for the channel in a cache that is empty.
    await turn()
    parent = cast("discord.abc.GuildChannel", await guild.fetch_channel(channel.parent_id))
    return Access(channel, discord.abc.GuildChannel.permissions_for(parent, me))


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
