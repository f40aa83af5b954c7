"""The permissions that a post needs in a channel, and who lacks which: the member who plans it, or the bot."""

from dataclasses import dataclass
from typing import cast

import discord

from bot.app.bot import Interaction, RankingsBot
from bot.autopost.pace import Pace
from bot.errors import ErrorCode, PlanError

WRITE_PERMISSIONS = discord.Permissions(view_channel=True, send_messages=True, send_messages_in_threads=True)
"""What anybody needs to write in a channel."""

POST_PERMISSIONS = WRITE_PERMISSIONS | discord.Permissions(
    embed_links=True, attach_files=True, read_message_history=True
)
"""What a post needs; the bot reads the history so that it never posts anything twice."""

AnyChannel = discord.app_commands.AppCommandChannel | discord.app_commands.AppCommandThread


@dataclass(frozen=True)
class Access:
    """A channel as the bot sees it, and what the bot may do there."""

    channel: discord.abc.GuildChannel | discord.Thread
    permissions: discord.Permissions

    def missing(self, *, mentions: discord.Role | None = None) -> list[str]:
        """The permissions that a post would lack, by discord.py's names."""
        in_thread = isinstance(self.channel, discord.Thread)
        return missing_permissions(self.permissions, POST_PERMISSIONS, in_thread=in_thread, mentions=mentions)


def missing_permissions(
    held: discord.Permissions, wanted: discord.Permissions, *, in_thread: bool, mentions: discord.Role | None = None
) -> list[str]:
    """The wanted permissions that somebody lacks in a channel, by discord.py's names, in their order."""
    needed = {name for name, is_wanted in wanted if is_wanted}
    needed.discard("send_messages" if in_thread else "send_messages_in_threads")
    if mentions is not None and not mentions.mentionable:
        needed.add("mention_everyone")
    has = dict(held)
    return [name for name in sorted(needed) if not has[name]]


async def fetch_access(bot: RankingsBot, *, guild_id: int, channel_id: int, pace: Pace | None = None) -> Access:
    """Ask Discord for a channel of a server and for the bot's permissions there; raise discord.HTTPException.

    The first request goes out at once. If there is a pace to keep, each further one waits for its turn.
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
    # A thread has its channel's permissions, except that a read-only channel takes none of them away.
    # discord.py would look for the channel in a cache, which is empty here.
    await turn()
    parent = cast("discord.abc.GuildChannel", await guild.fetch_channel(channel.parent_id))
    return Access(channel, discord.abc.GuildChannel.permissions_for(parent, me))


def managed_guild(interaction: Interaction) -> int:
    """The id of the server whose plans the user may manage, the one gate to them; raise MissingPermissions."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise discord.app_commands.MissingPermissions(["manage_guild"])
    return interaction.guild_id


def check_member(channel: AnyChannel, *, mentions: discord.Role | None, publishes: bool) -> None:
    """Check that the member may post there what the bot would post for them; raise PlanError naming what they lack."""
    # To publish a message of somebody else, Discord wants Manage Messages: the author is the bot.
    wanted = WRITE_PERMISSIONS | discord.Permissions(manage_messages=publishes)
    in_thread = isinstance(channel, discord.app_commands.AppCommandThread)
    missing = missing_permissions(channel.permissions, wanted, in_thread=in_thread, mentions=mentions)
    if missing:
        raise PlanError(ErrorCode.MEMBER_LACKS_PERMISSIONS, permissions=tuple(missing))


async def check_bot(bot: RankingsBot, channel: AnyChannel, *, guild_id: int, mentions: discord.Role | None) -> None:
    """Ask Discord what the bot may do in the channel; raise PlanError naming what it lacks."""
    try:
        access = await fetch_access(bot, guild_id=guild_id, channel_id=channel.id)
    except (discord.Forbidden, discord.NotFound):
        raise PlanError(ErrorCode.CHANNEL_HIDDEN) from None
    missing = access.missing(mentions=mentions)
    if missing:
        raise PlanError(ErrorCode.BOT_LACKS_PERMISSIONS, permissions=tuple(missing))
